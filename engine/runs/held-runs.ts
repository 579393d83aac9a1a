import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { keepMs } from './run-writes.ts';

/** Runs looked at in one round trip, which Redis does at once. */
const BATCH = 500;

/**
 * Lets go of the ended runs of steps and items whose topmost run has ended, too, or is gone: only then retention counts them. Until
 * then the steps and loops above may read them. Called again, it changes nothing.
 */
export async function releaseHeld(ctx: Context, tenant: string): Promise<void> {
  const { redis, keys } = ctx;
  const held = keys.heldRuns(tenant);
  for (let from = 0; ; ) {
    const found = await redis.zrange(held, String(from), String(from + BATCH - 1), 'WITHSCORES');
    if (found.length === 0) return;
    const args = [keys.prefix, tenant, keepMs(ctx), ...found];
    from += (await callScript(redis, 'releaseEnded', [held, keys.endedRuns(tenant)], args)) as number;
  }
}
