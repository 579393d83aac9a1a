import { ConnectorError } from '../../connector/errors.ts';
import type { Store } from '../store/records.ts';

/** Counts one more in a window that begins with the first count; the same for all processes. */
export async function countInWindow(
  store: Store,
  key: string,
  windowMs: number,
): Promise<{ count: number; leftMs: number }> {
  const answers = await store.redis.multi().set(key, 0, 'PX', windowMs, 'NX').incr(key).pttl(key).exec();
  const [, count, leftMs] = (answers ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return Number(value);
  });
  return { count: count!, leftMs: leftMs! };
}

/**
 * Counts one more and refuses it over the limit.
 * @throws ConnectorError ERR_RATE_LIMITED with the time after which it is allowed again
 */
export async function limitRate(
  store: Store,
  limit: { subject: string; id: string; most: number; windowMs: number; what: string },
): Promise<void> {
  const { count, leftMs } = await countInWindow(store, store.keys.rate(limit.subject, limit.id), limit.windowMs);
  if (count > limit.most) throw tooMany(limit.what, leftMs);
}

/** The error of anyone who went over a limit. */
export function tooMany(what: string, leftMs: number): ConnectorError {
  return new ConnectorError('ERR_RATE_LIMITED', `too many ${what}`, {
    hint: `Wait ${Math.max(1, Math.ceil(leftMs / 1000))} s.`,
    retryAfterMs: Math.max(0, leftMs),
    sent: 'no',
  });
}
