import { readFields } from '../store/read-fields.ts';
import { callScriptOverKeys } from '../store/scripts.ts';
import { BULK_RANK, mayGoFirst } from './admission.ts';
import type { Context } from './context.ts';
import { addJobs, type Queues, type RunJob } from './queues.ts';
import { leavePlace } from './run-places.ts';

/** A run that left the backlog of an account. */
export interface ReleasedRun {
  id: string;
  account: string;
}

/** Accounts of a round robin that are looked at in one step, as in engine/store/lua/parts/places.lua. */
const MAX_ACCOUNTS = 100;

interface Active {
  /** There was more room meanwhile. */
  isAgain: boolean;
  done: Promise<number>;
}

/** By tenant: whose backlogs a process releases just now. */
const active = new WeakMap<Queues, Map<string, Active>>();

/**
 * Gives jobs to runs in a tenant's backlogs while there is room. `accounts` are those that a script returned; for none it does nothing.
 * Runs of one process that end at once release together. After a crash at any point, the reconciler continues. Returns how many
 * runs got a job.
 */
export async function releaseBacklog(ctx: Context, tenant: string, accounts: readonly string[]): Promise<number> {
  if (accounts.length === 0) return 0;
  const ours = active.get(ctx.queues) ?? new Map<string, Active>();
  active.set(ctx.queues, ours);
  const known = ours.get(tenant);
  if (known !== undefined) {
    known.isAgain = true;
    return known.done;
  }
  const entry: Active = { isAgain: false, done: Promise.resolve(0) };
  ours.set(tenant, entry);
  const release = async () => {
    try {
      return await releaseWhileRoom(ctx, tenant, { first: accounts, entry });
    } finally {
      // In the same turn as the last look at `isAgain`: nobody joins a release that has ended.
      ours.delete(tenant);
    }
  };
  entry.done = release();
  return entry.done;
}

/**
 * Releases runs from the backlogs of these accounts, each in its turn. They have no jobs yet. `isMore`: there is room, and another account
 * is next.
 */
async function releaseRuns(
  ctx: Context,
  tenant: string,
  accounts: readonly string[],
): Promise<{ runs: ReleasedRun[]; isMore: boolean }> {
  const { redis, keys, clock } = ctx;
  const scriptKeys = [
    keys.roundRobin(tenant),
    keys.backlogs(),
    keys.openRuns(),
    keys.slots(),
    keys.inFlight(tenant),
    ...accounts.flatMap((account) => [keys.backlog(account), keys.inFlight(account)]),
  ];
  const args = [tenant, clock.now(), ...accounts];
  const [more, ...flat] = (await callScriptOverKeys(redis, 'releaseRuns', scriptKeys, args)) as [number, ...string[]];
  const runs: ReleasedRun[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) runs.push({ id: flat[i]!, account: flat[i + 1]! });
  return { runs, isMore: more === 1 };
}

/** The accounts of a tenant whose backlogs may give a run, those that are next. */
export function nextAccounts({ redis, keys }: Context, tenant: string): Promise<string[]> {
  return redis.lrange(keys.roundRobin(tenant), 0, MAX_ACCOUNTS - 1);
}

async function releaseWhileRoom(
  ctx: Context,
  tenant: string,
  { first, entry }: { first: readonly string[]; entry: Active },
): Promise<number> {
  let count = 0;
  for (let accounts = first; accounts.length > 0; accounts = await nextAccounts(ctx, tenant)) {
    entry.isAgain = false;
    const { runs, isMore } = await releaseRuns(ctx, tenant, accounts);
    const added = await addReleased(ctx, tenant, runs);
    count += added;
    if (!isMore && !entry.isAgain && added === runs.length) break;
  }
  return count;
}

/** Gives jobs to released runs; one that was canceled in its backlog gives its place back. Returns how many got one. */
async function addReleased(ctx: Context, tenant: string, runs: readonly ReleasedRun[]): Promise<number> {
  if (runs.length === 0) return 0;
  const { redis, keys } = ctx;
  const jobs: RunJob[] = [];
  const others: ReleasedRun[] = [];
  const found = await readFields(
    redis,
    runs.map(({ id }) => keys.run(id)),
    ['status', 'interactive', 'trace'],
  );
  for (const [i, [status, interactive, trace]] of found.entries()) {
    if (status !== 'queued') others.push(runs[i]!);
    else
      jobs.push({
        id: runs[i]!.id,
        rank: interactive === '1' && mayGoFirst(ctx, tenant) ? 0 : BULK_RANK,
        trace: trace || undefined,
      });
  }
  if (jobs.length > 0) await addJobs(ctx.queues.runs, jobs);
  for (const { id, account } of others) {
    await leavePlace(ctx, { account, tenant }, id);
    await redis.zrem(keys.openRuns(), id);
  }
  return jobs.length;
}
