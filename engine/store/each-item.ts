import type { Context } from './context.ts';
import type { SharedLoop } from './meters.ts';
import { isRedisUnavailable } from './redis.ts';

/**
 * Does the work of a shared loop for one item. One that fails is logged and counted, and the loop continues with its neighbors:
 * they may belong to other tenants. Resolves with `undefined` then.
 * @throws what a Redis throws that is unavailable, since no other item would succeed
 */
export async function tryItem<T>(
  ctx: Pick<Context, 'log' | 'meters'>,
  of: { loop: SharedLoop; item: string },
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isRedisUnavailable(error)) throw error;
    ctx.meters.count('penstock_loop_errors_total', [of.loop]);
    ctx.log.error({ ...of, err: error }, 'an item of a shared loop failed; the loop continues with the others');
    return undefined;
  }
}
