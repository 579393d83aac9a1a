import type { Context } from '../context.ts';
import { newId } from '../store/ids.ts';
import { QUOTAS, quotaExceeded } from '../store/quotas.ts';
import { callScript } from '../store/scripts.ts';

/** One open event stream, counted against its tenant's quota over all API processes. */
export interface StreamPlace {
  /** To be called at least every 45 seconds. */
  renew(): void;
  release(): void;
}

/** The place of a process that died is free after this. */
const LEASE_MS = 60_000;

/** Takes a place for a stream. @throws ConnectorError ERR_QUOTA_BUSY */
export async function takeStreamPlace(ctx: Context, tenant: string): Promise<StreamPlace> {
  const key = ctx.keys.streams(tenant);
  const now = ctx.clock.now();
  const id = newId('stm', now);
  const refusal = (await callScript(
    ctx.redis,
    'takeStream',
    [key, ctx.keys.quotas(tenant)],
    [id, now, LEASE_MS, QUOTAS.streams.limit],
  )) as string;
  if (refusal !== '') throw quotaExceeded('streams', refusal);
  const quietly = (work: Promise<unknown>) => {
    work.catch(() => {
      // Redis is unavailable: the lease ends by itself.
    });
  };
  return {
    renew: () => quietly(ctx.redis.zadd(key, 'XX', ctx.clock.now() + LEASE_MS, id)),
    release: () => quietly(ctx.redis.zrem(key, id)),
  };
}
