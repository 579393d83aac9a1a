import type { RunSummary } from 'penstock-client';

export type Phase = NonNullable<RunSummary['segments']>[number]['phase'];

/** What is drawn of a run: the phases of its time, or that it ran, for one that starts others. */
export interface Bar {
  part: Phase | 'ran';
  from: number;
  to: number;
  attempt?: number;
  launch?: number | undefined;
  /** The error in which it ended. */
  code?: string | undefined;
}

/** What each phase is, for legends and tables. */
export const PHASE_WORDS: Readonly<Record<Bar['part'], string>> = {
  queue: 'Queue',
  authentication: 'Authentication',
  request: 'Request',
  remote: 'Waiting for the service',
  download: 'Download',
  backoff: 'Waiting to try again',
  ran: 'Steps',
};

/** From the creation of a run to its end. */
export function wholeOf({ created_at, finished_at }: RunSummary, now: number): { from: number; to: number } {
  const from = Date.parse(created_at);
  return { from, to: Math.max(from, finished_at === undefined ? now : Date.parse(finished_at)) };
}

/** The parts of a run's time in order. `now`, epoch ms, is the end of what has none. */
export function barsOf(run: RunSummary, now: number): Bar[] {
  const { created_at, started_at, finished_at, segments = [], more_segments: more } = run;
  const end = finished_at === undefined ? now : Date.parse(finished_at);
  const bars = segments.map(({ phase, from, to, attempt, launch, code }): Bar => {
    const begin = Date.parse(from);
    return {
      part: phase,
      from: begin,
      to: to === undefined ? Math.max(begin, now) : Date.parse(to),
      attempt,
      launch,
      code,
    };
  });
  // The error of a workflow is the one of its step, which has it.
  if (run.kind === 'workflow') for (const bar of bars) delete bar.code;
  const last = bars.at(-1)?.to ?? Date.parse(created_at);
  if (bars.length === 0 && started_at !== undefined) {
    bars.push({ part: 'queue', from: last, to: Math.max(last, Date.parse(started_at)) });
  }
  const hasOthers = run.kind === 'workflow' || run.loop !== undefined;
  const begin = started_at === undefined ? last : Math.max(last, Date.parse(started_at));
  // What a workflow does is in its steps; of what came after the first 200 segments, only the sums are known.
  if ((hasOthers || more !== undefined || segments.length === 0) && started_at !== undefined && end > begin)
    bars.push({ part: 'ran', from: begin, to: end });
  if (bars.length === 0) bars.push({ part: 'queue', from: last, to: Math.max(last, end) });
  return bars;
}
