import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getRun, listRuns, type Run, runWorkflow } from 'penstock-client';
import { useMemo } from 'react';
import { isObject } from '../../builder/document.ts';
import { TRIGGER_NODE } from '../../builder/graph.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useStream } from '../../data/stream.ts';
import { type StepState, useBuilder } from './builder-context.ts';
import { Choice } from './choice.tsx';

const POLL_MS = 1_500;
const SHOWN_RUNS = 10;
/** In place of the id of a run: whichever is the newest. */
const NEWEST = 'newest';
const NO_STATES: ReadonlyMap<string, StepState> = new Map();
/** The worst one stands for several runs of a step, the items of a loop. */
const WORST = ['failed', 'unknown', 'running', 'approval', 'waiting', 'queued', 'canceled', 'succeeded', 'skipped'];

export interface ShownRun {
  run: Run | undefined;
  error: unknown;
  states: ReadonlyMap<string, StepState>;
}

/** The run that is shown on the drawing, read again until it has ended. */
export function useShownRun(workflow: string, given: string | undefined): ShownRun {
  const newest = useQuery({ ...runsQuery(workflow), enabled: given === NEWEST });
  const id = given === NEWEST ? newest.data?.items[0]?.id : given;
  const query = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id: id! }, signal })),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.finished_at === undefined ? POLL_MS : false),
  });
  const run = id === undefined ? undefined : query.data;
  const states = useMemo(() => (run === undefined ? NO_STATES : statesOf(run)), [run]);
  return { run, error: id === undefined ? undefined : query.error, states };
}

function statesOf(run: Run): ReadonlyMap<string, StepState> {
  const states = new Map<string, StepState>([[TRIGGER_NODE, { status: 'succeeded', attempts: 1, count: 1 }]]);
  for (const step of run.steps ?? []) {
    if (step.step === undefined) continue;
    const status = runStatus(step);
    const known = states.get(step.step);
    const isWorse = known === undefined || WORST.indexOf(status) < WORST.indexOf(known.status);
    states.set(step.step, {
      status: isWorse ? status : known.status,
      attempts: Math.max(step.attempts, known?.attempts ?? 0),
      count: (known?.count ?? 0) + (step.loop?.items ?? 1),
      ...(isWorse ? { run: step.id, error: step.error } : { run: known.run ?? step.id, error: known.error }),
    });
  }
  return states;
}

function runsQuery(workflow: string) {
  return {
    queryKey: ['runs', 'of', workflow],
    queryFn: ({ signal }: { signal: AbortSignal }) => ask(listRuns({ query: { workflow, limit: SHOWN_RUNS }, signal })),
  };
}

interface RunBarProps {
  run: ShownRun;
  runId: string | undefined;
  onChoose(id: string | undefined): void;
  /** The version that was just published. */
  published: number | undefined;
}

/** Which run is shown on the drawing, what it failed of, and what can be done after publishing. */
export function RunBar({ run: { run, error }, runId, onChoose, published }: RunBarProps) {
  const { workflow, document } = useBuilder();
  const queries = useQueryClient();
  const canRun = useCan('POST /v1/workflows/{id}/run');
  const runs = useQuery(runsQuery(workflow.id));
  const reload = () => queries.invalidateQueries({ queryKey: ['runs', 'of', workflow.id] });
  useStream(runs.isSuccess ? `/v1/runs/events?workflow=${encodeURIComponent(workflow.id)}` : undefined, {
    ready: () => {},
    reset: () => void reload(),
    run: () => void reload(),
    left: () => void reload(),
  });
  const start = useAct(
    (_: number, headers) => ask(runWorkflow({ path: { id: workflow.id }, body: {}, headers })),
    (started) => {
      void queries.invalidateQueries({ queryKey: ['runs', 'of', workflow.id] });
      if ('id' in started) onChoose(started.id);
    },
  );
  const items = runs.data?.items ?? [];
  const known = runId === NEWEST || items.some(({ id }) => id === runId);
  const trigger = isObject(document.trigger) ? String(document.trigger.id) : '';
  if (items.length === 0 && runId === undefined && published === undefined) return null;
  return (
    <div className="stack-tight">
      {published !== undefined && (
        <Notice state="succeeded">
          <div className="row" role="status">
            Version {published} is published.
            {canRun && trigger === 'core.manual' && (
              <Button isPending={start.isPending} onPress={() => start.mutate(published)}>
                Run now
              </Button>
            )}
          </div>
        </Notice>
      )}
      {start.isError && <ErrorState error={start.error} />}
      {(items.length > 0 || runId !== undefined) && (
        <div className="row run-bar">
          <Choice
            label="Run on the drawing"
            value={runId ?? ''}
            onChange={(id) => onChoose(id === '' ? undefined : id)}
            options={[
              { value: '', text: 'None' },
              { value: NEWEST, text: 'The newest, live' },
              ...(runId !== undefined && !known ? [{ value: runId, text: 'The run that was started' }] : []),
              ...items.map((each) => ({
                value: each.id,
                text: `${new Date(each.created_at).toLocaleString()}, ${each.status}`,
              })),
            ]}
          />
          {run !== undefined && (
            <>
              <span role="status" aria-label="State of the run">
                <StatusBadge status={runStatus(run)} />
              </span>
              <Link to="/runs/$id" params={{ id: run.id }} search={{}}>
                Open the run
              </Link>
              {run.error !== undefined && (
                <span className="field-error clip run-error" title={run.error.message}>
                  {run.error.message}
                </span>
              )}
            </>
          )}
        </div>
      )}
      {error !== undefined && error !== null && <ErrorState error={error} />}
    </div>
  );
}
