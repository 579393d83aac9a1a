import { isEnded, type Run } from './run.ts';
import { decodeSegments, type Segment } from './segments.ts';

/** Segments as the API shows them. */
export interface ShownSegments {
  segments: Record<string, unknown>[];
  /** How many more there were, and the sum of each phase of them. */
  more_segments?: { count: number; ms: Record<string, number> };
}

/** Where the time of a run went. Of a run that waits, the last segment has no end yet. */
export function showSegments(run: Run): ShownSegments {
  const { list, more, sums } = decodeSegments(run.segments ?? run.phases?.segments ?? '', run.created_at);
  const segments = list.length === 0 ? firstOf(run) : list;
  const last = segments.at(-1);
  // The error of an ended run is in its record; the text of the segments does not repeat it.
  if (last !== undefined && more === 0 && isEnded(run.status) && run.error !== undefined) last.code ??= run.error.code;
  const open = openSegment(run);
  return {
    segments: [...segments, ...(open === undefined ? [] : [open])].map(shown),
    ...(more === 0 ? {} : { more_segments: { count: more, ms: sums } }),
  };
}

/** A run that starts others, or was not begun, has been in the queue and nowhere else. */
function firstOf({ created_at, started_at, finished_at }: Run): Segment[] {
  const to = started_at ?? finished_at;
  if (to === undefined || to <= created_at) return [];
  return [{ phase: 'queue', from: created_at, to, attempt: 1 }];
}

function openSegment(run: Run): (Omit<Segment, 'to'> & { to?: number }) | undefined {
  if (isEnded(run.status) || run.status === 'running') return undefined;
  const { since = run.created_at, wait = 0, wait_for = 'remote' } = run.phases ?? {};
  if (run.kind === 'workflow' && run.status === 'waiting') return undefined;
  const phase = wait > 0 ? wait_for : 'queue';
  return { phase, from: since, attempt: Math.max(1, run.attempts + (phase === 'backoff' ? 0 : 1)) };
}

function shown({ phase, from, to, attempt, launch, code }: Omit<Segment, 'to'> & { to?: number }) {
  return {
    phase,
    from: new Date(from).toISOString(),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    attempt,
    ...(launch !== undefined && { launch }),
    ...(code !== undefined && { code }),
  };
}
