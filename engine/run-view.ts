import type { Context } from './context.ts';
import { readMany } from './run-list.ts';
import type { Launch, Run } from './runs.ts';
import { hideSealed } from './secrets.ts';
import { stepRunId } from './steps.ts';
import { loadDefinition } from './workflows.ts';

/** A run as the API shows it: ISO times, secrets hidden, nothing of the engine's own bookkeeping. */
export interface RunView {
  id: string;
  kind: Run['kind'];
  status: Run['status'];
  [field: string]: unknown;
}

/** The run for a reader; fields that do not apply are left out. */
export function showRun(run: Run): RunView {
  return compact({
    id: run.id,
    kind: run.kind,
    action: run.action,
    action_version: run.action_version,
    effect: run.effect,
    workflow: run.workflow,
    workflow_version: run.workflow_version,
    step: run.step,
    parent: run.parent,
    status: run.status,
    linked_account: run.linked_account,
    authentication: run.authentication,
    input: run.input_artifact === undefined ? hideSealed(run.input) : undefined,
    input_artifact: run.input_artifact,
    options: run.options,
    page: run.page,
    output: run.output,
    artifact: run.artifact,
    warnings: run.warnings,
    error: run.error,
    launches: run.launches.map(showLaunch),
    attempts: run.attempts,
    replay_of: run.replay_of,
    replayed_by: run.replayed_by,
    cancel_requested_at: iso(run.cancel_requested_at),
    created_at: iso(run.created_at),
    started_at: iso(run.started_at),
    finished_at: iso(run.finished_at),
  }) as RunView;
}

/** The runs of a workflow run's steps, in the order of the steps; those that have not begun are left out. */
export async function childrenOf(ctx: Context, run: Run): Promise<Run[]> {
  if (run.kind !== 'workflow') return [];
  const { steps } = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  const children = await readMany(
    ctx,
    steps.map((step) => stepRunId(run.id, step.id)),
  );
  return children.filter((child) => child !== undefined);
}

function showLaunch(launch: Launch): Record<string, unknown> {
  return compact({ ...launch, sent_at: iso(launch.sent_at) });
}

function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
