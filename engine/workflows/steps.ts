import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import { sealAgain } from '../runs/run-secrets.ts';
import type { RunEnd } from '../runs/run-writes.ts';
import { isEnded, type Run, readHead, readRun } from '../runs/runs.ts';
import { stepRunIds } from './child-runs.ts';
import { type Definition, loadDefinition } from './definitions.ts';
import { advanceLoop } from './loops.ts';
import { hasTurns } from './run-turns.ts';
import { startStep } from './start-step.ts';
import type { Decision } from './workflow-decide.ts';
import { decideNow, errorOf, type WorkflowRun } from './workflow-failure.ts';

/** A run to look at again, and how it ends when that was found out. */
export interface Next {
  run: Run;
  end: RunEnd | undefined;
}

/**
 * Carries a workflow run on from what its steps' runs say: begins what may begin, or gives the end of the whole. Holds no
 * state of its own, so it may be called at any time, also twice at once: the same steps get the same runs.
 */
export async function advanceWorkflow(ctx: Context, runId: string): Promise<Next | undefined> {
  const run = await readHead(ctx, runId);
  if (run === undefined || run.kind !== 'workflow') return undefined;
  // A crash may have kept its end from being followed up.
  if (isEnded(run.status)) return { run, end: undefined };
  if (run.loop !== undefined) return advanceLoop(ctx, run);
  let definition: Definition;
  try {
    definition = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { run, end: { status: 'failed', error: toErrorRecord(error) } };
  }
  const children = stepRunIds(run, definition);
  const of: WorkflowRun = { run, definition, children };
  try {
    if (run.cancel_requested_at === undefined && !(await hasTurns(ctx, of))) return undefined;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { run, end: { status: 'failed', error: toErrorRecord(error) } };
  }
  for (;;) {
    const { start, end, failure } = await decideNow(ctx, of);
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
