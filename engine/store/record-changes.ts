import type { RedisClient } from './redis-client.ts';
import type { Keys } from './redis-keys.ts';

/** Which records changed, told to every process: caches forget them, and who waits for a change continues. */
export interface RecordChanges {
  /**
   * Calls `forget` for each change, with no arguments when changes may have been missed: nothing that was known may be
   * trusted then.
   */
  follow(forget: (kind?: string, id?: string) => void): void;
  /** Tells this process of a change at once; called by the function that makes it, before the message arrives. */
  tell(kind: string, id: string): void;
  /** Resolves at the next change of the record, or after `limitMs`. */
  next(id: string, limitMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Follows the changes. `subscriber` is a client of its own, opened with `wait`, since a subscribed connection takes no
 * other commands; it is closed with this.
 */
export function openRecordChanges({ keys, subscriber }: { keys: Keys; subscriber: RedisClient }): RecordChanges {
  const followers: ((kind?: string, id?: string) => void)[] = [];
  const waiting = new Map<string, Set<() => void>>();
  const tell = (kind: string, id: string) => {
    for (const forget of followers) forget(kind, id);
    for (const wake of waiting.get(id) ?? []) wake();
  };
  subscriber.on('message', (_channel: string, message: string) => {
    const [kind = '', id = ''] = message.split(' ');
    tell(kind, id);
  });
  // Messages that were sent while the connection was away are lost.
  for (const event of ['close', 'ready']) {
    subscriber.on(event, () => {
      for (const forget of followers) forget();
    });
  }
  const subscribed = subscriber.subscribe(keys.authenticationChannel()).then(
    () => undefined,
    () => {
      // Closed before it was connected; subscribing again after a reconnect is ioredis' own work.
    },
  );
  return {
    follow(forget) {
      followers.push(forget);
    },
    tell,
    next(id, limitMs) {
      return new Promise((resolve) => {
        const wakers = waiting.get(id) ?? new Set();
        waiting.set(id, wakers);
        const wake = () => {
          clearTimeout(timer);
          wakers.delete(wake);
          if (wakers.size === 0) waiting.delete(id);
          resolve();
        };
        const timer = setTimeout(wake, limitMs);
        wakers.add(wake);
      });
    },
    async close() {
      subscriber.disconnect();
      await subscribed;
      for (const wakers of waiting.values()) for (const wake of wakers) wake();
    },
  };
}

/** The message that tells every process of a change; sent in the same transaction as the change. */
export function changeMessage(kind: string, id: string): string {
  return `${kind} ${id}`;
}
