import type { Thread } from './thread-start.ts';

/** Idle threads of low priority, kept for a while for the next slow task: to start one costs others more than to keep it. */
export interface SlowThreads {
  readonly size: number;
  put(thread: Thread): void;
  take(): Thread | undefined;
}

/** A tenant whose expressions are slow has the next ones within this, or few. */
const KEEP_MS = 10_000;

/** Keeps threads that nobody uses for ten seconds; `discard` gets what was kept for longer. */
export function createSlowThreads(discard: (thread: Thread) => void): SlowThreads {
  const kept = new Map<Thread, NodeJS.Timeout>();
  return {
    get size() {
      return kept.size;
    },
    put(thread) {
      const discardIt = () => {
        kept.delete(thread);
        discard(thread);
      };
      kept.set(thread, setTimeout(discardIt, KEEP_MS).unref());
    },
    // The one that was used last is the warmest.
    take() {
      const thread = [...kept.keys()].at(-1);
      if (thread === undefined) return undefined;
      clearTimeout(kept.get(thread));
      kept.delete(thread);
      return thread;
    },
  };
}
