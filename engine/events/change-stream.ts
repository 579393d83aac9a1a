import type { Context } from '../store/context.ts';
import type { RedisClient } from '../store/redis-client.ts';
import { callScript, callScriptOverKeys } from '../store/scripts.ts';

/*
 * Which runs and bulk replays have changed, for those who listen. The stream of an owner is there while somebody listens, and for a while
 * after: the scripts that change a run add to it only then (engine/store/lua/parts/changes.lua). An entry names what changed; how it is
 * now is in its record.
 */

/** A stream that nobody listens to goes after this; within it, a listener that comes back finds what it has missed. */
const CHANGES_KEEP_MS = 10 * 60_000;

/** Half of what listeners gather changes for. A run of an action in a fast service has ended by then. */
const ANNOUNCE_AFTER_MS = 50;

/** By connection: id -> stream of what is to be announced. */
const unannounced = new WeakMap<RedisClient, Map<string, string>>();

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
}

/** Whether the first position is after the second. */
export function isAfter(one: string, other: string): boolean {
  const [ms, number] = partsOf(one);
  const [otherMs, otherNumber] = partsOf(other);
  return ms > otherMs || (ms === otherMs && number > otherNumber);
}

/** Makes the stream of an owner, or prolongs its life. Twice at once makes one. */
export async function keepChanges({ redis, keys }: Store, owner: string): Promise<ChangeRange> {
  const [oldest, last] = (await callScript(redis, 'keepChanges', [keys.changes(owner)], [CHANGES_KEEP_MS])) as [
    string,
    string,
  ];
  return { oldest, last };
}

/**
 * Announces a change by itself, to those who listen, in 50 ms and without waiting for it: those of several runs go together, and of a run
 * that has changed again by then (`changedAgain`) only that is announced. A change that must be told whatever dies in between is announced
 * by the script, or the plan of `transact`, that writes it; this is for one that is repeated after a crash.
 */
export function announceSoon({ redis }: Pick<Context, 'redis'>, stream: string, id: string): void {
  const known = unannounced.get(redis);
  if (known !== undefined) {
    known.set(id, stream);
    return;
  }
  const waiting = new Map([[id, stream]]);
  unannounced.set(redis, waiting);
  setTimeout(() => {
    unannounced.delete(redis);
    if (waiting.size > 0) announce(redis, waiting);
  }, ANNOUNCE_AFTER_MS);
}

/** A script announces a later change of the run. */
export function changedAgain({ redis }: Pick<Context, 'redis'>, id: string): void {
  unannounced.get(redis)?.delete(id);
}

function announce(redis: RedisClient, changes: ReadonlyMap<string, string>): void {
  const numbers = new Map<string, number>();
  const args: (string | number)[] = [];
  for (const [id, stream] of changes) {
    const number = numbers.get(stream) ?? numbers.size + 1;
    numbers.set(stream, number);
    args.push(number, id);
  }
  callScriptOverKeys(redis, 'announceChanges', [...numbers.keys()], args).catch(() => {
    // Redis is unavailable: the next change of each run is announced.
  });
}

/**
 * Changes after a position, oldest first, `limit` at most; `undefined` when the position is not kept, so that some after it may be
 * missing. An entry that is there was followed by all that are: streams lose their oldest first.
 */
export async function readChanges(
  { redis, keys }: Store,
  owner: string,
  { after, limit }: { after: string; limit: number },
): Promise<Change[] | undefined> {
  const entries = await redis.xrange(keys.changes(owner), after, '+', 'COUNT', limit + 1);
  if (entries[0]?.[0] !== after) return undefined;
  return entries.slice(1).map(([position, fields]) => ({ position, id: fields[1] ?? '' }));
}

function partsOf(position: string): [bigint, bigint] {
  const [ms = '0', number = '0'] = position.split('-');
  return [BigInt(ms), BigInt(number)];
}
