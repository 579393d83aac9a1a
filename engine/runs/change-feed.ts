import { type Change, isAfter, keepChanges, readChanges } from '../events/change-stream.ts';
import type { Context } from './context.ts';
import type { Watcher } from './watch.ts';

/*
 * What a process reads of a change stream, once for all of its listeners: two hundred open streams of one tenant cost one subscription and
 * one read of each record that changed.
 */

/** Changes that come together are read together. */
const GATHER_MS = 100;
/** The stream is kept alive, and looked at for what a lost message has not told. */
const TICK_MS = 15_000;
const BATCH = 500;
/** Changes that are kept in memory for those that read more slowly, or come back. */
const MAX_HELD = 2000;

/** A change, with what it changed as it was when it was read; `undefined` when that is gone. */
export interface FedChange<T> extends Change {
  item: T | undefined;
}

/** What comes after a position. */
export type Fed<T> = { changes: FedChange<T>[]; position: string } | { missing: true };

export interface ChangeFeed<T> {
  /** Calls `changed` after changes until the returned function is called. Resolves when the subscription stands. */
  listen(changed: () => void): Promise<() => void>;
  /** Changes after a position, oldest first; of several of one item the last. `missing`: some are no longer kept. */
  after(position: string): Promise<Fed<T>>;
}

/** How records are read; one that is not there, or not to be shown, is `undefined`. */
export type LoadItems<T> = (ids: readonly string[]) => Promise<(T | undefined)[]>;

/** Opens the feed of one owner. Without listeners it reads nothing and holds no subscription; `onIdle` is called when the last has left. */
export function openChangeFeed<T>(
  ctx: Context,
  watcher: () => Watcher,
  { owner, load, onIdle }: { owner: string; load: LoadItems<T>; onIdle: () => void },
): ChangeFeed<T> {
  const listeners = new Set<() => void>();
  let held: FedChange<T>[] = [];
  /** What is held are all changes after `begin` and up to `position`. */
  let begin = '';
  let position = '';
  let stop: Promise<() => void> | undefined;
  let isGathering = false;
  let reading: Promise<unknown> = Promise.resolve();

  /** One read after the other, so that each is read once. */
  const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
    const done = reading.then(work);
    reading = done.catch(() => {});
    return done;
  };
  const startOver = async () => {
    const { last } = await keepChanges(ctx, owner);
    held = [];
    begin = last;
    position = last;
  };
  const read = async () => {
    if (position === '') return startOver();
    for (;;) {
      const found = await readChanges(ctx, owner, { after: position, limit: BATCH });
      if (found === undefined) return startOver();
      held.push(...(await withItems(found, load)));
      position = found.at(-1)?.position ?? position;
      if (held.length > MAX_HELD) {
        begin = held[held.length - MAX_HELD - 1]!.position;
        held = held.slice(-MAX_HELD);
      }
      if (found.length < BATCH) return;
    }
  };
  const readAndTell = async () => {
    const before = position;
    try {
      await inTurn(read);
    } catch (error) {
      // Redis is unavailable; the next tick looks again.
      ctx.log.debug({ owner, err: error }, 'changes could not be read');
      return;
    }
    if (position !== before) for (const changed of listeners) changed();
  };
  const gather = () => {
    if (isGathering || listeners.size === 0) return;
    isGathering = true;
    setTimeout(() => {
      isGathering = false;
      void readAndTell();
    }, GATHER_MS);
  };
  const tick = async () => {
    await keepChanges(ctx, owner).catch(() => {
      // Redis is unavailable: what it has lost by then is found missing.
    });
    await readAndTell();
  };
  const open = async () => {
    // A function of its own for each subscription: the last one may end after the next has begun.
    const unsubscribe = await watcher().listenTo(ctx.keys.changes(owner), () => gather());
    const ticking = setInterval(() => void tick(), TICK_MS);
    ticking.unref();
    return () => {
      unsubscribe();
      clearInterval(ticking);
    };
  };
  const leave = (changed: () => void) => {
    if (!listeners.delete(changed) || listeners.size > 0) return;
    const opened = stop;
    stop = undefined;
    opened?.then((close) => close()).catch(() => {});
    onIdle();
  };

  return {
    async listen(changed) {
      listeners.add(changed);
      stop ??= open();
      try {
        await stop;
      } catch (error) {
        leave(changed);
        throw error;
      }
      return () => leave(changed);
    },
    after: (from) =>
      inTurn(async () => {
        // Another process, or a listener that has just come, may have seen more.
        if (position === '' || isAfter(from, position)) await read();
        if (from === position) return { changes: [], position };
        const at = from === begin ? 0 : held.findIndex((change) => change.position === from) + 1;
        if (at > 0 || from === begin) return { changes: lastOfEach(held.slice(at)), position };
        const older = await readOlder(from);
        if (older === undefined) return { missing: true };
        return { changes: lastOfEach([...older, ...held]), position };
      }),
  };

  /** Those between a position before what is held and what is held; they are held as well, for the others that come back. */
  async function readOlder(from: string): Promise<FedChange<T>[] | undefined> {
    const older: FedChange<T>[] = [];
    for (let after = from; after !== begin; ) {
      const found = await readChanges(ctx, owner, { after, limit: BATCH });
      if (found === undefined || found.length === 0) return undefined;
      const end = found.findIndex((change) => change.position === begin);
      const part = end < 0 ? found : found.slice(0, end + 1);
      older.push(...(await withItems(part, load)));
      after = part.at(-1)!.position;
    }
    if (older.length + held.length <= MAX_HELD) {
      held = [...older, ...held];
      begin = from;
    }
    return older;
  }
}

async function withItems<T>(changes: readonly Change[], load: LoadItems<T>): Promise<FedChange<T>[]> {
  const last = lastOfEach(changes.filter(({ id }) => id !== ''));
  const items = await load(last.map(({ id }) => id));
  const known = new Map(last.map(({ id }, i) => [id, items[i]]));
  return changes.map((change) => ({ ...change, item: known.get(change.id) }));
}

/** Of several changes of one item, the last: it was read after all of them. */
function lastOfEach<C extends Change>(changes: readonly C[]): C[] {
  const seen = new Set<string>();
  const kept: C[] = [];
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]!;
    if (seen.has(change.id)) continue;
    seen.add(change.id);
    kept.push(change);
  }
  return kept.reverse();
}
