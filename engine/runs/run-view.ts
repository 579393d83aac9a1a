import { readOne } from '../store/unreadable.ts';
import type { Launch, Loop, Run } from './run.ts';
import { showSegments } from './segment-view.ts';

/** A run as the API shows it: ISO times, secrets hidden, nothing of the engine's own bookkeeping. */
export interface RunView {
  id: string;
  kind: Run['kind'];
  status: Run['status'];
  [field: string]: unknown;
}

/** The run for a reader; fields that do not apply are left out. @throws ConnectorError ERR_RECORD_UNREADABLE for a time that is none */
export function showRun(run: Run): RunView {
  return readOne('run', run.id, () => view(run));
}

/** The run without what may be large in it, as lists show it. @throws ConnectorError ERR_RECORD_UNREADABLE for a time that is none */
export function showSummary(run: Run): RunView {
  return readOne('run', run.id, () => compact({ ...about(run), ...progress(run) }) as RunView);
}

function view(run: Run): RunView {
  return compact({
    ...about(run),
    reused: run.reused,
    input: run.input_artifact === undefined ? run.input : undefined,
    input_artifact: run.input_artifact,
    input_refs: run.input_refs === undefined ? undefined : Object.keys(run.input_refs),
    options: run.options,
    page: run.page,
    output: run.output,
    artifact: run.artifact,
    warnings: run.warnings,
    launches: run.launches.map(showLaunch),
    ...showSegments(run),
    replays: run.replays?.split(' '),
    ...progress(run),
  }) as RunView;
}

/** What it runs, for whom, and where it belongs. */
function about(run: Run): Record<string, unknown> {
  return {
    id: run.id,
    kind: run.kind,
    action: run.action,
    action_version: run.action_version,
    effect: run.effect,
    workflow: run.workflow,
    workflow_version: (run.workflow_version ?? 0) < 0 ? undefined : run.workflow_version,
    draft: (run.workflow_version ?? 0) < 0 ? true : undefined,
    trigger: run.trigger,
    step: run.step,
    parent: run.parent,
    item_index: run.item_index,
    loop: run.loop === undefined ? undefined : showLoop(run.loop),
    waits_for: run.waits_for === '' ? undefined : run.waits_for,
    concurrency_key: run.concurrency_key === '' ? undefined : run.concurrency_key,
    skipped: run.skipped === true ? true : undefined,
    retried: run.retried,
    deadline: iso(run.deadline),
    decision: run.decision === undefined ? undefined : { ...run.decision, at: iso(run.decision.at) },
    dead_letter: run.dead_letter === 'open' ? true : undefined,
    status: run.status,
    pending_approvals: run.pending_approvals,
    linked_account: run.linked_account,
    authentication: run.authentication,
    metadata: run.metadata,
  };
}

/** How far it has come, and how it ended. */
function progress(run: Run): Record<string, unknown> {
  return {
    error: run.error,
    attempts: run.attempts,
    replay_of: run.replay_of,
    replayed_by: run.replayed_by,
    cancel_requested_at: iso(run.cancel_requested_at),
    created_at: iso(run.created_at),
    started_at: iso(run.started_at),
    finished_at: iso(run.finished_at),
  };
}

function showLoop({ items, concurrency, on_error }: Loop): Loop {
  return { items, concurrency, on_error };
}

function showLaunch(launch: Launch): Record<string, unknown> {
  return compact({ ...launch, sent_at: iso(launch.sent_at), ended_at: iso(launch.ended_at) });
}

function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}
