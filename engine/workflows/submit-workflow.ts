import type { ValueRef } from '../artifacts/artifact-store.ts';
import { dropStored, storeValue } from '../artifacts/values.ts';
import { scopeOf } from '../connectors/scope.ts';
import type { Context } from '../runs/context.ts';
import type { Launch, OpenRun, Run, RunPage, RunTrigger, SubWorkflowRun } from '../runs/run.ts';
import { hideOfRun } from '../runs/run-secrets.ts';
import { writeRun } from '../runs/run-writes.ts';
import { readHead } from '../runs/runs.ts';
import { deferReceived } from '../secrets/received-links.ts';
import type { SecretPlaces } from '../secrets/secret-places.ts';
import type { Metadata } from '../store/metadata.ts';
import { loadDefinition } from './definitions.ts';

/** A run of a workflow, asked for. */
export interface WorkflowRequest {
  id: string;
  workflow: string;
  version: number;
  /** What starts it, where nothing else of the request says so. */
  started_by?: RunTrigger;
  /** What expressions see as `trigger`. */
  trigger: unknown;
  /** Places of the trigger that are secret. */
  secret_places?: SecretPlaces;
  /** JSON pointer in `trigger` -> what stands there and is kept elsewhere. */
  trigger_refs?: Record<string, ValueRef> | undefined;
  page?: RunPage;
  replay_of?: string;
  /** Of a replay: steps that are not run again, and whose runs stand for theirs. */
  reused?: Record<string, string>;
  /** Of a workflow that is a step of another. */
  step_of?: Pick<SubWorkflowRun, 'parent' | 'step' | 'deadline' | 'item_index'>;
  depth?: number;
  /** The run that began the first of the workflows inside each other. */
  root?: string;
  /** Id of the account that steps with `{{ run.linked_account }}` use; checked by the caller. */
  linked_account?: string | undefined;
  metadata?: Metadata | undefined;
  /** It takes turns with the other runs of its schedule. */
  turn?: 'schedule';
  /** A person waits for it. */
  interactive?: boolean;
}

/** Writes a run of a workflow and its job. With the same id a second time it changes nothing. */
export async function submitWorkflow(given: Context, tenant: string, request: WorkflowRequest): Promise<OpenRun> {
  // A step has the manifests of its workflow's run; what begins by itself has those of now.
  const found = request.step_of === undefined ? scopeOf(given, tenant) : given;
  const ctx = found instanceof Promise ? await found : found;
  const { id, workflow, version, step_of, depth, root, linked_account, turn } = request;
  const { trigger_refs = {} } = request;
  const now = ctx.clock.now();
  const { timeout_seconds } = await loadDefinition(ctx, workflow, version);
  const places = request.secret_places ?? new Map();
  const trigger = await deferReceived(ctx, tenant, request.trigger);
  const { shown, sealed } = hideOfRun(ctx, trigger, { tenant, run: id, part: 'input', places });
  const stored = await storeValue(ctx, shown, { run: id, part: 'in' });
  const common = {
    id,
    tenant,
    kind: 'workflow',
    status: 'queued',
    workflow,
    workflow_version: version,
    ...('artifact' in stored ? { input: null, input_artifact: stored.artifact } : { input: stored.value }),
    ...(sealed === undefined ? {} : { sealed_input: sealed }),
    ...(Object.keys(trigger_refs).length === 0 ? {} : { input_refs: trigger_refs }),
    ...(depth === undefined ? {} : { depth }),
    ...(root === undefined ? {} : { root }),
    ...(linked_account === undefined ? {} : { linked_account }),
    ...(turn === undefined ? {} : { turn }),
    ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    ...(timeout_seconds === undefined ? {} : { deadline: now + timeout_seconds * 1000 }),
    options: {},
    launches: [] as Launch[],
    attempts: 0,
    failures: 0,
    created_at: now,
  } as const;
  const run: OpenRun =
    step_of === undefined
      ? { ...common, purpose: 'workflow', trigger: triggerOf(request), ...partOf(request) }
      : { ...common, purpose: 'step', ...step_of };
  const isNew = await writeRun(ctx, run, { kind: request.interactive === true ? 'first' : 'bulk', most: 0 });
  if (!isNew) await dropIfUnused(ctx, run);
  return run;
}

/** What starts a run that is no step. */
function triggerOf({ started_by, replay_of, page, turn, depth }: WorkflowRequest): RunTrigger {
  if (replay_of !== undefined) return 'replay';
  if (page !== undefined) return 'poll';
  if (turn !== undefined) return turn;
  return started_by ?? (depth === undefined ? 'manual' : 'workflow');
}

/** What a run by itself has beside: a page that it delivers, a run that it repeats. */
function partOf({ page, replay_of, reused }: WorkflowRequest) {
  if (page !== undefined && replay_of !== undefined) return { page, replay_of, reused };
  if (page !== undefined) return { page };
  return replay_of === undefined ? {} : { replay_of, reused };
}

/** A repeat that read something else, because the source changed in between: what it stored belongs to no record. */
async function dropIfUnused(ctx: Context, run: Run): Promise<void> {
  if (run.input_artifact === undefined) return;
  const used = await readHead(ctx, run.id);
  if (used?.input_artifact?.id === run.input_artifact.id) return;
  await dropStored(ctx, { artifact: run.input_artifact });
}
