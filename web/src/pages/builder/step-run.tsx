import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useCan } from '../../data/me.ts';
import { useBuilder } from './builder-context.ts';

/** Opens the replay of the shown run from a step on; undefined where there is none. */
export function useReplayFrom(): ((step: string) => void) | undefined {
  const { run } = useBuilder();
  const navigate = useNavigate();
  const canReplay = useCan('POST /v1/runs/{id}/replay');
  if (run?.finished_at === undefined || !canReplay) return undefined;
  return (step) => void navigate({ to: '/runs/$id/replay', params: { id: run.id }, search: { what: 'step', step } });
}

/** The outcome of the selected step in the run that is shown, and what can be done where it failed. */
export function StepRun({ step }: { step: string }) {
  const state = useBuilder().runStates.get(step);
  const replay = useReplayFrom();
  if (state === undefined) return null;
  const { status, attempts, count, error, run } = state;
  return (
    <section className="stack-tight" aria-label="In the run that is shown">
      <div className="row">
        <StatusBadge status={status} />
        <span className="soft small">
          {count > 1 && `${count.toLocaleString()} items, `}
          {attempts.toLocaleString()} {attempts === 1 ? 'attempt' : 'attempts'}
        </span>
        {run !== undefined && (
          <Link to="/runs/$id" params={{ id: run }} search={{}}>
            Open the run of the step
          </Link>
        )}
      </div>
      {error !== undefined && (
        <Notice state={status === 'unknown' ? 'unknown' : 'failed'}>
          <strong>{error.code}</strong> {error.message}
          {replay !== undefined && (
            <div className="row">
              <Button onPress={() => replay(step)}>Replay from here</Button>
            </div>
          )}
        </Notice>
      )}
    </section>
  );
}
