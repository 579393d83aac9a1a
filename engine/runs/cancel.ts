import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { mayUseReserve } from '../queue/reserve.ts';
import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { finalize } from './finalize.ts';
import { isEnded, type Run } from './run.ts';
import { wake } from './run-jobs.ts';
import { changesOf } from './run-owners.ts';
import { finishRun } from './run-writes.ts';
import { readRun } from './runs.ts';

/** Channel on which every worker hears which of its runs to abort. */
export const CANCEL_CHANNEL = 'cancels';

/**
 * Writes down that a run shall end and makes it end: one that has not started ends immediately; an active one is aborted by its
 * worker; one that waits for the service is resumed at once, in the reserve unless its tenant has its share of that. The remote effect
 * is canceled and confirmed by a worker. An ended run is left as it is; asking twice asks once. For a workflow run its
 * open steps are canceled.
 */
export async function cancelRun(ctx: Context, run: Run): Promise<void> {
  const { keys } = ctx;
  const status = (await callScript(
    ctx.redis,
    'requestCancel',
    [keys.run(run.id), keys.other('channel', CANCEL_CHANNEL), changesOf(ctx, run) ?? keys.run(run.id)],
    [run.id, ctx.clock.now()],
  )) as Run['status'] | '';
  if (status === '' || isEnded(status)) return;
  if (run.kind === 'workflow') return cancelSteps(ctx, run);
  if (status === 'queued' && (await endUnbegun(ctx, run))) return;
  if (status !== 'waiting') return;
  // What ended its process before must not do so beside others.
  if (run.isolated !== undefined) return wake(ctx, run);
  if (!(await mayUseReserve(ctx, run.tenant))) return wake(ctx, run);
  await ctx.queues.urgent.add('run', null, { jobId: run.id });
  await removeJob(ctx, run.id);
}

async function endUnbegun(ctx: Context, run: Run): Promise<boolean> {
  const error = toErrorRecord(new ConnectorError('ERR_CANCELED', 'the run was canceled before it started'));
  if (!(await finishRun(ctx, run, { status: 'canceled', error }, { unlessBegun: true }))) return false;
  const ended = await readRun(ctx, run.id);
  if (ended !== undefined) await finalize(ctx, ended);
  await removeJob(ctx, run.id);
  return true;
}

/** The job would find nothing to do; a worker may hold it by now, and finds just that. */
async function removeJob(ctx: Context, id: string): Promise<void> {
  await ctx.queues.runs.remove(id).catch(() => {
    // Held by a worker.
  });
}

async function cancelSteps(ctx: Context, run: Run): Promise<void> {
  if (await ctx.handlers.cancelChildren(ctx, run)) return;
  // No active step: nothing else would end the run.
  const parent = await readRun(ctx, run.id);
  if (parent !== undefined) await finalize(ctx, parent);
}
