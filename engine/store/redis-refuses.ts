import type { Context } from './context.ts';
import { isRedisUnavailable } from './redis.ts';

/** Redis that refuses commands (full, or changing masters) is asked again after this. */
const REFUSED_MS = 1000;

/** A Redis that is full or has become a replica is no failure of a run: the same is done again until Redis takes it, or the process leaves. */
export async function whileRedisRefuses<T>(ctx: Context, work: () => Promise<T>, isClosing: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isRedisUnavailable(error) || isClosing()) throw error;
      ctx.log.warn({ err: error }, 'Redis rejects commands; the run resumes when Redis accepts them');
      await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
    }
  }
}
