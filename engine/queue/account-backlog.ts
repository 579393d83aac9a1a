import { tryItem } from '../store/each-item.ts';
import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { addJobs, type RunJob } from './queues.ts';

/**
 * Fair queueing on BullMQ without its groups. A run gets its job at once while its account and its tenant have little in
 * flight; beyond that it waits in the backlog of its account, and each run that ends or starts to wait releases the next one, one account
 * after the other. So an account has at most so many jobs in the queue, however many runs it was given, and the work per
 * run is constant. Within the queue four ranks go one before the other: what a person waits for, accounts of tenants with little in
 * flight, accounts with little in flight, and the rest, first come first served. See engine/queue/admission.ts.
 */

/** Gives jobs to runs that a script released: id, rank, trace, ... After a crash before this, the reconciler does. */
export async function addReleased({ queues }: Pick<Context, 'queues'>, released: readonly string[]): Promise<void> {
  if (released.length === 0) return;
  const jobs: RunJob[] = [];
  for (let i = 0; i + 2 < released.length; i += 3)
    jobs.push({ id: released[i]!, rank: Number(released[i + 1]), trace: released[i + 2] || undefined });
  await addJobs(queues.runs, jobs);
}

/** Lets runs in where nothing else would: after a crash, or when there are more slots than before. Returns how many. */
export async function releaseBacklogs(ctx: Context): Promise<number> {
  const { redis, keys } = ctx;
  const tenants = new Set((await redis.hvals(keys.backlogs())).map((known) => known.split(' ', 1)[0]!));
  let count = 0;
  for (const tenant of tenants) {
    const guard = async () => {
      const args = [keys.prefix, tenant, ctx.clock.now()];
      const [found, released] = (await callScript(redis, 'admitRuns', [keys.backlogs()], args)) as [number, string[]];
      await addReleased(ctx, released);
      return found;
    };
    count += (await tryItem(ctx, { loop: 'backlogs', item: tenant }, guard)) ?? 0;
  }
  return count;
}

/** An account whose runs wait before the queue. */
export interface BacklogView {
  account: string;
  tenant: string;
  /** Runs that wait. */
  depth: number;
  /** Run at the head of the backlog; its id tells when it was made. */
  oldest: string | undefined;
  /** The account is at its limit. */
  isFull: boolean;
}

/** The backlogs, at most `limit` of them. */
export async function readBacklogs(ctx: Context, limit = 1000): Promise<BacklogView[]> {
  const { redis, keys } = ctx;
  const entries = Object.entries(await redis.hgetall(keys.backlogs())).slice(0, limit);
  const reading = redis.pipeline();
  for (const [account] of entries) reading.llen(keys.backlog(account)).lindex(keys.backlog(account), 0);
  const answers = (await reading.exec()) ?? [];
  return entries.map(([account, known], i) => ({
    account,
    tenant: known.split(' ', 1)[0]!,
    depth: Number(answers[2 * i]![1]),
    oldest: (answers[2 * i + 1]![1] as string | null) ?? undefined,
    isFull: known.endsWith('parked'),
  }));
}
