import { ConnectorError, toErrorRecord } from '../connector/errors.ts';
import type { Context } from './context.ts';
import { type ExpressionScope, evaluate } from './expressions.ts';
import { enqueueNewRun } from './lanes.ts';
import { readMany } from './run-list.ts';
import { isEnded, type Run, type RunPage, readRun } from './runs.ts';
import { openInput, secretProperties } from './secrets.ts';
import type { End } from './settle.ts';
import { findAction, sealOwner, submitAction } from './submit.ts';
import { loadValue, storeValue } from './values.ts';
import type { Step } from './workflow-schema.ts';
import { loadDefinition } from './workflows.ts';

/**
 * Writes a run of a workflow and its job. With the same id a second time it changes nothing.
 * `trigger` is what expressions see as `trigger`.
 */
export async function submitWorkflow(
  ctx: Context,
  tenant: string,
  request: { id: string; workflow: string; version: number; trigger: unknown; page?: RunPage; replay_of?: string },
): Promise<Run> {
  const { id, workflow, version, page } = request;
  const stored = await storeValue(ctx, request.trigger, `${id}_in`);
  const run: Run = {
    id,
    tenant,
    kind: 'workflow',
    purpose: 'workflow',
    status: 'queued',
    workflow,
    workflow_version: version,
    ...('artifact' in stored ? { input: null, input_artifact: stored.artifact } : { input: stored.value }),
    ...(page === undefined ? {} : { page }),
    ...(request.replay_of === undefined ? {} : { replay_of: request.replay_of }),
    options: {},
    launches: [],
    attempts: 0,
    failures: 0,
    created_at: ctx.clock.now(),
  };
  // It only starts its steps, which take their turns; in a lane it would wait for the places that its own steps need.
  await enqueueNewRun(ctx, run, { kind: 'free', most: 0 });
  return run;
}

/** The child run of a step: derived, so that making it twice makes it once. */
export function stepRunId(parent: string, step: string): string {
  return `${parent}.${step}`;
}

/**
 * Carries a workflow run on from what its steps' runs say: starts the next step, or gives the end of the whole.
 * Holds no state of its own, so it may be called at any time, also twice at once.
 */
export async function advanceWorkflow(ctx: Context, runId: string): Promise<{ run: Run; end: End } | undefined> {
  const run = await readRun(ctx, runId);
  if (run === undefined || run.kind !== 'workflow' || isEnded(run.status)) return undefined;
  // Whoever decides the end, the first write counts; a workflow run has no holder.
  delete run.fence;
  const { steps } = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  const children = await readMany(
    ctx,
    steps.map((step) => stepRunId(run.id, step.id)),
  );
  for (const [i, step] of steps.entries()) {
    const child = children[i];
    if (child === undefined) {
      if (run.cancel_requested_at !== undefined) return { run, end: canceled() };
      return startStep(ctx, run, { step, steps, children });
    }
    if (!isEnded(child.status)) return undefined;
    if (child.status === 'canceled' && run.cancel_requested_at !== undefined) return { run, end: canceled() };
    if (child.status !== 'succeeded') return { run, end: failed(step, child) };
  }
  const last = children.at(-1);
  return {
    run,
    end: {
      status: 'succeeded',
      ...(last?.artifact === undefined
        ? { output: last?.output ?? null }
        : { artifact: last.artifact, output: last.output ?? null }),
    },
  };
}

async function startStep(
  ctx: Context,
  run: Run,
  at: { step: Step; steps: Step[]; children: (Run | undefined)[] },
): Promise<{ run: Run; end: End } | undefined> {
  const { step } = at;
  try {
    const scope = await scopeOf(ctx, run, at);
    await submitAction(ctx, run.tenant, {
      request: {
        action: step.action,
        linked_account: step.linked_account,
        authentication: step.authentication,
        input: openSecrets(ctx, run.tenant, {
          action: step.action,
          input: await evaluate(step.input, scope, '/input'),
        }),
        options: step.options,
      },
      origin: {
        id: stepRunId(run.id, step.id),
        purpose: 'step',
        parent: run.id,
        step: step.id,
        workflow: run.workflow!,
        workflow_version: run.workflow_version!,
      },
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const record = toErrorRecord(error);
    return {
      run,
      end: { status: 'failed', error: { ...record, message: `step "${step.id}" could not begin: ${record.message}` } },
    };
  }
}

/** A workflow keeps the secrets of its steps sealed; a run checks them as the caller gave them, and seals them again. */
function openSecrets(ctx: Context, tenant: string, { action, input }: { action: string; input: unknown }): unknown {
  const secrets = secretProperties(findAction(ctx, action).manifest.input);
  return openInput(input, secrets, { keyring: ctx.dataKeyring, owner: sealOwner(tenant) });
}

/** Loads only what the step's expressions can name: a page of rows is not read for a step that does not use it. */
async function scopeOf(
  ctx: Context,
  run: Run,
  at: { step: Step; steps: Step[]; children: (Run | undefined)[] },
): Promise<ExpressionScope> {
  const text = JSON.stringify(at.step.input);
  const scope: ExpressionScope = { steps: {}, run: { id: run.id, workflow: run.workflow! } };
  if (text.includes('trigger')) {
    scope.trigger = withRows(
      await loadValue(ctx, run.input_artifact === undefined ? { value: run.input } : { artifact: run.input_artifact }),
    );
  }
  for (const [i, step] of at.steps.entries()) {
    const child = at.children[i];
    if (child === undefined || !text.includes(step.id)) continue;
    scope.steps[step.id] = { status: child.status, output: await outputOf(ctx, child) };
  }
  return scope;
}

/** The output of a run, read from its artifact when it is a whole value kept there; a stream's handle is given as it is. */
async function outputOf(ctx: Context, run: Run): Promise<unknown> {
  if (run.output !== undefined || run.artifact === undefined) return run.output;
  return loadValue(ctx, { artifact: run.artifact });
}

/** `rows` is the events' data, not stored twice. */
function withRows(trigger: unknown): unknown {
  const { events } = (trigger ?? {}) as { events?: { data: unknown }[] };
  return Array.isArray(events) ? { ...(trigger as object), rows: events.map((event) => event.data) } : trigger;
}

function canceled(): End {
  return { status: 'canceled', error: toErrorRecord(new ConnectorError('ERR_CANCELED', 'the run was canceled')) };
}

function failed(step: Step, child: Run): End {
  const cause = child.error;
  const error = toErrorRecord(
    new ConnectorError(
      'ERR_STEP_FAILED',
      `step "${step.id}" (${step.action}) ${child.status}: ${cause?.message ?? 'no reason was given'}`,
      {
        hint: cause?.hint,
        upstream: cause?.upstream,
      },
    ),
  );
  return { status: 'failed', error };
}
