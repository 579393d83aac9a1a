import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getRun, listRuns, type Run, type RunSummary } from 'penstock-client';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ApiError, ask } from '../../data/api-error.ts';

/** Originals are followed so far; replays of one run that are shown. */
const MAX_BEFORE = 20;
const MAX_AFTER = 50;

/** The runs that this one is a replay of, from the first, and the replays of it. Nothing where there are none. */
export function ReplayChain({ run }: { run: Run }) {
  const before = useQuery({
    queryKey: ['replay-chain', run.id, 'before'],
    queryFn: ({ signal }) => originalsOf(run, signal),
    enabled: run.replay_of !== undefined,
    staleTime: 30_000,
  });
  const after = useQuery({
    queryKey: ['replay-chain', run.id, 'after', run.replayed_by],
    queryFn: ({ signal }) => ask(listRuns({ query: { replay: run.id, limit: MAX_AFTER }, signal })),
    enabled: run.replayed_by !== undefined,
  });
  if (run.replay_of === undefined && run.replayed_by === undefined) return null;
  const chain = [...(before.data ?? []), run, ...[...(after.data?.items ?? [])].reverse()];
  return (
    <nav className="replay-chain" aria-label="Replays">
      <ol className="row">
        {chain.map((each) => (
          <li key={each.id} className="row" aria-current={each.id === run.id || undefined}>
            <StatusBadge status={runStatus(each)} />
            {each.id === run.id ? (
              <strong>This run</strong>
            ) : (
              <Link to="/runs/$id" params={{ id: each.id }} search={{}}>
                {each.replay_of === undefined ? 'Original' : 'Replay'} <TimeText at={each.created_at} />
              </Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** From the first one on; one that was deleted ends the chain. */
async function originalsOf(run: RunSummary, signal: AbortSignal): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  for (let id = run.replay_of; id !== undefined && found.length < MAX_BEFORE; id = found[0]?.replay_of) {
    try {
      found.unshift(await ask(getRun({ path: { id }, signal })));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) break;
      throw error;
    }
  }
  return found;
}
