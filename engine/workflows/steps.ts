import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { scopeOfRun } from '../connectors/scope.ts';
import { readProgress, type StepState } from '../runs/child-runs.ts';
import type { Context, Next } from '../runs/context.ts';
import type { RunEnd } from '../runs/run.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { sealAgain } from '../runs/run-secrets.ts';
import { readHead, readRun, writeField } from '../runs/runs.ts';
import { isRedisUnavailable } from '../store/redis.ts';
import { stepRunIds } from './children.ts';
import { type Definition, knownDefinition, loadDefinition } from './definitions.ts';
import { advanceLoop } from './loops.ts';
import { hasTurns } from './run-turns.ts';
import { startStep } from './start-step.ts';
import type { Decision } from './workflow-decide.ts';
import { decideNow, errorOf, type WorkflowRun } from './workflow-failure.ts';

/**
 * Carries a workflow run on from what its steps' runs say: begins what may begin, or gives the end of the whole. Holds no
 * state of its own, so it may be called at any time, also twice at once: the same steps get the same runs. What cannot be resumed,
 * because its definition is gone, or a record or value of it cannot be used, fails: nothing would be different the next time.
 * A run that cannot be read itself is left to the reconciler. `after`: the run itself as it begins, or the step's run that has ended.
 */
export async function advanceWorkflow(ctx: Context, runId: string, after?: Run): Promise<Next | undefined> {
  const { run, states } = await readNow(ctx, runId, after).catch((error: unknown) => {
    if (!(error instanceof ConnectorError) || error.code !== 'ERR_RECORD_UNREADABLE') throw error;
    ctx.log.error({ run: runId, err: error }, 'a workflow run whose step has ended cannot be read');
    return { run: undefined, states: undefined };
  });
  if (run === undefined || run.kind !== 'workflow') return undefined;
  // A crash may have kept its end from being followed up.
  if (isEnded(run.status)) return { run, end: undefined };
  try {
    const scoped = await scopeOfRun(ctx, run);
    return await (run.loop === undefined ? advanceSteps(scoped, run, states) : advanceLoop(scoped, run));
  } catch (error) {
    if (mayPass(error)) throw error;
    if (!(error instanceof ConnectorError)) ctx.log.error({ run: runId, err: error }, 'unexpected error in a workflow');
    return { run, end: { status: 'failed', error: toErrorRecord(error) } };
  }
}

/**
 * The run, and with it how its steps stand where `after` tells which they are, since most runs have those of their definition. Both are read
 * after that has ended: of two steps that end at once, the later one to be read sees both.
 */
async function readNow(ctx: Context, runId: string, after: Run | undefined): Promise<Present> {
  const definition = after === undefined ? undefined : definitionBy(ctx, runId, after);
  if (definition === undefined) return { run: await readHead(ctx, runId), states: undefined };
  const guessed = [...stepRunIds({ id: runId }, definition).values()];
  const { run, states } = await readProgress(ctx, runId, guessed);
  const isSame = run?.workflow === after!.workflow && run?.workflow_version === after!.workflow_version;
  return { run, states: isSame && run?.reused === undefined ? states : undefined };
}

interface Present {
  run: Run | undefined;
  /** Of its steps, in the order of the definition; `undefined` when they were not read. */
  states: StepState[] | undefined;
}

/** The definition of a workflow's run, by the run itself or a step of it, where this process knows it. Loops and their items have others below. */
function definitionBy(ctx: Context, runId: string, after: Run): Definition | undefined {
  const { id, kind, loop, item_index, workflow, workflow_version } = after;
  const isOfRun = id === runId ? loop === undefined : kind === 'action' && item_index === undefined;
  if (!isOfRun || workflow === undefined || workflow_version === undefined) return undefined;
  return knownDefinition(ctx, workflow, workflow_version);
}

/** Redis or the artifact store may be available again the next time; the reconciler brings it. */
function mayPass(error: unknown): boolean {
  if (error instanceof ConnectorError) return error.kind === 'temporary' || error.kind === 'unavailable';
  return isRedisUnavailable(error) || (error instanceof Error && 'syscall' in error);
}

async function advanceSteps(ctx: Context, run: Run, known: StepState[] | undefined): Promise<Next | undefined> {
  const definition = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  const children = stepRunIds(run, definition);
  const of: WorkflowRun = { run, definition, children };
  if (!(await mayStart(ctx, of))) return undefined;
  for (let states = known; ; states = undefined) {
    const { start, end, failure } = await decideNow(ctx, of, states);
    if (end !== undefined) return { run, end: await endOf(ctx, of, { status: end, failure }) };
    const begun = await Promise.all(
      start.map((id) => {
        const { step } = definition.plan.steps.get(id)!;
        return startStep(ctx, { ...of, step, id: children.get(id)!, parent: run.id });
      }),
    );
    if (!begun.includes('ended')) return undefined;
  }
}

/** False for a run that waits for its turn. One that cannot know its turn notes why: the steps of `on_failure` read it. */
async function mayStart(ctx: Context, of: WorkflowRun): Promise<boolean> {
  const { run } = of;
  if (run.cancel_requested_at !== undefined || run.error !== undefined) return true;
  try {
    return await hasTurns(ctx, of);
  } catch (error) {
    if (!(error instanceof ConnectorError) || mayPass(error)) throw error;
    run.error = toErrorRecord(error);
    await writeField(ctx, run, 'error', run.error);
    return true;
  }
}

async function endOf(
  ctx: Context,
  of: WorkflowRun,
  end: { status: RunEnd['status']; failure: Decision['failure'] },
): Promise<RunEnd> {
  const { status, failure } = end;
  if (status === 'failed') return { status, error: await errorOf(ctx, of, failure) };
  if (status === 'canceled') {
    return { status, error: toErrorRecord(new ConnectorError('ERR_CANCELED', 'the run was canceled')) };
  }
  const last = of.definition.steps.at(-1)!.id;
  const child = await readRun(ctx, of.children.get(last)!);
  return {
    status,
    ...(child?.artifact === undefined ? { output: child?.output ?? null } : { artifact: child.artifact }),
    ...(child?.output_refs === undefined ? {} : { output_refs: child.output_refs }),
    ...(child?.sealed_output === undefined ? {} : sealAgain(ctx, of.run, [{ child, at: '' }])),
  };
}
