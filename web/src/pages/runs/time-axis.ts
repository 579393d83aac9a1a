/** A span of time, epoch ms. */
export interface Span {
  from: number;
  to: number;
}

/** A part of the axis: `at` and `share` are fractions of its width. A broken one is far longer than it is drawn. */
export interface AxisPart extends Span {
  at: number;
  share: number;
  isBroken: boolean;
}

export interface TimeAxis {
  parts: readonly AxisPart[];
  /** Where a moment is, 0 to 1. */
  place(time: number): number;
  /** Moments to name, with the time since the beginning of their part. */
  ticks: readonly { at: number; ms: number; isAfterBreak: boolean }[];
}

/** Shorter waits are never left out: a person reads them as they are. */
const MIN_BREAK_MS = 60_000;
/** A wait is left out when it is this many times as long as everything shorter together. */
const BREAK_RATIO = 10;
const MAX_BREAKS = 4;
const BREAK_SHARE = 0.12;
/** However many there are, the rest of the axis is of what happened. */
const MAX_BREAKS_SHARE = 0.6;
const WANTED_TICKS = 5;
/** Narrower parts have no room for a label. */
const MIN_TICK_SHARE = 0.1;
const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
] as const;

/**
 * An axis for spans that begin and end at moments that matter. Waits in which nothing begins or ends, and which are far longer than
 * everything else, are drawn short: the minute of work beside a week of waiting stays readable. `breakShare` is how much of the width
 * each of them has, for its length in words.
 */
export function createTimeAxis(
  spans: readonly Span[],
  { wantedTicks = WANTED_TICKS, breakShare = BREAK_SHARE }: { wantedTicks?: number; breakShare?: number } = {},
): TimeAxis {
  const moments = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const first = moments[0] ?? 0;
  if (moments.length < 2) moments.splice(0, moments.length, first, first + 1);
  const gaps = moments.slice(1).map((to, i) => ({ from: moments[i]!, to }));
  const parts = layOut(joined(gaps, shortestBreak(gaps)), breakShare);
  return { parts, place: (time) => placeOf(parts, time), ticks: ticksOf(parts, wantedTicks) };
}

/** The length from which on waits are left out; infinite when none is. */
function shortestBreak(gaps: readonly Span[]): number {
  const lengths = gaps.map(({ from, to }) => to - from).sort((a, b) => a - b);
  let shorter = 0;
  let found = Number.POSITIVE_INFINITY;
  for (const [i, length] of lengths.entries()) {
    const isFew = lengths.length - i <= MAX_BREAKS;
    if (isFew && shorter > 0 && length >= MIN_BREAK_MS && length > BREAK_RATIO * shorter) found = length;
    shorter += length;
  }
  return found;
}

function joined(gaps: readonly Span[], breakMs: number): (Span & { isBroken: boolean })[] {
  const parts: (Span & { isBroken: boolean })[] = [];
  for (const { from, to } of gaps) {
    const isBroken = to - from >= breakMs;
    const last = parts.at(-1);
    if (last !== undefined && !last.isBroken && !isBroken) last.to = to;
    else parts.push({ from, to, isBroken });
  }
  return parts;
}

function layOut(parts: readonly (Span & { isBroken: boolean })[], wantedShare: number): AxisPart[] {
  const drawn = parts.filter(({ isBroken }) => !isBroken);
  const total = drawn.reduce((sum, { from, to }) => sum + to - from, 0);
  const breaks = parts.length - drawn.length;
  const breakShare = Math.min(wantedShare, MAX_BREAKS_SHARE / Math.max(1, breaks));
  const rest = 1 - breaks * breakShare;
  let at = 0;
  return parts.map((part) => {
    const share = part.isBroken ? breakShare : ((part.to - part.from) / total) * rest;
    const placed = { ...part, at, share };
    at += share;
    return placed;
  });
}

function placeOf(parts: readonly AxisPart[], time: number): number {
  const part = parts.findLast(({ from }) => time >= from) ?? parts[0]!;
  const inside = Math.min(Math.max((time - part.from) / (part.to - part.from), 0), 1);
  return part.at + inside * part.share;
}

function ticksOf(parts: readonly AxisPart[], wanted: number): TimeAxis['ticks'] {
  const drawn = parts.filter(({ isBroken }) => !isBroken);
  const total = drawn.reduce((sum, { from, to }) => sum + to - from, 0);
  const step = STEPS_MS.find((ms) => total / ms <= wanted) ?? STEPS_MS.at(-1)!;
  return drawn.flatMap((part) => {
    if (part.share < MIN_TICK_SHARE) return [];
    const count = Math.min(Math.floor((part.to - part.from) / step), wanted) + 1;
    return Array.from({ length: count }, (_, i) => ({
      at: placeOf(parts, part.from + i * step),
      ms: i * step,
      isAfterBreak: part !== parts[0],
    }));
  });
}
