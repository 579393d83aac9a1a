import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getRun, type Run } from 'penstock-client';
import { Notice } from '../../components/notice.tsx';
import { ask } from '../../data/api-error.ts';

/** The approvals of a run that wait for a decision now: the run itself, or its steps. */
export function approvalsThatWait(run: Run): { id: string; step?: string | undefined }[] {
  return [run, ...(run.steps ?? [])].filter(({ action, status }) => action === 'core.approve' && status === 'waiting');
}

/** What a person is asked: before the decision is made, it is read. */
export function Asked({ run }: { run: Run }) {
  const waiting = approvalsThatWait(run);
  return waiting.map(({ id, step = 'a step' }) => (
    <Notice key={id} state="waiting">
      <strong>A decision is needed.</strong> <Question id={id} />{' '}
      {waiting.length > 1 && (
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Decide on {step}
        </Link>
      )}
    </Notice>
  ));
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
