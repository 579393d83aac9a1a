import type { Context } from '../../engine/context.ts';
import { openWatcher, type Watcher } from '../../engine/runs/watch.ts';
import { createMetrics, type Metrics } from '../metrics.ts';

/** What the routes of one server share. */
export interface Serving {
  ctx: Context;
  metrics: Metrics;
  /** Fires when the server begins to close: anyone who holds an answer open ends it. */
  closing: AbortSignal;
  /** Changes of runs; its Redis connection is opened at the first use. */
  watcher(): Watcher;
}

/** The serving of one server, and how it ends. */
export function openServing(ctx: Context): { serving: Serving; beginClose(): void; close(): void } {
  const closing = new AbortController();
  let watcher: Watcher | undefined;
  return {
    serving: {
      ctx,
      metrics: createMetrics(ctx),
      closing: closing.signal,
      watcher() {
        watcher ??= openWatcher(ctx);
        return watcher;
      },
    },
    beginClose: () => closing.abort(),
    close: () => watcher?.close(),
  };
}
