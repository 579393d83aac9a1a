import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getRun, listRuns, type Run } from 'penstock-client';
import { Notice } from '../../components/notice.tsx';
import { ask } from '../../data/api-error.ts';

interface Approval {
  id: string;
  step?: string | undefined;
  item_index?: number | undefined;
}

const POLL_MS = 5000;
/** Questions that are shown; with hundreds of items, the others are in the list of steps. */
const MAX_QUESTIONS = 3;
const MAX_READ = 50;
const NONE: readonly Approval[] = [];

/** The approvals of a run that wait for a decision now: the run itself, its steps, or the items of its loop wherever they are. */
export function useApprovals(run: Run): readonly Approval[] {
  const isFar = run.steps_next_cursor !== undefined && run.finished_at === undefined;
  const far = useQuery({
    queryKey: ['run', run.id, 'approvals'],
    queryFn: ({ signal }) => readWaiting(run.id, signal),
    enabled: isFar,
    refetchInterval: isFar ? POLL_MS : false,
  });
  if (isFar) return far.data ?? NONE;
  return [run, ...(run.steps ?? [])].filter(({ action, status }) => action === 'core.approve' && status === 'waiting');
}

async function readWaiting(parent: string, signal: AbortSignal): Promise<Approval[]> {
  const query = { parent, action: 'core.approve', status: 'waiting', limit: MAX_READ } as const;
  const found: Approval[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(listRuns({ query: { ...query, cursor }, signal }));
    found.push(...page.items);
    if (found.length >= MAX_READ || page.next_cursor == null) return found;
    cursor = page.next_cursor;
  }
}

/** What a person is asked: before the decision is made, it is read. */
export function Asked({ run }: { run: Run }) {
  const waiting = useApprovals(run);
  const others = waiting.length - MAX_QUESTIONS;
  return (
    <>
      {waiting.slice(0, MAX_QUESTIONS).map(({ id, step = 'a step', item_index: item }) => (
        <Notice key={id} state="waiting">
          <strong>A decision is needed.</strong> <Question id={id} />{' '}
          {waiting.length > 1 && (
            <Link to="/runs/$id" params={{ id }} search={{}}>
              Decide on {item === undefined ? step : `item ${(item + 1).toLocaleString()}`}
            </Link>
          )}
        </Notice>
      ))}
      {others > 0 && (
        <p className="soft">
          And {waiting.length >= MAX_READ ? 'at least ' : ''}
          {others.toLocaleString()} more. Choose them under Steps to decide on them.
        </p>
      )}
    </>
  );
}

/** The message of an approval. */
export function Question({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })),
  });
  const { message } = (data?.input ?? {}) as { message?: unknown };
  return typeof message === 'string' ? <bdi>{message}</bdi> : null;
}
