import type { Context } from '../store/context.ts';
import { callScript } from '../store/scripts.ts';

/*
 * Which runs and bulk replays have changed, for those who listen. The stream of an owner is there while somebody listens, and for a while
 * after: the scripts that change a run add to it only then (engine/store/lua/parts/changes.lua). An entry names what changed; how it is
 * now is in its record.
 */

/** A stream that nobody listens to goes after this; within it, a listener that comes back finds what it has missed. */
export const CHANGES_KEEP_MS = 10 * 60_000;

type Store = Pick<Context, 'redis' | 'keys'>;

/** One change. */
export interface Change {
  position: string;
  /** Of the run or bulk replay; empty for the first entry of a stream. */
  id: string;
}

/** Where a stream stands. */
export interface ChangeRange {
  oldest: string;
  last: string;
  /** Whether the position that was asked for is among those that are kept: nothing after it is missing. */
  isKept: boolean;
}

/**
 * Makes the stream of an owner, or prolongs its life. `after`: the position that a listener continues from. Twice at once makes one.
 */
export async function keepChanges({ redis, keys }: Store, owner: string, after = ''): Promise<ChangeRange> {
  const [oldest, last, isKept] = (await callScript(
    redis,
    'keepChanges',
    [keys.changes(owner)],
    [CHANGES_KEEP_MS, after],
  )) as [string, string, number];
  return { oldest, last, isKept: isKept === 1 };
}

/** Changes after a position, oldest first, `limit` at most. */
export async function readChanges(
  { redis, keys }: Store,
  owner: string,
  { after, limit }: { after: string; limit: number },
): Promise<Change[]> {
  const entries = await redis.xrange(keys.changes(owner), `(${after}`, '+', 'COUNT', limit);
  return entries.map(([position, fields]) => ({ position, id: fields[1] ?? '' }));
}

/** Whether the first position is after the second. */
export function isAfter(one: string, other: string): boolean {
  const [ms = 0n, number = 0n] = one.split('-').map(BigInt);
  const [otherMs = 0n, otherNumber = 0n] = other.split('-').map(BigInt);
  return ms > otherMs || (ms === otherMs && number > otherNumber);
}
