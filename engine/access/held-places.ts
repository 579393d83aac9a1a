import { newId } from '../store/ids.ts';
import { quotaCheck } from '../store/quotas.ts';
import { transact } from '../store/records.ts';
import type { Context } from './context.ts';

/** What a tenant holds open: event streams, and requests that wait for the end of a run. */
export type HeldKind = 'streams' | 'waits';

/** One of them, counted against the tenant's quota over all API processes. */
export interface HeldPlace {
  /** Of a stream: to be called at least every 45 seconds. */
  renew(): void;
  /** Called again it does nothing. */
  release(): void;
}

/** The place of a process that died is free after this. A request waits for 60 seconds at most. */
const LEASE_MS: Record<HeldKind, number> = { streams: 60_000, waits: 70_000 };

/** Takes a place. @throws ConnectorError ERR_QUOTA_BUSY */
export async function takeHeldPlace(ctx: Context, tenant: string, kind: HeldKind): Promise<HeldPlace> {
  const key = ctx.keys[kind](tenant);
  const now = ctx.clock.now();
  const id = newId('held', now);
  // Places that have lapsed count no more.
  await ctx.redis.zremrangebyscore(key, '-inf', now);
  await transact(
    ctx,
    [quotaCheck(ctx, { tenant, name: kind })],
    [
      ['ZADD', key, now + LEASE_MS[kind], id],
      ['PEXPIRE', key, 2 * LEASE_MS[kind]],
    ],
  );
  const quietly = (work: Promise<unknown>) => {
    work.catch(() => {
      // Redis is unavailable: the lease ends by itself.
    });
  };
  return {
    renew: () => quietly(ctx.redis.zadd(key, 'XX', ctx.clock.now() + LEASE_MS[kind], id)),
    release: () => quietly(ctx.redis.zrem(key, id)),
  };
}
