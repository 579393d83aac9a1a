import { ConnectorError } from '../../connector/errors.ts';
import type { Store } from '../store/records.ts';
import { callScript } from '../store/scripts.ts';

/** Counts one more in a window that begins with the first count; the same for all processes. */
export async function countInWindow(
  store: Store,
  key: string,
  windowMs: number,
): Promise<{ count: number; leftMs: number }> {
  const [count, leftMs] = (await callScript(store.redis, 'countInWindow', [key], [windowMs])) as [number, number];
  return { count, leftMs };
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
