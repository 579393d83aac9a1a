import { parseJson } from '../../connector/json.ts';
import { tryItem } from '../store/each-item.ts';
import { transact } from '../store/records.ts';
import type { Context } from './context.ts';
import { nextAccounts, releaseBacklog } from './release-backlog.ts';
import { leavePlace } from './run-places.ts';

/**
 * Fair queueing on BullMQ without its groups. A run gets its job at once while its account and its tenant have little in
 * flight; beyond that it waits in the backlog of its account, and each run that ends or starts to wait releases the next one, one account
 * after the other. So an account has at most so many jobs in the queue, however many runs it was given, and the work per
 * run is constant. Within the queue four ranks go one before the other: what a person waits for, accounts of tenants with little in
 * flight, accounts with little in flight, and the rest, first come first served. See engine/queue/admission.ts.
 */

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

/** Releases runs where nothing else would: after a crash, or when there are more slots than before. Returns how many. */
export async function releaseBacklogs(ctx: Context): Promise<number> {
  const { redis, keys } = ctx;
  const accountsOf = new Map<string, [account: string, known: string][]>();
  for (const [account, known] of Object.entries(await redis.hgetall(keys.backlogs()))) {
    const tenant = known.split(' ', 1)[0]!;
    accountsOf.set(tenant, [...(accountsOf.get(tenant) ?? []), [account, known]]);
  }
  let count = 0;
  for (const [tenant, accounts] of accountsOf) {
    const release = async () => {
      await dropIdlePlaces(ctx, tenant);
      await returnToRoundRobin(ctx, tenant, accounts);
      return releaseBacklog(ctx, tenant, await nextAccounts(ctx, tenant));
    };
    count += (await tryItem(ctx, { loop: 'backlogs', item: tenant }, release)) ?? 0;
  }
  return count;
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
    isFull: known.endsWith('at_limit'),
  }));
}

/** Places of runs that have ended or wait for the service. A run that gave its place back never takes one again, so reading first is safe. */
async function dropIdlePlaces(ctx: Context, tenant: string): Promise<void> {
  const { redis, keys } = ctx;
  const ids = await redis.smembers(keys.inFlight(tenant));
  const reading = redis.pipeline();
  for (const id of ids) reading.hmget(keys.run(id), 'status', 'run');
  for (const [i, [error, fields]] of ((await reading.exec()) ?? []).entries()) {
    if (error !== null) throw error;
    const [status, made] = fields as [string | null, string | null];
    if (status === 'queued' || status === 'running') continue;
    await leavePlace(ctx, { account: accountIn(made) ?? tenant, tenant }, ids[i]!);
  }
}

function accountIn(made: string | null): string | undefined {
  try {
    return (parseJson(made ?? '{}') as { linked_account?: string }).linked_account;
  } catch {
    // A record that cannot be read; what it holds of its account is dropped with that.
    return undefined;
  }
}

/** Gives accounts another look that are in no turn: those at their limit, whose places may have been dropped by now. */
async function returnToRoundRobin(
  ctx: Context,
  tenant: string,
  accounts: readonly (readonly [account: string, known: string])[],
): Promise<void> {
  const { redis, keys } = ctx;
  const roundRobin = keys.roundRobin(tenant);
  const inTurn = new Set(await redis.lrange(roundRobin, 0, -1));
  for (const [account, known] of accounts) {
    if (inTurn.has(account)) continue;
    if (account !== tenant) await dropStrangePlaces(ctx, { account, tenant });
    const ready = known.replace(/at_limit$/, 'ready');
    // Another process may have done the same, or released from it, meanwhile; an account has one turn.
    await transact(
      ctx,
      [['field', keys.backlogs(), account, known]],
      [
        ['HSET', keys.backlogs(), account, ready],
        ['LREM', roundRobin, 0, account],
        ['RPUSH', roundRobin, account],
      ],
    );
  }
}

/** Places of an account whose runs have none of the tenant: both are taken and given back in one step, but for records nobody can read. */
async function dropStrangePlaces(
  { redis, keys }: Context,
  { account, tenant }: { account: string; tenant: string },
): Promise<void> {
  const ids = await redis.smembers(keys.inFlight(account));
  if (ids.length === 0) return;
  const areOfTenant = await redis.smismember(keys.inFlight(tenant), ...ids);
  const strange = ids.filter((_, i) => areOfTenant[i] === 0);
  if (strange.length > 0) await redis.srem(keys.inFlight(account), ...strange);
}
