import type { Priority } from './place.ts';

/** Nobody waits longer than this for one more try: rates change. */
const MAX_MS = 60_000;

/**
 * When requests that found no time come back: one after the other at the full rate, each priority that waits at an even part of it. A
 * time to come back is no permission. It follows the full rate although the share may be smaller, so that those who wait use the share
 * as it recovers.
 */
export function createReturnTimes(clock: { now(): number; random(): number }) {
  const ends = new Map<Priority, number>();
  /** Milliseconds until one more comes back. `from`: the first time that is not taken yet, epoch ms. */
  return (priority: Priority, from: number, spacingMs: number): number => {
    const now = clock.now();
    const lines = 1 + [...ends].filter(([other, end]) => other !== priority && end > from).length;
    const at = Math.max(ends.get(priority) ?? 0, from);
    const most = from + MAX_MS;
    if (at > most) return from - now + MAX_MS * (0.5 + clock.random() / 2);
    ends.set(priority, at + spacingMs * lines);
    return at - now;
  };
}
