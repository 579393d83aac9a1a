import { FIRST_TENANT } from '../access/first-key.ts';
import type { LinkedAccountRecord } from '../credentials/records/authentication-record.ts';
import { type BacklogView, readBacklogs } from '../queue/account-backlog.ts';
import { readWorkers, type WorkerView } from '../queue/workers.ts';
import type { Context } from '../runs/context.ts';
import { timeOfId } from '../store/ids.ts';
import { readEnded } from '../store/meters.ts';
import { readRecordsEach } from '../store/records.ts';
import { readInFlight } from './depths.ts';

/** How busy the system is, as far as one tenant may see: for the tenant of the operator all of it, for another its own part. */
export interface Load {
  scope: 'installation' | 'tenant';
  /** Runs that wait for a worker, are in flight, or wait for a remote operation, a retry or their steps. */
  queue: { waiting: number; active: number; delayed: number; oldest_seconds: number };
  /** Since the beginning: runs that ended, by status. Of the installation as of the last 5 seconds. */
  ended: Record<string, number>;
  /** Of the installation. */
  workers: { id: string; host: string; slots: number; active: number; resident_bytes: number }[];
  /** The tenant's own accounts that have more to do than they may at once. */
  accounts: { linked_account: string; name: string; waiting: number; at_limit: boolean; oldest_seconds: number }[];
  /** Workspaces of the tenant that are asked less often than there is work for them. */
  throttles: { host: string; waiting: number; active: number; backoff_seconds: number }[];
}

/** What counts the ends of a tenant's runs; see engine/store/lua/finishRun.lua. */
const ENDED = 'ended_';
const RANKS = [1, 2, 3];
const MS = 1000;

type Since = (time: number | undefined) => number;

/** Reads it; a handful of round trips, however much waits. */
export async function readLoad(ctx: Context, tenant: string): Promise<Load> {
  const [backlogs, workers] = await Promise.all([readBacklogs(ctx), readWorkers(ctx)]);
  const now = ctx.clock.now();
  const since: Since = (time) => (time === undefined ? 0 : Math.max(0, Math.round((now - time) / MS)));
  const own = backlogs.filter((backlog) => backlog.tenant === tenant);
  const totals =
    tenant === FIRST_TENANT
      ? await ofInstallation(ctx, { backlogs, workers, since })
      : await ofTenant(ctx, tenant, { own, since });
  return { ...totals, accounts: await namedBacklogs(ctx, own, since), throttles: throttlesOf(tenant, workers) };
}

async function ofInstallation(
  ctx: Context,
  of: { backlogs: readonly BacklogView[]; workers: readonly WorkerView[]; since: Since },
): Promise<Omit<Load, 'accounts' | 'throttles'>> {
  const [counts, oldest, ended] = await Promise.all([
    ctx.queues.runs.getJobCounts('wait', 'prioritized', 'active', 'delayed'),
    oldestWaiting(ctx),
    readEnded(ctx),
  ]);
  return {
    scope: 'installation',
    queue: {
      waiting: (counts.wait ?? 0) + (counts.prioritized ?? 0) + depthOf(of.backlogs),
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      oldest_seconds: of.since(oldestOf([...oldest, ...headsOf(of.backlogs)].map(timeOfId))),
    },
    ended,
    workers: of.workers.map(({ id, host, slots, inFlight, residentBytes }) => ({
      id,
      host,
      slots,
      active: inFlight,
      resident_bytes: residentBytes,
    })),
  };
}

async function ofTenant(
  ctx: Context,
  tenant: string,
  of: { own: readonly BacklogView[]; since: Since },
): Promise<Omit<Load, 'accounts' | 'throttles'>> {
  const [usage, inFlight] = await Promise.all([ctx.redis.hgetall(ctx.keys.usage(tenant)), readInFlight(ctx, tenant)]);
  const queued = inFlight.filter(({ status }) => status === 'queued');
  const waiting = queued.length + depthOf(of.own);
  const active = inFlight.length - queued.length;
  const times = [...headsOf(of.own).map(timeOfId), ...queued.map(({ createdAt }) => createdAt)];
  return {
    scope: 'tenant',
    queue: {
      waiting,
      active,
      delayed: Math.max(0, Number(usage.unfinished_runs ?? 0) - waiting - active),
      oldest_seconds: of.since(oldestOf(times)),
    },
    ended: Object.fromEntries(
      Object.entries(usage).flatMap(([name, count]) =>
        name.startsWith(ENDED) ? [[name.slice(ENDED.length), Number(count)]] : [],
      ),
    ),
    workers: [],
  };
}

function depthOf(backlogs: readonly BacklogView[]): number {
  return backlogs.reduce((sum, { depth }) => sum + depth, 0);
}

function headsOf(backlogs: readonly BacklogView[]): string[] {
  return backlogs.flatMap(({ oldest }) => oldest ?? []);
}

/** The id of a run that a webhook-id names says nothing of its time: 0. */
function oldestOf(times: readonly number[]): number | undefined {
  const known = times.filter((time) => time > 0);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The first job of each rank; within a rank they stand by age. */
async function oldestWaiting({ queues: { runs } }: Context): Promise<string[]> {
  const counts = await runs.getCountsPerPriority(RANKS);
  const first = [runs.getRanges(['wait'], 0, 0, true)];
  let at = 0;
  for (const rank of RANKS) {
    const count = counts[rank] ?? 0;
    if (count > 0) first.push(runs.getRanges(['prioritized'], at, at, true));
    at += count;
  }
  return (await Promise.all(first)).flat().filter((id) => id.startsWith('run_'));
}

async function namedBacklogs(
  ctx: Context,
  backlogs: readonly BacklogView[],
  secondsSince: Since,
): Promise<Load['accounts']> {
  const { items } = await readRecordsEach<LinkedAccountRecord>(
    ctx,
    'linked_account',
    backlogs.map(({ account }) => account),
  );
  const names = new Map(items.map(({ value }) => [value.id, value.name]));
  return backlogs
    .map(({ account, depth, isFull, oldest }) => ({
      linked_account: account,
      name: names.get(account) ?? account,
      waiting: depth,
      at_limit: isFull,
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
    active: views.reduce((sum, { open }) => sum + open, 0),
    backoff_seconds: Math.ceil(Math.max(...views.map(({ stoppedMs }) => stoppedMs)) / MS),
  }));
}
