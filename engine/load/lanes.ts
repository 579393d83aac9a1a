import type { Context } from '../context.ts';
import { callScript, isRedisAway } from '../redis.ts';
import { type Turn, writeRun } from '../runs/run-writes.ts';
import type { Run } from '../runs/runs.ts';

/**
 * Fair queueing on BullMQ without its groups. A run gets its job at once while its account and its tenant have little in
 * hand; beyond that it waits in its account's lane, and each run that ends or begins to wait lets the next one in, one account
 * after the other. So an account has at most so many jobs in the queue, however many runs it was given, and the work per
 * run is constant. Within the queue four ranks go one before the other: what a person waits for, tenants that ask for
 * little, accounts that ask for little, and the rest, first come first served. See engine/lua/createRun.lua.
 *
 * A crash between a script and the adding of jobs leaves runs without a job; the reconciler gives them one.
 */

/** Adds a job; the queue keeps one per run, so a second call changes nothing while it is there. */
export async function addJob(ctx: Context, job: { id: string; rank: number }): Promise<void> {
  await ctx.queues.runs.add('run', null, jobOptions(job));
}

/** Writes a new run and adds its job, unless it has to wait in a lane. False when a run with its id was there. */
export async function enqueueNewRun(ctx: Context, run: Run, turn: Turn): Promise<boolean> {
  const { isNew, rank } = await writeRun(ctx, run, turn);
  if (rank >= 0) await addJob(ctx, { id: run.id, rank }).catch((error: unknown) => leaveToReconciler(ctx, run, error));
  return isNew;
}

/** The record is kept, so the run is accepted whatever becomes of its job; whoever is told otherwise would ask for it twice. */
function leaveToReconciler(ctx: Context, run: Run, error: unknown): void {
  if (!isRedisAway(error)) throw error;
  ctx.log.warn({ run: run.id, err: error }, 'Redis went away before a run had its job; the reconciler gives it one');
}

/** Adds the jobs of runs that a script let in; `admitted` is id, rank, id, rank, ... */
export async function addAdmitted(ctx: Context, admitted: (string | number)[]): Promise<void> {
  if (admitted.length === 0) return;
  const jobs = [];
  for (let i = 0; i + 1 < admitted.length; i += 2) {
    jobs.push({
      name: 'run',
      data: null,
      opts: jobOptions({ id: String(admitted[i]), rank: Number(admitted[i + 1]) }),
    });
  }
  await ctx.queues.runs.addBulk(jobs);
}

/** Lets runs in where nothing else would: after a crash, or when there are more slots than before. Returns how many. */
export async function tendLanes(ctx: Context): Promise<number> {
  const { redis, keys } = ctx;
  const tenants = new Set((await redis.hvals(keys.laned())).map((known) => known.split(' ', 1)[0]!));
  let count = 0;
  for (const tenant of tenants) {
    const admitted = await callScript(redis, 'admitRuns', [keys.laned()], [keys.prefix, tenant, ctx.clock.now()]);
    await addAdmitted(ctx, admitted as (string | number)[]);
    count += (admitted as unknown[]).length / 2;
  }
  return count;
}

/** An account whose runs wait before the queue. */
export interface LaneView {
  account: string;
  tenant: string;
  /** Runs that wait. */
  depth: number;
  /** Run at the head of the lane; its id tells when it was made. */
  oldest: string | undefined;
  /** The account has as much in hand as it may. */
  isFull: boolean;
}

/** The lanes there are, at most `limit` of them. */
export async function readLanes(ctx: Context, limit = 1000): Promise<LaneView[]> {
  const { redis, keys } = ctx;
  const entries = Object.entries(await redis.hgetall(keys.laned())).slice(0, limit);
  const reading = redis.pipeline();
  for (const [account] of entries) reading.llen(keys.lane(account)).lindex(keys.lane(account), 0);
  const answers = (await reading.exec()) ?? [];
  return entries.map(([account, known], i) => ({
    account,
    tenant: known.split(' ', 1)[0]!,
    depth: Number(answers[2 * i]![1]),
    oldest: (answers[2 * i + 1]![1] as string | null) ?? undefined,
    isFull: known.endsWith('parked'),
  }));
}

function jobOptions({ id, rank }: { id: string; rank: number }) {
  return { jobId: id, ...(rank > 0 ? { priority: rank } : {}) };
}
