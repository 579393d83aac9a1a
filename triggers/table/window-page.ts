import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Page, Position } from '../position.ts';
import { type Gauge, type Marks, marksOf } from './gauge.ts';
import type { Keyset } from './keyset.ts';
import { keptSize } from './page-size.ts';
import { compareAs } from './sql-types.ts';
import { keptIdentity } from './table-identity.ts';
import { dataOf, place, type Row, toEvent } from './table-rows.ts';
import {
  addRow,
  compareWindow,
  hasRow,
  MAX_WINDOW_ROWS,
  marksIn,
  marksText,
  openWindow,
  readMarks,
  writeWindow,
} from './window.ts';

const HALF_DAY_MS = 43_200_000;
const DAY_MS = 86_400_000;
/** A table that was seen to be the same is not asked again so soon. */
const CHECK_MS = 600_000;

/** What a table's page is made of. */
export interface WindowPoll {
  keyset: Keyset;
  input: JsonObject;
  owner: string;
  now: number;
  memory: string | null;
  position: Position | null;
  /** Whether the source has an identity that can be asked for. */
  isTable: boolean;
}

/**
 * The first value of the window that belongs to a position: the position's own value, and of days also those that last somewhere on
 * earth still; nothing at or below `above`.
 */
export function windowStart(type: string, value: string, of: { now: number; above?: string | undefined }): string {
  if (type !== 'DATE') return value;
  const open = new Date(of.now - HALF_DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const compare = compareAs(type);
  const start = compare(value, open) < 0 ? value : open;
  if (of.above === undefined || compare(start, of.above) > 0) return start;
  return new Date(Date.parse(of.above) + DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/**
 * What is to be done about the window before a page is read on: nothing, or the position from which the source looks closer.
 * @throws ConnectorError ERR_CURSOR_COLUMN for rows that came into a window too large to be told apart
 */
export function inspectWindow(poll: WindowPoll, gauge: Gauge): Position | undefined {
  const { position, now } = poll;
  if (position?.value == null || position.key === null) return undefined;
  const { at = {} } = position;
  const start = windowStart(poll.keyset.type, position.value, { now, above: at.above });
  if (at.marks === undefined) {
    const from = at.from ?? start;
    if (gauge.seen.count <= MAX_WINDOW_ROWS) return withAt(position, { from, again: '', base: '1', read: gauge.at });
    return withAt(position, { from, over: '1', marks: marksText(gauge.seen), read: gauge.at });
  }
  const before = readMarks(at.marks);
  const found = compareWindow(before, gauge.seen);
  const isGone = found === 'fewer' || found === 'other';
  const check: { [name: string]: string } = poll.isTable && (isGone || isUnsure(at, before, now)) ? { check: '1' } : {};
  if (found !== 'same') {
    if (at.over === undefined) return withAt(position, { again: '', ...check });
    if (found === 'more') throw tooManyLate(poll, before, gauge.seen);
    return withAt(position, { marks: marksText(gauge.seen), ...check });
  }
  if (at.over !== undefined && at.from !== start && compareAs(poll.keyset.type)(at.from!, start) < 0) {
    const { marks: _, over: __, from: ___, ...rest } = at;
    return { ...position, at: { ...rest, from: start } };
  }
  return 'check' in check ? withAt(position, check) : undefined;
}

/** The row of the position is gone: the table may have been recreated since, with nothing after the cursor. */
function isUnsure(at: NonNullable<Position['at']>, before: Marks, now: number): boolean {
  return before.count === 0 && now - Number(at.checked ?? 0) > CHECK_MS;
}

/** A page of rows after the position, with the window that belongs to its last row. */
export function windowPage(page: Row[], more: boolean, of: { poll: WindowPoll; gauge: Gauge; types: string[] }): Page {
  const { poll, gauge, types } = of;
  const last = page.at(-1);
  const events = page.map((row) => toEvent(row, poll.owner));
  if (last === undefined) return { events, to: null, more };
  const { position, keyset, now } = poll;
  const before = position?.at ?? {};
  const above = before.above ?? (position?.value != null && position.key === null ? position.value : undefined);
  const kept = {
    types: JSON.stringify(types),
    read: gauge.at,
    ...keptIdentity(position),
    ...keptSize(position, more, { rows: dataOf(page), input: poll.input }),
    ...(keyset.type === 'DATE' && above !== undefined ? { above } : {}),
  };
  if (before.over !== undefined && (keyset.type === 'DATE' || last.value === position?.value)) {
    const marks = marksOf(
      page.map(({ mark }) => mark),
      readMarks(before.marks!),
    );
    return {
      events,
      to: { ...place(last), at: { ...kept, from: before.from!, over: '1', marks: marksText(marks) } },
      more,
    };
  }
  const compare = compareAs(keyset.type);
  const start = windowStart(keyset.type, last.value, { now, above });
  const from = before.from !== undefined && compare(before.from, start) > 0 ? before.from : start;
  const { known } = openWindow(poll.memory);
  for (const value of known.keys()) if (before.marks === undefined || compare(value, from) < 0) known.delete(value);
  for (const row of page) if (compare(row.value, from) >= 0) addRow(known, row.value, row.mark);
  const marks = marksIn(known);
  const isOver = marks.count > MAX_WINDOW_ROWS;
  return {
    events,
    to: { ...place(last), at: { ...kept, from, marks: marksText(marks), ...(isOver ? { over: '1' } : {}) } },
    more,
    memory: isOver ? '{}' : writeWindow({ known, found: new Map() }),
  };
}

/** A page of the window that is read again: what is not known of it is new, or with a fresh position known from now on. */
export function againPage(page: Row[], more: boolean, poll: WindowPoll): Page {
  const position = poll.position!;
  const { again, base, ...at } = position.at!;
  const window = openWindow(again === '' ? withoutFound(poll.memory) : poll.memory);
  const events = page.flatMap((row) => {
    const isKnown = base !== undefined || hasRow(window.known, row.value, row.mark);
    addRow(window.found, row.value, row.mark);
    return isKnown ? [] : [toEvent(row, poll.owner)];
  });
  const marks = marksIn(window.found);
  if (marks.count > MAX_WINDOW_ROWS && base !== undefined) {
    return { events, to: { ...position, at }, more: true, memory: '{}' };
  }
  if (more) {
    const { value, key } = page.at(-1)!;
    const to = withAt(position, { again: JSON.stringify({ value, key }) });
    return { events, to, more: true, memory: writeWindow(window) };
  }
  const memory = writeWindow({ known: window.found, found: new Map() });
  return { events, to: { ...position, at: { ...at, marks: marksText(marks) } }, more: true, memory };
}

function withoutFound(memory: string | null): string {
  return writeWindow({ known: openWindow(memory).known, found: new Map() });
}

function withAt(position: Position, more: NonNullable<Position['at']>): Position {
  return { ...position, at: { ...position.at, ...more } };
}

function tooManyLate({ position, input }: WindowPoll, before: Marks, now: Marks): ConnectorError {
  const late = now.count - before.count;
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `${late} rows came at or before the cursor "${position!.value}" after it was read, among ${now.count}, more than the ${MAX_WINDOW_ROWS} that can be told apart`,
    {
      hint: `Choose a cursor that rises with each row${input.lag_seconds === undefined ? ', or hold rows back with lag_seconds' : ''}; set the cursor to an earlier value to read them.`,
      errors: [{ pointer: '/trigger/input/cursor_column', message: 'is coarser than rows arrive' }],
    },
  );
}
