import { wake } from './cancel.ts';
import type { Context } from './context.ts';
import { isEnded, readRun } from './runs.ts';
import { settle } from './settle.ts';

/** A run that nobody touched for this long has lost its job, or waits for a time that its job knows. */
const QUIET_MS = 60_000;
const BATCH = 500;

/**
 * Finds open runs that nobody has touched for a minute and mends what is broken: a record without a job gets one, an
 * ended one leaves the list, a workflow run is carried on. Runs that wait for a later time are left alone.
 * Safe to run in several processes at once. Returns how many were mended.
 */
export async function mendRuns(ctx: Context): Promise<number> {
  const { redis, keys, clock } = ctx;
  let mended = 0;
  let min = '-inf';
  for (;;) {
    const flat: string[] = await redis.zrangebyscore(
      keys.openRuns(),
      min,
      clock.now() - QUIET_MS,
      'WITHSCORES',
      'LIMIT',
      0,
      BATCH,
    );
    for (let i = 0; i + 1 < flat.length; i += 2) {
      if (await mend(ctx, flat[i]!)) mended += 1;
    }
    if (flat.length < 2 * BATCH) return mended;
    min = `(${flat.at(-1)}`;
  }
}

async function mend(ctx: Context, id: string): Promise<boolean> {
  const run = await readRun(ctx, id);
  if (run === undefined || isEnded(run.status)) {
    await ctx.redis.zrem(ctx.keys.openRuns(), id);
    if (run !== undefined) await settle(ctx, run);
    return true;
  }
  if (run.kind === 'workflow' && run.status === 'running') {
    await settle(ctx, run);
    return false;
  }
  const job = await ctx.queues.runs.getJob(id);
  if (job !== undefined) {
    const state = await job.getState();
    if (state !== 'failed' && state !== 'completed' && state !== 'unknown') return false;
    await job.remove();
  }
  ctx.log.warn({ run: id, status: run.status }, 'run had no job and was given one');
  await wake(ctx, id);
  return true;
}
