import type { Context } from '../../engine/context.ts';
import { type ChangeFeed, type LoadItems, openChangeFeed } from '../../engine/runs/change-feed.ts';
import { openWatcher, type Watcher } from '../../engine/runs/watch.ts';
import { type ApiMetrics, createApiMetrics } from '../metrics.ts';

/** What the routes of one server share. */
export interface Serving {
  ctx: Context;
  metrics: ApiMetrics;
  /** Fires when the server begins to close: anyone who holds an answer open ends it. */
  closing: AbortSignal;
  /** Changes of runs; its Redis connection is opened at the first use. */
  watcher(): Watcher;
  /** The changes of one owner, read once for all who listen; `load` is the same for each owner. */
  feed<T>(owner: string, load: LoadItems<T>): ChangeFeed<T>;
}

/** The serving of one server, and how it ends. */
export function openServing(ctx: Context): { serving: Serving; beginClose(): void; close(): void } {
  const closing = new AbortController();
  let watcher: Watcher | undefined;
  const watch = () => {
    watcher ??= openWatcher(ctx);
    return watcher;
  };
  const feeds = new Map<string, ChangeFeed<unknown>>();
  return {
    serving: {
      ctx,
      metrics: createApiMetrics(ctx),
      closing: closing.signal,
      watcher: watch,
      feed<T>(owner: string, load: LoadItems<T>) {
        const known = feeds.get(owner);
        if (known !== undefined) return known as ChangeFeed<T>;
        const onIdle = () => {
          if (feeds.get(owner) === opened) feeds.delete(owner);
        };
        const opened = openChangeFeed<T>(ctx, watch, { owner, load, onIdle });
        feeds.set(owner, opened);
        return opened;
      },
    },
    beginClose: () => closing.abort(),
    close: () => watcher?.close(),
  };
}
