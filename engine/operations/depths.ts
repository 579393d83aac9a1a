import { parseJson } from '../../connector/json.ts';
import { readTenantIds } from '../access/tenants.ts';
import { readBacklogs } from '../queue/account-backlog.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { timeOfId } from '../store/ids.ts';

/** Runs of one account that have not started: in its backlog, or with a job in the queue. */
export interface AccountDepth {
  account: string;
  queued: number;
  /** When the oldest was made, epoch ms. */
  oldest: number;
}

/**
 * How much waits for each account. A tenant has a bounded number of runs in flight, and of a backlog only its length and head are read:
 * the work grows with tenants and accounts, not with what waits.
 */
export async function readDepths(ctx: Context): Promise<AccountDepth[]> {
  const depths = new Map<string, AccountDepth>();
  const add = (account: string, queued: number, oldest: number) => {
    const known = depths.get(account) ?? { account, queued: 0, oldest };
    depths.set(account, { account, queued: known.queued + queued, oldest: Math.min(known.oldest, oldest) });
  };
  const [backlogs, tenants] = await Promise.all([readBacklogs(ctx), readTenantIds(ctx)]);
  for (const { account, depth, oldest } of backlogs) {
    if (oldest !== undefined) add(account, depth, timeOfId(oldest) || ctx.clock.now());
  }
  for (const tenant of tenants) {
    for (const { account, status, createdAt } of await readInFlight(ctx, tenant))
      if (status === 'queued' && account !== undefined) add(account, 1, createdAt);
  }
  return [...depths.values()];
}

/** A run that has a job and has neither ended nor begun to wait. */
export interface InFlight {
  account: string | undefined;
  status: string;
  createdAt: number;
}

/** A tenant's runs in flight; their number is bounded, see engine/store/lua/parts/places.lua. */
export async function readInFlight(ctx: Context, tenant: string): Promise<InFlight[]> {
  const { redis, keys } = ctx;
  const ids = await redis.smembers(keys.inFlight(tenant));
  if (ids.length === 0) return [];
  const reading = redis.pipeline();
  for (const id of ids) reading.hmget(keys.run(id), 'status', 'run');
  return ((await reading.exec()) ?? []).flatMap(([error, fields]) => {
    if (error !== null) throw error;
    const [status, run] = fields as (string | null)[];
    if ((status !== 'queued' && status !== 'running') || run == null) return [];
    const { linked_account, created_at } = parseJson(run) as Pick<Run, 'linked_account' | 'created_at'>;
    return [{ account: linked_account, status, createdAt: created_at }];
  });
}
