import type { RedisClient } from '../store/redis-client.ts';
import type { Context } from './context.ts';
import { isEnded, type Run, type RunStatus } from './run.ts';
import { readRun } from './runs.ts';

/** Hears changes over one connection of its own; closed by the caller. */
export interface Watcher {
  /** Calls `onMessage` for every change of the run until the returned function is called. Resolves when the subscription stands. */
  listen(runId: string, onMessage: (status: RunStatus) => void): Promise<() => void>;
  /** The same for any channel; the argument is the message. */
  listenTo(channel: string, onMessage: (message: string) => void): Promise<() => void>;
  close(): void;
}

/** Opens a watcher; one per process is enough. */
export function openWatcher(ctx: Context): Watcher {
  const subscriber: RedisClient = ctx.redis.duplicate({ maxRetriesPerRequest: null, enableOfflineQueue: true });
  const listeners = new Map<string, Set<(message: string) => void>>();
  subscriber.on('error', () => {
    // Waiters fall back to their time limit; subscriptions are made again by the client when Redis is available again.
  });
  subscriber.on('message', (channel: string, message: string) => {
    for (const onMessage of listeners.get(channel) ?? []) onMessage(message);
  });
  const listenTo = async (channel: string, onMessage: (message: string) => void) => {
    const present = listeners.get(channel) ?? new Set();
    present.add(onMessage);
    listeners.set(channel, present);
    await subscriber.subscribe(channel);
    return () => {
      present.delete(onMessage);
      if (present.size > 0 || listeners.get(channel) !== present) return;
      listeners.delete(channel);
      subscriber.unsubscribe(channel).catch(() => {
        // Redis is unavailable; the connection is recreated without this channel.
      });
    };
  };
  return {
    listen: (runId, onMessage) => listenTo(ctx.keys.runChannel(runId), (status) => onMessage(status as RunStatus)),
    listenTo,
    close: () => subscriber.disconnect(),
  };
}

/** The run at its end, or as it is after `ms`. Heard, not polled; `undefined` when there is no such run. */
export async function waitForRun(
  ctx: Context,
  watcher: Watcher,
  wait: { id: string; ms: number; signal?: AbortSignal },
): Promise<Run | undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = await watcher.listen(wait.id, (status) => {
    if (isEnded(status)) resolve();
  });
  const timer = setTimeout(resolve, wait.ms);
  wait.signal?.addEventListener('abort', () => resolve(), { once: true });
  try {
    const now = await readRun(ctx, wait.id);
    if (now === undefined || isEnded(now.status)) return now;
    await promise;
    return await readRun(ctx, wait.id);
  } finally {
    clearTimeout(timer);
    stop();
  }
}
