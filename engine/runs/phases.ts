/**
 * Where the time of a run goes, ms. `queue`: waiting for a slot, and for its turn at the workspace; `authentication`: getting a token;
 * `request`: asking the service; `remote`: waiting while the service works, or until another try; `download`: reading further pages.
 */
export const PHASES = ['queue', 'authentication', 'request', 'remote', 'download'] as const;
export type Phase = (typeof PHASES)[number];

/** The sums so far; while a run waits also since when and for how long it means to. */
export type Phases = { [phase in Phase]?: number } & { since?: number; wait?: number };

/** Adds up the phases of one run that is claimed. */
export interface Stopwatch {
  add(phase: Phase, ms: number): void;
  /** Measures until it resolves or rejects. */
  time<T>(phase: Phase, work: Promise<T>): Promise<T>;
  /** The sums, to be kept while the run waits for `ms`. */
  pause(now: number, ms: number): Phases;
  readonly sums: Phases;
}

/** Continues where a run was parked; what it waited beyond its time was for a slot. */
export function resumePhases(known: Phases | undefined, at: { now: number; createdAt: number }): Stopwatch {
  const { since = at.createdAt, wait = 0, ...before } = known ?? {};
  const sums: { [phase in Phase]?: number } = before;
  const add = (phase: Phase, ms: number) => {
    sums[phase] = Math.round(((sums[phase] ?? 0) + ms) * 100) / 100;
  };
  const passed = Math.max(0, at.now - since);
  if (wait > 0) add('remote', Math.min(passed, wait));
  add('queue', Math.max(0, passed - wait));
  return {
    add,
    async time(phase, work) {
      const begin = performance.now();
      try {
        return await work;
      } finally {
        add(phase, performance.now() - begin);
      }
    },
    pause: (now, ms) => ({ ...sums, since: now, wait: ms }),
    sums,
  };
}
