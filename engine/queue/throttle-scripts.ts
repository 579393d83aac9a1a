import type { RedisClient } from '../store/redis-client.ts';
import { callScript } from '../store/scripts.ts';

/** Times that were reserved, relative to the moment of the call. */
export interface Reserved {
  stopMs: number;
  firstMs: number;
  spacingMs: number;
  count: number;
  /** Between two requests at the full rate. */
  fullSpacingMs: number;
}

const US = 1000;

/**
 * Reserves times to send at, for `wanted` requests that must lie within so many milliseconds each, the longest first.
 * `undefined`: nothing limits the workspace. See engine/store/lua/reserveRequests.lua.
 */
export async function reserveRequests(
  redis: RedisClient,
  keys: { rate: string },
  of: {
    now: number | undefined;
    perSecond: number | undefined;
    wanted: readonly { count: number; withinMs: number }[];
  },
): Promise<Reserved | undefined> {
  const pairs = of.wanted.flatMap(({ count, withinMs }) => [count, withinMs]);
  const args = [of.now ?? '', of.perSecond ?? 0, ...pairs];
  const answer = (await callScript(redis, 'reserveRequests', [keys.rate], args)) as number[];
  if (answer[0] === 0) return undefined;
  const [, stopMs, firstUs, spacingUs, count, fullUs] = answer as [number, number, number, number, number, number];
  return { stopMs, firstMs: firstUs / US, spacingMs: spacingUs / US, count, fullSpacingMs: fullUs / US };
}

/** Leases open requests to one process; returns how many it may have open. See engine/store/lua/leaseOpenRequests.lua. */
export async function leaseOpenRequests(
  redis: RedisClient,
  keys: { leases: string },
  of: { now: number | undefined; process: string; max: number; open: number; wanted: number; leaseMs: number },
): Promise<number> {
  const args = [of.now ?? '', of.process, of.max, of.open, of.wanted, of.leaseMs];
  return (await callScript(redis, 'leaseOpenRequests', [keys.leases], args)) as number;
}

/**
 * Notes a stop of a workspace for one tenant, and with `sentPerSecond` a refusal, which halves the tenant's share. Returns the
 * milliseconds until the stop ends. See engine/store/lua/slowDown.lua.
 */
export async function slowDown(
  redis: RedisClient,
  keys: { rate: string; workers: string },
  of: { now: number | undefined; stopMs: number; refused?: { perSecond: number | undefined; sentPerSecond: number } },
): Promise<number> {
  const { now = '', stopMs, refused } = of;
  const args = [now, stopMs, refused === undefined ? 0 : 1, refused?.perSecond ?? 0, refused?.sentPerSecond ?? 0];
  return (await callScript(redis, 'slowDown', [keys.rate, keys.workers], args)) as number;
}
