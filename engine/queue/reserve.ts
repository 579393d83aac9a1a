import { cachePerOwner } from '../../connector/bounded-cache.ts';
import { parseJson } from '../../connector/json.ts';
import type { Context } from './context.ts';
import { addJobs, dueJobs } from './queues.ts';

/** Watches the slots of one worker, so that runs of others need not wait until one comes free. */
export interface SlotWatch {
  /** Executes `work` in a slot. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** A worker with few slots has as many in reserve as it needs to cancel runs. */
const MIN_RESERVED = 20;
/** Part of a worker's slots. */
const RESERVED_PART = 0.5;
const LOOK_MS = 25;
/** With more runs than this ending between two looks, anyone who is next in the queue begins soon enough. */
const MAX_ENDS = 2;
/** Jobs that one look reads; those of tenants with little in flight are the first in the queue. */
const MAX_JOBS = 500;

/** Slots that a worker of this concurrency keeps for tenants with little in flight, beside the others. */
export function reservedSlots(concurrency: number): number {
  return Math.max(MIN_RESERVED, Math.ceil(concurrency * RESERVED_PART));
}

/**
 * Looks every 25 ms whether all of a worker's slots are held by runs that do not end, and then lets tenants that hold few use the
 * reserve. Costs nothing while a slot is free or runs end quickly.
 */
export function watchSlots(ctx: Context, slots: number): SlotWatch {
  let held = 0;
  let ends = 0;
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    await fillReserve(ctx).catch((error: unknown) => {
      ctx.log.warn({ err: error }, 'waiting runs could not use the reserve; they are checked again');
    });
    isLooking = false;
  };
  const timer = setInterval(() => {
    if (held >= slots && ends <= MAX_ENDS && !isLooking) void look();
    ends = 0;
  }, LOOK_MS);
  timer.unref();
  return {
    async hold(work) {
      held += 1;
      try {
        return await work();
      } finally {
        held -= 1;
        ends += 1;
      }
    },
    close: () => clearInterval(timer),
  };
}

/** Runs of each tenant that hold a slot of the reserve, or are about to; and how many slots are free there, over all workers. */
interface Reserve {
  free: number;
  ids: string[];
}

/**
 * Moves jobs that wait in `runs` into the reserve while every slot is held: those of tenants that hold less than is free there, in the
 * order of the queue. The reserve is given out by a dynamic threshold: a tenant may have as many runs in flight as there are free
 * slots, so some are always left, however many tenants ask. A crash between taking a job and adding it leaves a run without a job,
 * which the reconciler finds. Returns how many were moved.
 */
async function fillReserve(ctx: Context): Promise<number> {
  const { runs, urgent } = ctx.queues;
  const [slots, active, reserve, isPaused] = await Promise.all([
    ctx.redis.get(ctx.keys.slots()),
    runs.getRanges(['active'], 0, -1),
    readReserve(ctx),
    runs.isPaused(),
  ]);
  let { free } = reserve;
  if (free <= 0 || isPaused || active.length < Number(slots ?? Number.POSITIVE_INFINITY)) return 0;
  await promoteDue(ctx, free);
  const waiting = await runs.getRanges(['wait', 'prioritized'], 0, MAX_JOBS - 1, true);
  const held = countTenants(await tenantsOf(ctx, [...active, ...reserve.ids]));
  const tenants = await tenantsOf(ctx, waiting);
  let moved = 0;
  for (const [i, id] of waiting.entries()) {
    if (free <= 0) break;
    const tenant = tenants[i];
    const count = tenant === undefined ? free : (held.get(tenant) ?? 0);
    // A run may have a job in both queues when it is to be canceled. One that was begun meanwhile cannot be removed.
    if (count >= free || reserve.ids.includes(id) || (await runs.remove(id)) === 0) continue;
    await addJobs(urgent, [{ id, rank: 0 }]);
    held.set(tenant!, count + 1);
    free -= 1;
    moved += 1;
  }
  return moved;
}

/** Whether a run that is to be canceled may use the reserve: as many of a tenant's at once as are free there. */
export async function mayUseReserve(ctx: Context, tenant: string): Promise<boolean> {
  const { free, ids } = await readReserve(ctx);
  return free > 0 && (countTenants(await tenantsOf(ctx, ids)).get(tenant) ?? 0) < free;
}

async function readReserve({ redis, keys, queues }: Context): Promise<Reserve> {
  const [reserved, ids] = await Promise.all([
    redis.get(keys.reservedSlots()),
    queues.urgent.getRanges(['active', 'wait'], 0, -1),
  ]);
  return { free: Number(reserved ?? 0) - ids.length, ids };
}

/** BullMQ does this whenever a worker asks for a job, and none with a free slot is there to ask. */
async function promoteDue({ redis, queues, log }: Context, most: number): Promise<void> {
  for (const job of await dueJobs(redis, queues.runs, { before: Date.now(), count: most })) {
    await job.promote().catch((error: unknown) => log.debug({ err: error, job: job.id }, 'it came up by itself'));
  }
}

/** About 5,000 runs. */
const MAX_KNOWN_SIZE = 750_000;
/** A run never changes its tenant. */
const knownTenants = cachePerOwner<string>(MAX_KNOWN_SIZE);

async function tenantsOf(ctx: Context, ids: readonly string[]): Promise<(string | undefined)[]> {
  const known = knownTenants(ctx.redis);
  const missing = ids.filter((id) => known.get(id) === undefined);
  const made = await Promise.all(missing.map((id) => ctx.redis.hget(ctx.keys.run(id), 'run')));
  for (const [i, id] of missing.entries()) {
    const text = made[i];
    if (text != null) known.set(id, (parseJson(text) as { tenant: string }).tenant);
  }
  return ids.map((id) => known.get(id));
}

function countTenants(tenants: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const tenant of tenants) if (tenant !== undefined) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  return counts;
}
