import type { Backlog } from '../../triggers/position.ts';
import type { Context } from '../store/context.ts';

/** What a trigger did in one part of time. */
export interface SeriesPoint {
  /** When the part begins, epoch ms. */
  at: number;
  /** Polls that were answered. */
  polls: number;
  /** Polls and deliveries that failed. */
  failures: number;
  /** Events that were delivered. */
  events: number;
  /** The highest age of an event that was not delivered, where the source has times; null when no poll told. */
  lagSeconds: number | null;
  /** The most rows that were not delivered; null when no poll told. */
  lagRows: number | null;
}

/** The smallest part of time that is told apart. */
const SERIES_STEP_MS = 300_000;
/** How far back it goes. */
export const SERIES_KEPT_MS = 7 * 86_400_000;

const DAY_MS = 86_400_000;
const MS = 1000;
/** As engine/store/lua/parts/series.lua writes it. */
const POINT = /^(\d+) (\d+) (\d+) (\d+|-) (\d+|-)$/;

/**
 * What the trigger of a workflow did from `from` (inclusive) to `to` (exclusive), epoch ms, in parts of `bucketMs`, which begin at
 * multiples of it since 1970. Parts in which nothing happened are left out; what is older than 7 days is not kept. Reads one hash per day.
 */
export async function readSeries(
  ctx: Context,
  cursor: string,
  range: { from: number; to: number; bucketMs: number },
): Promise<SeriesPoint[]> {
  const { to, bucketMs } = range;
  const from = Math.max(range.from, ctx.clock.now() - SERIES_KEPT_MS);
  const reading = ctx.redis.pipeline();
  const days = daysOf({ from, to });
  for (const day of days) reading.hgetall(ctx.keys.cursorSeries(cursor, day));
  const answers = days.length === 0 ? [] : ((await reading.exec()) ?? []);
  const points = new Map<number, SeriesPoint>();
  for (const [i, [error, held]] of answers.entries()) {
    if (error !== null) throw error;
    for (const [field, text] of Object.entries(held as Record<string, string>)) {
      const at = days[i]! * DAY_MS + Number(field) * SERIES_STEP_MS;
      if (at + SERIES_STEP_MS > from && at < to) addPoint(points, Math.floor(at / bucketMs) * bucketMs, text);
    }
  }
  return [...points.values()].sort((a, b) => a.at - b.at);
}

/** The field of the present five minutes; '' for a backfill, which has no series. */
export function seriesField(cursor: string, now: number): string {
  return cursor.startsWith('rng_') ? '' : String(Math.floor((now % DAY_MS) / SERIES_STEP_MS));
}

export function seriesKey({ keys }: Pick<Context, 'keys'>, cursor: string, now: number): string {
  return keys.cursorSeries(cursor, Math.floor(now / DAY_MS));
}

/** Every key that may be there of a part of time. */
export function seriesKeys(
  { keys }: Pick<Context, 'keys'>,
  cursor: string,
  { from, to }: { from: number; to: number },
): string[] {
  // A day longer than they live.
  return daysOf({ from: Math.max(from, to - 9 * DAY_MS), to: to + 1 }).map((day) => keys.cursorSeries(cursor, day));
}

/** How late a source is, for the scripts: seconds and rows, '' where it is not known. */
export function lagArgs(backlog: Backlog | undefined, now: number): [string, string] {
  if (backlog === undefined) return ['', ''];
  const { rows, oldest } = backlog;
  const age = oldest === null ? (rows === 0 ? 0 : undefined) : Math.max(0, now - Date.parse(oldest)) / MS;
  const isKnown = age !== undefined && Number.isFinite(age);
  return [isKnown ? String(Math.round(age)) : '', rows === null ? '' : String(rows)];
}

function daysOf({ from, to }: { from: number; to: number }): number[] {
  const first = Math.floor(from / DAY_MS);
  const last = Math.floor((to - 1) / DAY_MS);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

function addPoint(points: Map<number, SeriesPoint>, at: number, text: string): void {
  const parts = POINT.exec(text);
  // One that cannot be read is as one in which nothing happened: it is a chart's.
  if (parts === null) return;
  const [polls, failures, events] = parts.slice(1, 4).map(Number) as [number, number, number];
  const [lagSeconds, lagRows] = parts.slice(4).map((part) => (part === '-' ? null : Number(part))) as (number | null)[];
  const before = points.get(at) ?? { at, polls: 0, failures: 0, events: 0, lagSeconds: null, lagRows: null };
  points.set(at, {
    at,
    polls: before.polls + polls,
    failures: before.failures + failures,
    events: before.events + events,
    lagSeconds: highest(before.lagSeconds, lagSeconds!),
    lagRows: highest(before.lagRows, lagRows!),
  });
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
