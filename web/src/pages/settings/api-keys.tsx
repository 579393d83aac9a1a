import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ApiKey, listApiKeys } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { EmptyState } from '../../components/states.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { meQuery, useCan } from '../../data/me.ts';
import { CreateKeyDialog, EditKeyDialog, RevokeKeyDialog } from './api-key-dialogs.tsx';
import { Part, RowButton } from './part.tsx';

const route = getRouteApi('/frame/settings/api-keys');

/** Who may use the API, and for what. */
export function ApiKeySettings() {
  const { dialog, key } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList(['api-keys'], (cursor, signal) => ask(listApiKeys({ query: { cursor }, signal })));
  const canCreate = useCan('POST /v1/api_keys');
  const canChange = useCan('PATCH /v1/api_keys/{id}');
  const canRevoke = useCan('DELETE /v1/api_keys/{id}');
  const { data: me } = useQuery(meQuery);
  const show = (what?: string, id?: string) =>
    void navigate({ search: ({ account }) => ({ account, dialog: what, key: id }) });
  const own = me?.key.id;
  const columns: readonly Column<ApiKey>[] = [
    {
      id: 'name',
      header: 'Name',
      width: 'minmax(0, 2fr)',
      cell: ({ id, name }) => (id === own ? `${name} (signed in)` : name),
    },
    { id: 'role', header: 'Role', width: '6rem', cell: ({ role }) => role },
    { id: 'id', header: 'Id', width: 'minmax(0, 1fr)', isWide: true, cell: ({ id }) => <CopyId value={id} /> },
    {
      id: 'expires',
      header: 'Expires',
      width: '8rem',
      align: 'end',
      isWide: true,
      cell: ({ expires_at }) => (expires_at === undefined ? 'Never' : <TimeText at={expires_at} />),
    },
    {
      id: 'created',
      header: 'Created',
      width: '8rem',
      align: 'end',
      isWide: true,
      cell: ({ created_at }) => <TimeText at={created_at} />,
    },
    {
      id: 'acts',
      header: '',
      width: '8rem',
      align: 'end',
      cell: ({ id, name }) => (
        <span className="row-buttons">
          {canChange && (
            <RowButton label={`Edit ${name}`} onPress={() => show('edit', id)}>
              Edit…
            </RowButton>
          )}
          {canRevoke && id !== own && (
            <RowButton label={`Revoke ${name}`} onPress={() => show('revoke', id)}>
              Revoke…
            </RowButton>
          )}
        </span>
      ),
    },
  ];
  const close = () => show();
  return (
    <Part
      title="API keys"
      fills
      actions={
        canCreate && (
          <Button kind="primary" icon="plus" onPress={() => show('create')}>
            Create API key
          </Button>
        )
      }
    >
      <ListGrid
        label="API keys"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        empty={<EmptyState title="No API keys">People and programs sign in with one.</EmptyState>}
      />
      {dialog === 'create' && canCreate && <CreateKeyDialog onClose={close} />}
      {dialog === 'edit' && canChange && key !== undefined && (
        <EditKeyDialog id={key} isOwn={key === own} onClose={close} />
      )}
      {dialog === 'revoke' && canRevoke && key !== undefined && <RevokeKeyDialog id={key} onClose={close} />}
    </Part>
  );
}
