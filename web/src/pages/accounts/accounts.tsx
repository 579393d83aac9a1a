import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type LinkedAccount, listLinkedAccounts } from 'penstock-client';
import { useMemo } from 'react';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/grid.tsx';
import { useGridFocus } from '../../components/grid-keys.ts';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { useKeys } from '../../frame/keys.ts';
import { ConnectDialog } from './connect-dialog.tsx';
import { useUsage } from './usage.ts';

const route = getRouteApi('/frame/accounts');

/** Who is connected. */
export function AccountsPage() {
  const { account, dialog, connector, kind } = route.useSearch();
  const navigate = useNavigate();
  const list = useList(['linked-accounts', 'list', account], (cursor, signal) =>
    ask(listLinkedAccounts({ query: { cursor, name: account }, signal })),
  );
  const canConnect = useCan('POST /v1/linked_accounts');
  const focus = useGridFocus<LinkedAccount>();
  const columns = useColumns();
  const open = (id: string) => navigate({ to: '/accounts/$id', params: { id } });
  const show = (search: { dialog?: string | undefined; connector?: string | undefined; kind?: string | undefined }) =>
    navigate({ to: '/accounts', search: ({ account: kept }) => ({ account: kept, ...search }) });
  const connect = () => show({ dialog: 'connect' });
  useKeys([
    { keys: 'j', label: 'Next account', run: () => focus.current?.move(1) },
    { keys: 'k', label: 'Previous account', run: () => focus.current?.move(-1) },
    { keys: 'Enter', label: 'Open the account', run: () => focus.current?.row && open(focus.current.row.id) },
    { keys: 'c', label: 'Connect account', run: () => canConnect && connect() },
  ]);
  const button = canConnect && (
    <Button kind="primary" icon="plus" onPress={connect}>
      Connect account
    </Button>
  );
  const isEmpty = list.query.isSuccess && list.rows.length === 0;
  return (
    <Page title="Accounts" fills actions={isEmpty ? undefined : button}>
      <ListGrid
        label="Accounts"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        focus={focus}
        onOpen={({ id }) => open(id)}
        empty={
          account === undefined ? (
            <EmptyState title="No accounts yet" actions={button}>
              An account connects Penstock with a service of yours, by a token, a service principal or a person who
              signs in.
              {!canConnect && ' A builder or an administrator can connect one.'}
            </EmptyState>
          ) : (
            <EmptyState title={`No account is named "${account}"`} actions={button} />
          )
        }
      />
      {dialog === 'connect' && canConnect && (
        <ConnectDialog
          connector={connector}
          kind={kind}
          onChoose={(choice) => show({ dialog: 'connect', ...choice })}
          onClose={() => show({})}
        />
      )}
    </Page>
  );
}

function useColumns(): readonly Column<LinkedAccount>[] {
  const usage = useUsage();
  const { data: connectors } = useQuery(connectorsQuery);
  return useMemo(
    () => [
      {
        id: 'status',
        header: 'Status',
        width: '9rem',
        cell: ({ status, paused }) => <StatusBadge status={paused === undefined ? status : 'paused'} />,
      },
      {
        id: 'name',
        header: 'Name',
        width: 'minmax(0, 2fr)',
        cell: ({ id, name }) => (
          <Link to="/accounts/$id" params={{ id }} tabIndex={-1}>
            {name}
          </Link>
        ),
      },
      {
        id: 'connector',
        header: 'Service',
        width: '8rem',
        isWide: true,
        cell: ({ connector }) => connectors?.find(({ id }) => id === connector)?.title ?? connector,
      },
      {
        id: 'user',
        header: 'Signed in as',
        width: 'minmax(0, 2fr)',
        isWide: true,
        isExtra: true,
        cell: ({ user_name, host }) => user_name ?? host ?? '—',
      },
      {
        id: 'expires',
        header: 'Expires',
        width: '8rem',
        align: 'end',
        isWide: true,
        cell: ({ expires_at }) => (expires_at === undefined ? '—' : <TimeText at={expires_at} />),
      },
      {
        id: 'tested',
        header: 'Last test',
        width: '8rem',
        align: 'end',
        isWide: true,
        cell: ({ tested_at }) => (tested_at === undefined ? 'Never' : <TimeText at={tested_at} />),
      },
      {
        id: 'used',
        header: 'Used by',
        width: '7rem',
        align: 'end',
        isWide: true,
        cell: ({ id }) => usedBy(usage.of(id)?.length),
      },
    ],
    [usage, connectors],
  );
}

function usedBy(count: number | undefined): string {
  if (count === undefined) return '';
  return count === 1 ? '1 workflow' : `${count.toLocaleString()} workflows`;
}
