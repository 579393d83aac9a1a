import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { getRun } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { ask } from '../../data/api-error.ts';
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
      {run !== undefined && <Values key={run} run={run} />}
    </section>
  );
}

/** What the step was given in the run, and what it gave. Loaded when it is opened. */
function Values({ run }: { run: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Input and output in this run</summary>
      {isOpen && <LoadedValues run={run} />}
    </details>
  );
}

function LoadedValues({ run: id }: { run: string }) {
  const run = useQuery({ queryKey: ['run', id], queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })) });
  if (run.isError) return <ErrorState error={run.error} onRetry={() => run.refetch()} />;
  if (run.isPending) return <Skeleton />;
  return (
    <>
      {(['input', 'output'] as const).map((part) => (
        <section key={part} aria-label={part === 'input' ? 'Input in this run' : 'Output in this run'}>
          <h3>{part === 'input' ? 'Input' : 'Output'}</h3>
          {run.data[part] === undefined ? <p className="soft">There is none.</p> : <JsonTree value={run.data[part]} />}
        </section>
      ))}
    </>
  );
}
