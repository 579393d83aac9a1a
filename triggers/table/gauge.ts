import type { JsonObject } from '../../connector/manifest.ts';
import type { Position } from '../position.ts';
import type { Statement } from './dialect.ts';
import { conditions, type Keyset, rowMark } from './keyset.ts';

/** What one statement counts beside the page that it reads. */
export interface Gauge {
  /** Rows after the position that are not in the future. */
  rows: number;
  /** Rows that are not delivered because their cursor value is in the future, or after which no other could be. */
  future: number;
  /** Of the window: how many rows it has, and all of their marks in one. */
  seen: Marks;
  /** Clock of the service in microseconds. */
  at: string;
}

/** Rows by their number and the exclusive or of their marks: another row, or one less, makes it another. */
export interface Marks {
  count: number;
  xor: bigint;
}

/** Of what a gauge counts. */
export interface GaugeRange {
  /** `null`: nothing was read yet. */
  position: Position | null;
  /** Rows from this value up to the position are the window that is compared. */
  from?: string | undefined;
  /** Rows at or below this value are in no window. */
  begin?: string | undefined;
  /** Rows above this value are in the future. */
  horizon?: string | undefined;
  /** Name of the marker of the position; another than the page's where that is asked for from another place. */
  marker: 'cursor' | 'position';
}

const COUNTS = {
  rows: '_penstock_rows',
  future: '_penstock_future',
  seen: '_penstock_seen',
  marks: '_penstock_marks',
  at: '_penstock_at',
};
const MARK_BITS = 64;
const NO_MARKS: Marks = { count: 0, xor: 0n };

/** Always one row, also of an empty table. */
export function gaugeStatement(keyset: Keyset, range: GaugeRange): Statement {
  const { position, from, begin, horizon } = range;
  const { dialect } = keyset;
  const later = conditions(keyset, { after: position }, range.marker);
  const past = conditions(keyset, horizon === undefined ? {} : { until: horizon });
  const window = conditions(keyset, {
    ...(from === undefined || from === position?.value ? {} : { fromValue: from }),
    ...(begin === undefined ? {} : { begin }),
  });
  const isLater = later.where.join(' AND ');
  const isPast = past.where.join(' AND ');
  const inWindow = from === undefined ? 'false' : `${window.where.join(' AND ')} AND NOT (${isLater})`;
  // Nothing below the window or the position is counted, so that files are skipped.
  const hasFrom = from !== undefined && from !== position?.value;
  const marker = dialect.marker(hasFrom ? 'from_value' : range.marker, keyset.type);
  const bound = position?.value == null ? [] : [`${keyset.cursor} >= ${marker}`];
  return {
    statement: [
      `SELECT ${dialect.countIf(`${isPast} AND ${isLater}`)} AS ${COUNTS.rows},`,
      `  ${dialect.countIf(`NOT (${isPast})`)} AS ${COUNTS.future},`,
      `  ${dialect.countIf(inWindow)} AS ${COUNTS.seen},`,
      `  ${dialect.xorIf(inWindow, rowMark(keyset))} AS ${COUNTS.marks},`,
      `  ${dialect.now} AS ${COUNTS.at}`,
      `FROM ${keyset.from}`,
      `WHERE ${[`${keyset.cursor} IS NOT NULL`, ...bound].join(' AND ')}`,
    ].join('\n'),
    parameters: [...later.parameters, ...past.parameters, ...(from === undefined ? [] : window.parameters)],
  };
}

/** What the rows of an answer say of it; `undefined` when they were asked for without a gauge. */
export function readGauge(list: JsonObject[]): Gauge | undefined {
  const row = list[0];
  if (row?.[COUNTS.rows] === undefined) return undefined;
  return {
    rows: Number(row[COUNTS.rows]),
    future: Number(row[COUNTS.future]),
    seen: { count: Number(row[COUNTS.seen]), xor: toMark(row[COUNTS.marks]) },
    at: String(row[COUNTS.at]),
  };
}

/** The mark of a row, of 64 bits with or without a sign. */
export function toMark(value: unknown): bigint {
  return value === null || value === undefined ? 0n : BigInt.asUintN(MARK_BITS, BigInt(String(value)));
}

/** The marks of rows one by one. */
export function marksOf(marks: Iterable<bigint>, before: Marks = NO_MARKS): Marks {
  let { count, xor } = before;
  for (const mark of marks) {
    count += 1;
    xor ^= mark;
  }
  return { count, xor };
}

/** Whether two sets of rows are the same. */
export function areSame(a: Marks, b: Marks): boolean {
  return a.count === b.count && a.xor === b.xor;
}
