/*
 * The phases of a run one after the other, as text: a run that is kept must not grow by a sixth for them. `Q5R1c` are five milliseconds
 * in the queue and a request of 48. Numbers are to the base of 36 and in ms. A segment is, in this order: `^n` when another attempt
 * begins, `#n` when another launch does, `+n` or `-n` for what lies between it and the one before, its letter and its length, and `!CODE;`
 * when it ended in a failure. After `~` come how many more there were, and a letter and a sum for each phase of them.
 */

/**
 * Where the time of a run goes, ms. `queue`: waiting for a slot, and for its turn at the workspace; `authentication`: getting a token;
 * `request`: asking the service; `remote`: waiting while the service works; `download`: reading further pages; `backoff`: waiting until
 * another try after a failure.
 */
export const PHASES = ['queue', 'authentication', 'request', 'remote', 'download', 'backoff'] as const;
export type Phase = (typeof PHASES)[number];

/** One part of the time of a run. Times are epoch ms. */
export interface Segment {
  phase: Phase;
  from: number;
  to: number;
  attempt: number;
  /** Number of the launch that it belongs to. */
  launch?: number | undefined;
  /** The failure in which it ended. */
  code?: string;
}

/** The segments of a run, 200 at most, and sums of those after them. */
export interface Segments {
  list: Segment[];
  more: number;
  sums: { [phase in Phase]?: number };
}

/** What a person can look through; a run that is polled for a day has thousands. */
const MAX_SEGMENTS = 200;
const LETTERS: Readonly<Record<Phase, string>> = Object.freeze({
  queue: 'Q',
  authentication: 'A',
  request: 'R',
  remote: 'W',
  download: 'D',
  backoff: 'B',
});
const PHASES_BY_LETTER = new Map(Object.entries(LETTERS).map(([phase, letter]) => [letter, phase as Phase]));
const BASE = 36;
const SEGMENT =
  /(?:\^([0-9a-z]{1,11}))?(?:#([0-9a-z]{1,11}))?([+-][0-9a-z]{1,11})?([QARWDB])([0-9a-z]{1,11})(?:!([A-Z_]{1,64});)?/y;

/** Adds a segment: it continues the last one where nothing is different, and is left out where it took no time. */
export function addSegment(segments: Segments, next: Segment): void {
  const { list } = segments;
  if (next.to <= next.from && next.phase !== 'request') return;
  if (segments.more > 0 || list.length === MAX_SEGMENTS) {
    segments.more += 1;
    segments.sums[next.phase] = (segments.sums[next.phase] ?? 0) + next.to - next.from;
    return;
  }
  const last = list.at(-1);
  const isSame =
    last !== undefined &&
    last.phase === next.phase &&
    last.to === next.from &&
    last.attempt === next.attempt &&
    last.launch === next.launch &&
    last.code === undefined &&
    next.phase !== 'request';
  if (isSame) last.to = next.to;
  else list.push(next);
}

/** The text of segments. `begin`: when the run was made. */
export function encodeSegments({ list, more, sums }: Segments, begin: number): string {
  let text = '';
  let [attempt, launch, end] = [1, 0, begin];
  for (const segment of list) {
    if (segment.attempt !== attempt) text += `^${segment.attempt.toString(BASE)}`;
    if ((segment.launch ?? 0) !== launch) text += `#${(segment.launch ?? 0).toString(BASE)}`;
    const gap = segment.from - end;
    if (gap !== 0) text += `${gap > 0 ? '+' : '-'}${Math.abs(gap).toString(BASE)}`;
    text += LETTERS[segment.phase] + (segment.to - segment.from).toString(BASE);
    if (segment.code !== undefined) text += `!${segment.code};`;
    attempt = segment.attempt;
    launch = segment.launch ?? 0;
    end = segment.to;
  }
  if (more === 0) return text;
  const rest = Object.entries(sums).map(([phase, ms]) => LETTERS[phase as Phase] + ms.toString(BASE));
  return `${text}~${more.toString(BASE)}${rest.join('')}`;
}

/** The segments of a text; what cannot be read ends them. */
export function decodeSegments(text: string, begin: number): Segments {
  // Of a run that begins, as most.
  if (text === '') return { list: [], more: 0, sums: {} };
  const [listed = '', rest = ''] = text.split('~');
  const list: Segment[] = [];
  let [attempt, launch, end] = [1, 0, begin];
  for (const [, newAttempt, newLaunch, gap, letter, length, code] of parts(listed)) {
    if (newAttempt !== undefined) attempt = Number.parseInt(newAttempt, BASE);
    if (newLaunch !== undefined) launch = Number.parseInt(newLaunch, BASE);
    const from = end + (gap === undefined ? 0 : Number.parseInt(gap, BASE));
    end = from + Number.parseInt(length!, BASE);
    list.push({
      phase: PHASES_BY_LETTER.get(letter!)!,
      from,
      to: end,
      attempt,
      ...(launch > 0 && { launch }),
      ...(code !== undefined && { code }),
    });
  }
  const [count = ''] = /^[0-9a-z]{0,11}/.exec(rest) ?? [];
  const sums: Segments['sums'] = {};
  for (const [, , , , letter, sum] of parts(rest.slice(count.length)))
    sums[PHASES_BY_LETTER.get(letter!)!] = Number.parseInt(sum!, BASE);
  return { list, more: count === '' ? 0 : Number.parseInt(count, BASE), sums };
}

function* parts(text: string): Generator<RegExpExecArray> {
  const pattern = new RegExp(SEGMENT);
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) yield found;
}
