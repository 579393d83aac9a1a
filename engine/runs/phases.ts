import { addSegment, decodeSegments, encodeSegments, type Phase, type Segments } from './segments.ts';

/** What a run that waits waits for. */
export type WaitPhase = 'remote' | 'backoff';

/** The sums so far, and the segments as text; while a run waits also since when, for how long it means to, and for what. */
export type Phases = { [phase in Phase]?: number } & {
  since?: number;
  wait?: number;
  wait_for?: WaitPhase;
  segments?: string;
};

/** Adds up the phases of one run that is claimed. */
export interface Stopwatch {
  /** Measures until it resolves or rejects. */
  time<T>(phase: Phase, work: Promise<T>): Promise<T>;
  /** The failure in which the last segment ended. */
  failed(code: string): void;
  /** The sums, to be kept while the run waits for `ms`. */
  pause(ms: number, waitFor: WaitPhase): Phases;
  readonly sums: Phases;
  /** Every segment so far, as text. */
  segments(): string;
}

/** Continues where a run was parked; what it waited beyond its time was for a slot. */
export function resumePhases(
  known: Phases | undefined,
  of: { now: () => number; createdAt: number; attempt: number; launch: () => number | undefined },
): Stopwatch {
  const { now, createdAt, attempt, launch } = of;
  const { since = createdAt, wait = 0, wait_for = 'remote', segments: text = '', ...before } = known ?? {};
  const sums: { [phase in Phase]?: number } = before;
  const segments: Segments = decodeSegments(text, createdAt);
  const add = (phase: Phase, ms: number) => {
    sums[phase] = Math.round(((sums[phase] ?? 0) + ms) * 100) / 100;
  };
  const note = (phase: Phase, from: number, to: number) =>
    // A wait after a failure belongs to the attempt that failed.
    addSegment(segments, {
      phase,
      from,
      to,
      attempt: phase === 'backoff' ? Math.max(1, attempt - 1) : attempt,
      launch: launch(),
    });
  const passed = Math.max(0, now() - since);
  const waited = Math.min(passed, wait);
  if (wait > 0) {
    add(wait_for, waited);
    note(wait_for, since, since + waited);
  }
  add('queue', Math.max(0, passed - wait));
  note('queue', since + waited, since + passed);
  return {
    async time(phase, work) {
      const begin = performance.now();
      const from = now();
      try {
        return await work;
      } finally {
        add(phase, performance.now() - begin);
        note(phase, from, now());
      }
    },
    failed(code) {
      const last = segments.list.at(-1);
      if (last !== undefined && segments.more === 0) last.code = code;
    },
    pause: (ms, waitFor) => ({
      ...sums,
      since: now(),
      wait: ms,
      ...(waitFor === 'backoff' && { wait_for: waitFor }),
      segments: encodeSegments(segments, createdAt),
    }),
    sums,
    segments: () => encodeSegments(segments, createdAt),
  };
}
