import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { listRunCauses, type RunCause } from 'penstock-client';
import { type Column, Grid } from '../../components/grid.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ask } from '../../data/api-error.ts';
import { filterOf, type RunSearch } from './run-filter.ts';

/** Failed runs of a filter in groups of the same error, the largest first; a group opens its runs. */
export function RunCauses({ search }: { search: RunSearch }) {
  const navigate = useNavigate();
  const { data: accounts } = useQuery(accountsQuery);
  const query = filterOf(search);
  const causes = useQuery({
    queryKey: ['runs', 'causes', query],
    queryFn: ({ signal }) => ask(listRunCauses({ query, signal })),
  });
  if (causes.isError) return <ErrorState error={causes.error} onRetry={() => causes.refetch()} />;
  if (causes.isPending) return <Skeleton lines={8} />;
  const { items, is_complete: isComplete } = causes.data;
  if (items.length === 0) return <EmptyState title="No failed run matches these filters" />;
  const nameOf = (id: string) => accounts?.find((each) => each.id === id)?.name ?? id;
  const columns: Column<RunCause>[] = [
    { id: 'count', header: 'Runs', width: '4rem', align: 'end', cell: ({ count }) => count.toLocaleString() },
    { id: 'code', header: 'Error', width: 'minmax(0, 2fr)', cell: ({ code }) => <code>{code}</code> },
    {
      id: 'pattern',
      header: 'Message',
      width: 'minmax(0, 4fr)',
      isWide: true,
      cell: ({ pattern }) => (
        <span className="grid-lines" title={pattern.slice(0, 1000)}>
          {pattern.slice(0, 300)}
        </span>
      ),
    },
    { id: 'action', header: 'Action', width: 'minmax(0, 2fr)', isWide: true, cell: ({ action }) => action ?? '—' },
    {
      id: 'accounts',
      header: 'Accounts',
      width: 'minmax(0, 2fr)',
      isWide: true,
      cell: ({ linked_accounts: of }) => of.map(({ id }) => nameOf(id)).join(', ') || '—',
    },
    {
      id: 'last',
      header: 'Last',
      width: '8rem',
      align: 'end',
      isWide: true,
      cell: ({ last_at: at }) => <TimeText at={at} />,
    },
  ];
  return (
    <>
      {!isComplete && <Notice state="waiting">Only the newest 10,000 failed runs are grouped.</Notice>}
      <Grid
        label="Errors"
        rows={items}
        rowKey={({ id }) => id}
        columns={columns}
        onOpen={({ id }) =>
          navigate({ to: '/runs', search: (before) => ({ ...before, group: undefined, status: 'failed', cause: id }) })
        }
      />
    </>
  );
}
