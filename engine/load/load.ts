import type { LinkedAccountRecord } from '../authentications/authentication-record.ts';
import type { Context } from '../context.ts';
import { timeOfId } from '../ids.ts';
import { readRecords } from '../records.ts';
import { type LaneView, readLanes } from './lanes.ts';
import { readMeters, type Series } from './meters.ts';
import { readWorkers, type WorkerView } from './workers.ts';

/** How busy the system is, as far as one tenant may see. */
export interface Load {
  /** Over all tenants: runs that wait for a worker, are in hand, or wait for a remote operation or a retry. */
  queue: { waiting: number; active: number; delayed: number; oldest_seconds: number };
  /** Over all tenants, since the beginning: runs that ended, by status. As of the last 5 seconds. */
  ended: Record<string, number>;
  workers: { id: string; host: string; slots: number; in_hand: number; resident_bytes: number }[];
  /** The tenant's own accounts that have more to do than they may at once. */
  accounts: { linked_account: string; name: string; waiting: number; full: boolean; oldest_seconds: number }[];
  /** Workspaces of the tenant that are asked less often than there is work for them. */
  throttles: { host: string; waiting: number; open: number; stopped_seconds: number }[];
}

/** BullMQ's score of a prioritized job is its priority times this, and a counter. */
const SCORES_PER_RANK = 0x1_0000_0000;
const RANKS = [1, 2, 3];
const MS = 1000;

/** Reads it; a handful of round trips, however much waits. */
export async function readLoad(ctx: Context, tenant: string): Promise<Load> {
  const [counts, oldest, lanes, workers, meters] = await Promise.all([
    ctx.queues.runs.getJobCounts('wait', 'prioritized', 'active', 'delayed'),
    oldestWaiting(ctx),
    readLanes(ctx),
    readWorkers(ctx),
    readMeters(ctx),
  ]);
  const now = ctx.clock.now();
  const secondsSince = (time: number | undefined) =>
    time === undefined ? 0 : Math.max(0, Math.round((now - time) / MS));
  const own = lanes.filter((lane) => lane.tenant === tenant);
  const laned = lanes.reduce((sum, { depth }) => sum + depth, 0);
  // The id of a run that a webhook-id names says nothing of its time.
  const first = [...oldest, ...lanes.flatMap((lane) => lane.oldest ?? [])].map(timeOfId).filter((time) => time > 0);
  return {
    queue: {
      waiting: (counts.wait ?? 0) + (counts.prioritized ?? 0) + laned,
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      oldest_seconds: secondsSince(first.length === 0 ? undefined : Math.min(...first)),
    },
    ended: sumByStatus(meters.counters.get('penstock_runs_total') ?? []),
    workers: workers.map(({ id, host, slots, inHand, residentBytes }) => ({
      id,
      host,
      slots,
      in_hand: inHand,
      resident_bytes: residentBytes,
    })),
    accounts: await namedLanes(ctx, own, secondsSince),
    throttles: throttlesOf(tenant, workers),
  };
}

/** The first job of each rank; within a rank they stand by age. */
async function oldestWaiting({ redis, queues }: Context): Promise<string[]> {
  const [first, ...ranked] = await Promise.all([
    redis.lindex(queues.runs.toKey('wait'), -1),
    ...RANKS.map((rank) =>
      redis.zrangebyscore(
        queues.runs.toKey('prioritized'),
        rank * SCORES_PER_RANK,
        `(${(rank + 1) * SCORES_PER_RANK}`,
        'LIMIT',
        0,
        1,
      ),
    ),
  ]);
  return [...(first === null ? [] : [first]), ...ranked.flat()].filter((id) => id.startsWith('run_'));
}

function sumByStatus(series: readonly Series[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { labels, value } of series) sums[labels.status!] = (sums[labels.status!] ?? 0) + value;
  return sums;
}

async function namedLanes(
  ctx: Context,
  lanes: readonly LaneView[],
  secondsSince: (time: number | undefined) => number,
): Promise<Load['accounts']> {
  const records = await readRecords<LinkedAccountRecord>(
    ctx,
    'linked_account',
    lanes.map(({ account }) => account),
  );
  const names = new Map(records.map(({ value }) => [value.id, value.name]));
  return lanes
    .map(({ account, depth, isFull, oldest }) => ({
      linked_account: account,
      name: names.get(account) ?? account,
      waiting: depth,
      full: isFull,
      oldest_seconds: secondsSince(oldest === undefined ? undefined : timeOfId(oldest)),
    }))
    .sort((a, b) => b.waiting - a.waiting);
}

/** Sums over the workers. */
function throttlesOf(tenant: string, workers: readonly WorkerView[]): Load['throttles'] {
  const own = workers.flatMap(({ throttles = [] }) => throttles.filter((view) => view.tenant === tenant));
  return [...Map.groupBy(own, ({ origin }) => origin)].map(([host, views]) => ({
    host,
    waiting: views.reduce((sum, { waiting }) => sum + waiting, 0),
    open: views.reduce((sum, { open }) => sum + open, 0),
    stopped_seconds: Math.ceil(Math.max(...views.map(({ stoppedMs }) => stoppedMs)) / MS),
  }));
}
