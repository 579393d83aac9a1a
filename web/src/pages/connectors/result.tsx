import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getRun } from 'penstock-client';
import { useState } from 'react';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { durationText, TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { RunErrorCard } from '../runs/run-error.tsx';
import { RunValue, type ValueView } from '../runs/run-value.tsx';

const POLL_MS = 1000;

/** A run as it happens: its state, then its output or its error. */
export function Result({ id, action }: { id: string; action: string }) {
  const [shown, setShown] = useState<ValueView>({});
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })),
    refetchInterval: ({ state }) => (state.data?.finished_at === undefined ? POLL_MS : false),
  });
  if (run.isError) return <ErrorState error={run.error} onRetry={() => run.refetch()} />;
  if (run.isPending) return <Skeleton />;
  if (run.data.action !== action) {
    return (
      <p className="soft">
        The address names a run of another action.{' '}
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open the run
        </Link>
      </p>
    );
  }
  const { started_at = run.data.created_at, finished_at } = run.data;
  return (
    <>
      <div className="row" role="status">
        <StatusBadge status={runStatus(run.data)} />
        <span className="soft">
          {finished_at === undefined ? (
            <>
              since <TimeText at={run.data.created_at} />
            </>
          ) : (
            `in ${durationText(Date.parse(finished_at) - Date.parse(started_at))}`
          )}
        </span>
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open the run
        </Link>
      </div>
      {run.data.error !== undefined && <RunErrorCard run={run.data} />}
      {finished_at !== undefined && run.data.error === undefined && (
        <RunValue run={run.data} part="output" shown={shown} onShow={(changes) => setShown({ ...shown, ...changes })} />
      )}
    </>
  );
}
