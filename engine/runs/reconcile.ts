import { ConnectorError } from '../../connector/errors.ts';
import { releaseBacklogs } from '../queue/account-backlog.ts';
import { dueJobs, haveJobs, type Job, type Queue } from '../queue/queues.ts';
import { tryItem } from '../store/each-item.ts';
import type { Finding } from '../store/meters.ts';
import type { Context } from './context.ts';
import { quarantineRun } from './quarantine.ts';
import { isEnded } from './run.ts';
import { ensureJob } from './run-jobs.ts';
import { readRun } from './runs.ts';

/** A run that nobody touched for this long has lost its job, or waits for a time that its job knows. */
const QUIET_MS = 30_000;
/** No wait is longer than this: a job that stands somewhere else than its run says is looked at more closely. */
const STRANGE_MS = 20 * 60_000;
/** A job that should have come up so long ago is promoted manually. */
const OVERDUE_MS = 30_000;
const BATCH = 500;

/** What one round found and repaired; the same names label `penstock_reconciler_repairs_total`. */
export type Repairs = Record<Exclude<Finding, 'missed_tick'>, number>;

/**
 * One round of the reconciler: finds what a crash at a bad moment leaves behind, and repairs it. Reads in batches, so that ten
 * thousand waiting runs cost some forty round trips. Safe to run in several processes at once.
 */
export async function repairRuns(ctx: Context): Promise<Repairs> {
  const repairs: Repairs = {
    record_without_job: 0,
    ended_but_open: 0,
    job_without_record: 0,
    overdue_job: 0,
    stuck_in_backlog: 0,
  };
  await repairRecords(ctx, repairs);
  for (const queue of queuesOf(ctx))
    await tryItem(ctx, { loop: 'reconciler', item: queue.name }, () => repairJobs(ctx, queue, repairs));
  repairs.stuck_in_backlog += await releaseBacklogs(ctx);
  for (const [what, count] of Object.entries(repairs)) {
    if (count === 0) continue;
    ctx.meters.count('penstock_reconciler_repairs_total', [what], count);
    ctx.log.warn({ what, count }, 'the reconciler repaired inconsistencies');
  }
  return repairs;
}

async function repairRecords(ctx: Context, repairs: Repairs): Promise<void> {
  const { redis, keys, clock } = ctx;
  for (let skip = 0; ; ) {
    const quiet = clock.now() - QUIET_MS;
    const flat = await redis.zrangebyscore(keys.openRuns(), '-inf', quiet, 'WITHSCORES', 'LIMIT', skip, BATCH);
    const ids = flat.filter((_, i) => i % 2 === 0);
    const reading = redis.pipeline();
    for (const id of ids) reading.hmget(keys.run(id), 'status', 'kind');
    const [answers, hasJobs] = await Promise.all([reading.exec(), haveJobs(redis, queuesOf(ctx), ids)]);
    for (const [i, id] of ids.entries()) {
      const [status, kind] = answers![i]![1] as [string | null, string | null];
      const hasJob = hasJobs[i]!;
      const isStrange = Number(flat[2 * i + 1]) < clock.now() - STRANGE_MS;
      const isFine = status !== null && !isEnded(status as 'queued') && hasJob && !isStrange && kind !== 'workflow';
      if (!isFine) await tryItem(ctx, { loop: 'reconciler', item: id }, () => repairRecord(ctx, id, repairs));
      // What stays in the list with its old time is passed over by the next batch.
      if (isFine || (await redis.zscore(keys.openRuns(), id)) === flat[2 * i + 1]) skip += 1;
    }
    if (ids.length < BATCH) return;
  }
}

async function repairRecord(ctx: Context, id: string, repairs: Repairs): Promise<void> {
  const run = await readRun(ctx, id).catch(async (error: unknown) => {
    if (!(error instanceof ConnectorError) || error.code !== 'ERR_RECORD_UNREADABLE') throw error;
    await quarantineRun(ctx, id, error);
    return undefined;
  });
  if (run === undefined || isEnded(run.status)) {
    // What follows from its end executes as a job: it may end the process, and jobs that do are isolated.
    if (run !== undefined) await ensureJob(ctx, run);
    await ctx.redis.zrem(ctx.keys.openRuns(), id);
    repairs.ended_but_open += 1;
    return;
  }
  if (run.kind === 'workflow' && run.status === 'running') {
    // Its job is done; what resumes it are the ends of its steps, one of which may have been lost.
    await ensureJob(ctx, run);
    await ctx.redis.zadd(ctx.keys.openRuns(), 'XX', ctx.clock.now(), id);
    return;
  }
  for (const queue of queuesOf(ctx)) {
    const job = await queue.getJob(id);
    if (job !== undefined && (await isAlive(job))) return;
  }
  await ensureJob(ctx, run);
  repairs.record_without_job += 1;
}

function queuesOf({ queues }: Context): Queue[] {
  return [queues.runs, queues.urgent, queues.isolated];
}

/** False for a job that is in no list: it was taken out of it. */
async function isAlive(job: Job): Promise<boolean> {
  const state = await job.getState();
  if (state !== 'failed' && state !== 'completed' && state !== 'unknown') return true;
  await job.remove();
  return false;
}

/** Delayed jobs that are past their time come up now; those of runs that are gone are taken away. */
async function repairJobs(ctx: Context, queue: Queue, repairs: Repairs): Promise<void> {
  const { redis, keys, clock } = ctx;
  for (const job of await dueJobs(redis, queue, { before: clock.now() - OVERDUE_MS, count: BATCH }))
    await tryItem(ctx, { loop: 'reconciler', item: job.id! }, () => mendJob(job));

  async function mendJob(job: Job): Promise<void> {
    if ((await redis.exists(keys.run(job.id!))) === 0) {
      repairs.job_without_record += await queue.remove(job.id!);
      return;
    }
    await job.promote().then(
      () => {
        repairs.overdue_job += 1;
      },
      () => {
        // It came up by itself in between.
      },
    );
  }
}
