import type { Context } from './context.ts';
import { callScript } from './redis.ts';
import { readMany } from './run-list.ts';
import { isEnded, type Run, readRun } from './runs.ts';
import { settle } from './settle.ts';
import { stepRunId } from './steps.ts';
import { enqueueRun } from './submit.ts';
import { loadDefinition } from './workflows.ts';

/** Channel on which every worker hears which of its runs to abort. */
export const CANCEL_CHANNEL = 'cancels';

/**
 * Writes down that a run shall end and wakes whoever can act on it: a worker that has it in hand aborts, a waiting job
 * comes up at once. The remote effect is canceled and confirmed by a worker. An ended run is left as it is; asking twice
 * asks once. For a workflow run its open steps are canceled.
 */
export async function cancelRun(ctx: Context, run: Run): Promise<void> {
  const { keys } = ctx;
  const status = await callScript(
    ctx.redis,
    'requestCancel',
    [keys.run(run.id), keys.other('channel', CANCEL_CHANNEL)],
    [run.id, ctx.clock.now()],
  );
  if (status === '' || isEnded(status as Run['status'])) return;
  if (run.kind === 'workflow') await cancelSteps(ctx, run);
  await wake(ctx, run.id);
}

/** Brings a run's job up now, whether it waits for a time, was lost, or is queued already. */
export async function wake(ctx: Context, runId: string): Promise<void> {
  const job = await ctx.queues.runs.getJob(runId);
  if (job === undefined) return enqueueRun(ctx, runId);
  if ((await job.getState()) !== 'delayed') return;
  try {
    await job.promote();
  } catch {
    // It came up by itself in between.
  }
}

async function cancelSteps(ctx: Context, run: Run): Promise<void> {
  const { steps } = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  const children = await readMany(
    ctx,
    steps.map((step) => stepRunId(run.id, step.id)),
  );
  const open = children.filter((child): child is Run => child !== undefined && !isEnded(child.status));
  for (const child of open) await cancelRun(ctx, child);
  // No step in hand: nobody else would draw the conclusion.
  const parent = await readRun(ctx, run.id);
  if (open.length === 0 && parent !== undefined) await settle(ctx, parent);
}
