/** Remembers a notification until it is awaited; for streams that wait for changes, for their end, or for a keep-alive interval. */
export interface Notifier {
  notify(): void;
  /** True if there was a notification since the last call, false after `limitMs` without one. */
  notified(limitMs: number): Promise<boolean>;
}

/** Creates a notifier for one listener at a time. */
export function createNotifier(): Notifier {
  let isNotified = false;
  let wake = () => {};
  return {
    notify() {
      isNotified = true;
      wake();
    },
    async notified(limitMs) {
      if (!isNotified) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, limitMs);
        await promise;
        clearTimeout(timer);
      }
      const wasNotified = isNotified;
      isNotified = false;
      return wasNotified;
    },
  };
}
