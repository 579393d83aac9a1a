import { useQueryClient } from '@tanstack/react-query';
import { connectWorkspace, listWorkspaces, type Workspace } from 'penstock-client';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormError } from '../../components/form.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { invalidateAccount } from './account-changes.ts';
import { type AuthenticationDialogProps, useAuthentication } from './delete-dialogs.tsx';

/** The workspaces that an account-level authentication reaches, each to be connected with the same service principal. */
export function WorkspacesDialog({ account, id, onClose }: AuthenticationDialogProps) {
  const queries = useQueryClient();
  const path = { id: account.id, auth_id: id };
  const authentication = useAuthentication(account.id, id);
  const list = useList(['workspaces', id], (cursor, signal) =>
    ask(listWorkspaces({ path, query: { cursor }, signal })),
  );
  const canConnect = useCan('POST /v1/linked_accounts/{id}/authentications/{auth_id}/workspaces');
  const [connected, setConnected] = useState<ReadonlySet<string>>(new Set());
  const connect = useAct(
    (workspace_id: string, headers) => ask(connectWorkspace({ path, body: { workspace_id }, headers })),
    async (_, workspace) => {
      setConnected((before) => new Set([...before, workspace]));
      await invalidateAccount(queries);
    },
  );
  const { mutate, isPending, variables } = connect;
  const columns = useMemo(
    (): readonly Column<Workspace>[] => [
      { id: 'name', header: 'Name', width: 'minmax(0, 1fr)', cell: ({ name }) => name },
      { id: 'id', header: 'Id', width: 'minmax(0, 1fr)', isWide: true, cell: ({ workspace_id }) => workspace_id },
      { id: 'status', header: 'Status', width: '7rem', isWide: true, cell: ({ status }) => status ?? '—' },
      {
        id: 'connect',
        header: '',
        width: '7rem',
        align: 'end',
        cell: ({ workspace_id, name }) =>
          connected.has(workspace_id) ? (
            'Connected'
          ) : canConnect ? (
            <button
              type="button"
              className="link"
              aria-label={`Connect ${name}`}
              disabled={isPending}
              onClick={() => mutate(workspace_id)}
            >
              {isPending && variables === workspace_id ? 'Testing…' : 'Connect'}
            </button>
          ) : null,
      },
    ],
    [connected, canConnect, isPending, variables, mutate],
  );
  return (
    <Dialog
      title={`Workspaces of ${authentication.data?.name ?? account.name}`}
      isWide
      onClose={onClose}
      actions={<Button onPress={onClose}>Close</Button>}
    >
      <p className="soft">
        Connecting a workspace adds an authentication for it to {account.name}, with the same service principal. The
        service must have assigned the principal to that workspace.
      </p>
      {authentication.data?.status === 'revoked' && (
        <Notice state="waiting">Reconnect the authentication first.</Notice>
      )}
      <FormError error={connect.error} />
      <ListGrid
        label="Workspaces"
        list={list}
        rowKey={({ workspace_id }) => workspace_id}
        columns={columns}
        empty={<EmptyState title="No workspaces">The service lists none for this account.</EmptyState>}
      />
    </Dialog>
  );
}
