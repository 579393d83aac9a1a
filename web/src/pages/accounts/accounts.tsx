import { type LinkedAccount, listLinkedAccounts } from 'penstock-client';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';

const COLUMNS: readonly Column<LinkedAccount>[] = [
  { id: 'status', header: 'Status', width: '9rem', cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'name', header: 'Name', width: 'minmax(0, 1fr)', cell: ({ name }) => name },
  { id: 'connector', header: 'Connector', width: '8rem', isWide: true, cell: ({ connector }) => connector },
  { id: 'host', header: 'Host', width: 'minmax(0, 2fr)', isWide: true, cell: ({ host }) => host ?? '—' },
  {
    id: 'created',
    header: 'Created',
    width: '8rem',
    align: 'end',
    isWide: true,
    cell: (a) => <TimeText at={a.created_at} />,
  },
];

/** Who is connected. */
export function AccountsPage() {
  const list = useList(['linked-accounts', 'list'], (cursor, signal) =>
    ask(listLinkedAccounts({ query: { cursor }, signal })),
  );
  return (
    <Page title="Accounts" fills>
      <ListGrid
        label="Accounts"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={
          <EmptyState title="No accounts yet">
            An account connects Penstock with a service of yours. Create one with "penstock accounts create".
          </EmptyState>
        }
      />
    </Page>
  );
}
