import { watchedKey } from '../cursors/freshness-watch.ts';
import { JOB_KEY, type Queue, TICK_QUEUE } from '../queue/queues.ts';
import { removeSchedule } from '../queue/schedules.ts';
import type { Context } from '../runs/context.ts';
import { isRedisUnavailable } from '../store/redis.ts';
import { scanKeys } from '../store/scan-keys.ts';
import { namesOne, noteKey } from './tenant-ids.ts';

const BATCH = 1000;
const STATES = ['active', 'waiting', 'prioritized', 'delayed'] as const;

/**
 * Removes every key whose name has one of the ids, and their members of shared lists. What goes with its owner is gone by now: this finds what
 * a killed process or one that wrote meanwhile left. Returns how much there was; jobs that a worker holds are counted and stay.
 */
export async function sweepTenant(ctx: Context, ids: ReadonlySet<string>, keep: readonly string[]): Promise<number> {
  let count = 0;
  const kept = new Set(keep);
  for await (const keys of scanKeys(ctx.redis, ctx.keys.prefix)) {
    const found: string[] = [];
    for (const key of keys) {
      const name = key.slice(ctx.keys.prefix.length);
      // A job is BullMQ's to remove: a worker may hold it.
      if (kept.has(key) || JOB_KEY.test(name)) continue;
      if (namesOne(name, ids) || (await belongs(ctx, key, name, ids))) found.push(key);
    }
    if (found.length > 0) count += await ctx.redis.unlink(...found);
  }
  count += await sweepLists(ctx, ids);
  return count + (await sweepQueues(ctx, ids));
}

/** The keys that last as long as the tenant's record. */
export function keptKeys(ctx: Context, tenant: string, lock: string): string[] {
  return [ctx.keys.record('tenant', tenant), noteKey(ctx, tenant), lock];
}

/** Sessions and links are under the hash of a secret, and say inside whose they are. */
async function belongs(ctx: Context, key: string, name: string, ids: ReadonlySet<string>): Promise<boolean> {
  const at = name.indexOf(':');
  const [kind, hash] = [name.slice(0, at), name.slice(at + 1)];
  if (kind === 'session' || kind === 'sign-in-link') return namesOne((await ctx.redis.get(key)) ?? '', ids);
  if (kind !== 'connect-link' && kind !== 'login') return false;
  const sealed = await ctx.redis.get(key);
  if (sealed === null) return false;
  try {
    return ids.has((JSON.parse(ctx.dataKeyring.open(sealed, `${kind}/${hash}`)) as { tenant: string }).tenant);
  } catch {
    // Sealed with a key that is gone: nobody can use it, and it lapses by itself.
    return false;
  }
}

/** Lists of all tenants, whose members are ids. */
async function sweepLists(ctx: Context, ids: ReadonlySet<string>): Promise<number> {
  const { redis, keys } = ctx;
  let count = 0;
  const shared = [
    keys.sealedWith(),
    keys.dueTicks(),
    keys.expiries(),
    keys.openRuns(),
    keys.endedRuns(),
    watchedKey(ctx),
    keys.objects('range', 'open'),
    keys.objects('replay', 'open'),
    keys.records('webhook_endpoint', 'all'),
    keys.oldConnectors(),
  ];
  for (const key of shared) {
    for (let cursor = '0'; ; ) {
      const [next, flat] = await redis.zscan(key, cursor, 'COUNT', BATCH);
      const members = flat.filter((member, i) => i % 2 === 0 && namesOne(member, ids));
      if (members.length > 0) count += await redis.zrem(key, ...members);
      if (next === '0') break;
      cursor = next;
    }
  }
  const owners = (await redis.hkeys(keys.backlogs())).filter((owner) => ids.has(owner));
  return owners.length === 0 ? count : count + (await redis.hdel(keys.backlogs(), ...owners));
}

async function sweepQueues(ctx: Context, ids: ReadonlySet<string>): Promise<number> {
  const { runs, urgent, isolated, ticks } = ctx.queues;
  let count = 0;
  for (const id of ids) if (/^(wf|rng)_/.test(id)) await removeSchedule(ctx, id);
  for (const queue of [runs, urgent, isolated, ticks]) {
    const own: string[] = [];
    for (let at = 0; ; at += BATCH) {
      const found = await idsOfJobs(queue, at);
      own.push(...found.filter(({ names }) => namesOne(names, ids)).map(({ id }) => id));
      if (found.length === 0) break;
    }
    for (const id of own) {
      count += 1;
      await queue.remove(id).catch((error: unknown) => {
        // A worker holds it, and finds that its run or workflow is gone.
        if (isRedisUnavailable(error)) throw error;
      });
    }
    // It names the last 100 jobs, of any tenant; nobody reads it.
    await queue.trimEvents(0);
  }
  return count;
}

/** Some jobs of a queue, with what names their run or workflow: the id of a run's job is the run's, a tick has the workflow in its data. */
async function idsOfJobs(queue: Queue, at: number): Promise<{ id: string; names: string }[]> {
  const last = at + BATCH - 1;
  if (queue.name !== TICK_QUEUE) {
    const ids = await queue.getRanges([...STATES], at, last);
    return ids.map((id) => ({ id, names: id }));
  }
  const jobs = await queue.getJobs([...STATES], at, last);
  return jobs.flatMap((job) =>
    job?.id === undefined ? [] : [{ id: job.id, names: `${job.id} ${job.data?.workflow}` }],
  );
}
