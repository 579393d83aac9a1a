import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { getRun } from 'penstock-client';
import { CopyId } from '../../components/copy-id.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { ask } from '../../data/api-error.ts';
import { useRunName } from './run-name.tsx';

const route = getRouteApi('/frame/runs/$id');
const POLL_MS = 2000;

/** One run, which is read again until it has ended. */
export function RunPage() {
  const { id } = route.useParams();
  const nameOf = useRunName();
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })),
    refetchInterval: ({ state }) => (state.data?.finished_at === undefined ? POLL_MS : false),
  });
  if (run.isError) {
    return (
      <Page title="Run">
        <ErrorState error={run.error} onRetry={() => run.refetch()} />
      </Page>
    );
  }
  if (run.isPending) return <Skeleton lines={8} />;
  return (
    <Page title={nameOf(run.data)} beside={<StatusBadge status={runStatus(run.data)} />}>
      <CopyId value={id} />
      <JsonTree value={run.data} />
    </Page>
  );
}
