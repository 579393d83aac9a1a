import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { readPath, resolveTemplate } from '../../connector/template.ts';
import type { Backlog, Page, Position } from '../position.ts';
import { readList } from '../rows.ts';
import type { Ask, Poll, Reader } from '../source.ts';
import { cursorValues, shifted } from './cursor-values.ts';
import type { Dialect, Statement } from './dialect.ts';
import { type Gauge, gaugeStatement, readGauge } from './gauge.ts';
import {
  acceptPosition,
  type Bounds,
  countStatement,
  type Keyset,
  keysetOf,
  lastStatement,
  pageStatement,
  typesStatement,
} from './keyset.ts';
import { beginAt, beginOf } from './lookback.ts';
import { lookbackPage } from './lookback-page.ts';
import { fullSize, keptSize, pageLimit } from './page-size.ts';
import { isIdentityDue, readIdentity, recoverIdentity } from './table-identity.ts';
import { assertForward, dataOf, place, type Row, toEvent, toRows } from './table-rows.ts';
import { needsTypes, readTypes, typesOf } from './table-types.ts';
import { againPage, inspectWindow, type WindowPoll, windowPage, windowStart } from './window-page.ts';

/** Clocks differ, and a row may carry the end of an interval that began already. */
const FUTURE_MS = 300_000;
/** A time without a zone is the time of some place: the earliest is so much before UTC. */
const EASTMOST_MS = 14 * 3_600_000;

/**
 * Makes the reader for a dialect: of the rows of a table, a view or a query once each, in the order of a cursor column and, among equal values, of
 * key columns. Types are those of the table. Rows that arrive late at the newest cursor value, or on a day that is not over, are found by
 * what the statement counts beside the page; `lag_seconds` holds the newest rows back; `lookback_seconds` looks again at the last ones,
 * for rows that were committed before the cursor. Rows in the future wait until it is their time.
 */
export function tableReader(dialect: Dialect): Reader {
  return (...of) => openTable(dialect, ...of);
}

function openTable(dialect: Dialect, ...[manifest, trigger, input]: Parameters<Reader>): ReturnType<Reader> {
  const size = fullSize(input);
  const isTable = typeof input.query !== 'string';
  const lookback = typeof input.lookback_seconds === 'number' ? input.lookback_seconds : undefined;

  const execute = (poll: Poll, statement: Statement): Ask => {
    const more = resolveTemplate(manifest.input, { input: poll.input }) as JsonObject;
    const ask: Ask = { action: manifest.action, input: { ...more, ...dialect.toInput(statement) } };
    return dialect.ask?.(ask, poll.position) ?? ask;
  };

  return {
    hasMemory: true,
    hasRanges: true,
    accept(given, current) {
      const types = typesOf(current ?? null);
      // Read as a value of the column once its type is known.
      if (types === undefined && input.cursor_type === undefined) return { ...given, at: { raw: '1' } };
      return accepted(keysetOf(dialect, input, types), given);
    },
    ask(poll) {
      const { position } = poll;
      const keyset = keysetOf(dialect, input, typesOf(position));
      if (needsTypes(input, position)) return execute(poll, typesStatement(keyset, input));
      if (isIdentityDue(poll)) return execute(poll, dialect.identity(input)!);
      const horizon = horizonOf(keyset, poll);
      if (startsNow(poll)) {
        return execute(poll, lastStatement(keyset, input, horizon === undefined ? {} : { until: horizon }));
      }
      // One row more than is given: it tells whether there is more, and whether keys repeat over the edge of the page.
      const limit = pageLimit(position, size) + 1;
      if (isAgain(poll)) {
        return execute(poll, pageStatement(keyset, input, { bounds: againBounds(position!), limit, hasMarks: true }));
      }
      const gauge = poll.until === undefined ? gaugeStatement(keyset, gaugeRange(keyset, poll, horizon)) : undefined;
      const bounds = { ...boundsOf(poll), ...(horizon === undefined ? {} : { until: horizon }) };
      return execute(poll, pageStatement(keyset, input, { bounds, limit, hasMarks: gauge !== undefined, gauge }));
    },
    read(poll, output) {
      const { position } = poll;
      const list = readList(output, 'rows', trigger.id);
      if (!needsTypes(input, position) && isIdentityDue(poll)) {
        return readIdentity(list, position!, { dialect, input, now: poll.now });
      }
      const types = readTypes(dialect, readPath(output, 'columns'), { input, position });
      if (needsTypes(input, position)) return { events: [], to: typed(position, types), more: true };
      const keyset = keysetOf(dialect, input, types);
      if (keyset.type === 'TIMESTAMP' && keysetOf(dialect, input, typesOf(position)).type === 'TIMESTAMP_NTZ') {
        return { events: [], to: typed(position, types), more: true };
      }
      const gauge = readGauge(list);
      const found = toRows(list, keyset, { input, hasGauge: gauge !== undefined });
      if (startsNow(poll)) return startPage(found, types);
      assertForward(found, keyset, { input, after: typedPosition(keyset, boundsOf(poll).after ?? null) });
      const limit = pageLimit(position, size);
      const page = found.slice(0, limit);
      const more = found.length > limit;
      const window = windowPollOf(poll, keyset);
      if (isAgain(poll)) return againPage(page, more, window);
      const status = gauge === undefined ? {} : { backlog: backlogOf(gauge, found, { keyset, limit }) };
      const plain = plainPage(page, more, { poll, types });
      if (poll.until !== undefined || gauge === undefined) {
        return lookback === undefined || poll.until !== undefined
          ? { ...plain, ...status }
          : lookbackPage(page, more, { poll, keyset, types, lookback });
      }
      if (lookback !== undefined) {
        // Rows that came late are before the position, from which the statement counts.
        return { ...lookbackPage(page, more, { poll, keyset, types, lookback }), ...status, hasMoreThanCounted: true };
      }
      const closer = inspectWindow(window, gauge);
      if (closer !== undefined) return { events: [], to: closer, more: true };
      return { ...windowPage(page, more, { poll: window, gauge, types }), ...status };
    },
    recover(poll, error) {
      if (!needsTypes(input, poll.position) && isIdentityDue(poll)) {
        return recoverIdentity(poll.position!, poll.now, error);
      }
      return dialect.recover(poll.position, size, error);
    },
    count: (poll, to) => {
      const types = typesOf(poll.position);
      if (types === undefined && input.cursor_type === undefined) throw notRead();
      const keyset = keysetOf(dialect, input, types);
      const after = to ?? startPosition(input);
      return {
        ask: execute(
          poll,
          countStatement(keyset, input, { after: typedPosition(keyset, after), ...upTo(poll.position) }),
        ),
        read: (output) => Number(readPath(readList(output, 'rows', trigger.id)[0], 'n') ?? 0),
      };
    },
  };

  function windowPollOf(poll: Poll, keyset: Keyset): WindowPoll {
    const { position, memory, now, owner } = poll;
    return { keyset, input, owner, now, memory, position, isTable };
  }

  function accepted(keyset: Keyset, given: { value: string; key: string | null }): Position {
    const position = acceptPosition(keyset, given);
    return lookback === undefined ? position : beginAt(position);
  }

  /** The position with the types that were read; one that a person gave is now read as a value of the column. */
  function typed(position: Position | null, types: string[]): Position {
    const at = { types: JSON.stringify(types) };
    if (position === null) return { value: null, key: null, at: { ...at, fresh: '1' } };
    const { raw, ...kept } = position.at ?? {};
    if (position.value === null) return { ...position, at: { ...kept, ...at } };
    if (raw === undefined)
      return { ...typedPosition(keysetOf(dialect, input, types), position)!, at: { ...kept, ...at } };
    const set = accepted(keysetOf(dialect, input, types), { value: position.value, key: position.key });
    return { ...set, at: { ...set.at, ...at } };
  }

  function startPage(found: Row[], types: string[]): Page {
    const last = found[0];
    const to = last === undefined ? { value: null, key: null } : place(last);
    const begun = lookback === undefined ? to : beginAt(to);
    return { events: [], to: { ...begun, at: { ...begun.at, types: JSON.stringify(types) } }, more: false };
  }

  function plainPage(page: Row[], more: boolean, of: { poll: Poll; types: string[] }): Page {
    const events = page.map((row) => toEvent(row, of.poll.owner));
    const at = { types: JSON.stringify(of.types), ...keptSize(of.poll.position, more, { rows: dataOf(page), input }) };
    return { events, to: page.length === 0 ? null : { ...place(page.at(-1)!), at }, more };
  }

  function isAgain({ position, until }: Poll): boolean {
    return position?.at?.again !== undefined && until === undefined && lookback === undefined;
  }

  function againBounds(position: Position): Bounds {
    const { again = '', from, above } = position.at!;
    return {
      ...(again === '' ? {} : { after: JSON.parse(again) as Position }),
      ...(from === undefined ? {} : { fromValue: from }),
      ...(above === undefined ? {} : { begin: above }),
      through: { value: position.value, key: position.key },
    };
  }

  function gaugeRange(keyset: Keyset, poll: Poll, horizon: string | undefined) {
    const { position, now } = poll;
    const above = position?.at?.above;
    const hasWindow = lookback === undefined && position?.value != null && position.key !== null;
    const from = hasWindow
      ? (position.at?.from ?? windowStart(keyset.type, position.value!, { now, above }))
      : undefined;
    const marker = lookback === undefined ? ('cursor' as const) : ('position' as const);
    return { position: afterOf(poll), from, begin: above, horizon, marker };
  }

  function afterOf({ position }: Poll): Position | null {
    if (position === null || position.at?.fresh !== undefined) return startPosition(input);
    return position;
  }

  function boundsOf(poll: Poll): Bounds {
    const { position } = poll;
    const through = lastWanted(poll);
    const bounds: Bounds = through === undefined ? {} : { through };
    if (isAgain(poll)) return againBounds(position!);
    if (lookback === undefined || poll.until !== undefined || position?.value == null) {
      return { ...bounds, after: afterOf(poll) };
    }
    if (position.at?.value !== undefined)
      return { ...bounds, after: { value: position.at.value, key: position.at.key! } };
    const after = beginOf(position) ?? startPosition(input);
    return { ...bounds, after, fromValue: shifted(position.value, -lookback) };
  }

  /** The newest value that is read: a range's end, or what is old enough that no earlier row can still be committed. */
  function lastWanted(poll: Poll): Position | undefined {
    const lag = input.lag_seconds;
    const held = typeof lag === 'number' ? new Date(poll.now - lag * 1000).toISOString() : undefined;
    const value = poll.until ?? held;
    return value === undefined ? undefined : { value, key: null };
  }

  /** The newest value that is not in the future; `undefined` when there is no such thing, or such rows are wanted. */
  function horizonOf({ type }: Keyset, poll: Poll): string | undefined {
    if (input.future_rows === 'deliver' || poll.until !== undefined) return undefined;
    if (type === 'TIMESTAMP' || type === 'DATE') return new Date(poll.now + FUTURE_MS).toISOString();
    return type === 'TIMESTAMP_NTZ' ? new Date(poll.now + EASTMOST_MS + FUTURE_MS).toISOString() : undefined;
  }
}

/** What is left beside a page that was read: the row after it is the oldest that stays. */
function backlogOf(
  gauge: Gauge,
  found: Row[],
  of: { keyset: Keyset; limit: number },
): { before: Backlog; after: Backlog } {
  const { rows, future } = gauge;
  const time = (row: Row | undefined) => (row === undefined || !isTime(of.keyset.type) ? null : isoTime(row.value));
  const given = Math.min(found.length, of.limit);
  return {
    before: { rows, versions: null, oldest: time(found[0]), future },
    after: { rows: Math.max(0, rows - given), versions: null, oldest: time(found[of.limit]), future },
  };
}

function isTime(type: string): boolean {
  return type === 'DATE' || type.startsWith('TIMESTAMP');
}

function isoTime(value: string): string {
  return value.length === 'yyyy-mm-dd'.length
    ? `${value}T00:00:00Z`
    : cursorValues('TIMESTAMP').position(cursorValues('TIMESTAMP').parameter(value).value);
}

/** Where reading begins when nothing was read yet. */
function startPosition(input: JsonObject): Position | null {
  return typeof input.start_from === 'string' ? { value: input.start_from, key: null } : null;
}

function typedPosition(keyset: Keyset, position: Position | null): Position | null {
  return position?.value == null ? position : acceptPosition(keyset, { value: position.value, key: position.key });
}

function startsNow(poll: Poll): boolean {
  return (
    (poll.position === null || poll.position.at?.fresh !== undefined) &&
    poll.until === undefined &&
    poll.input.start === 'now' &&
    poll.input.start_from === undefined
  );
}

function upTo(position: Position | null): Pick<Bounds, 'through'> {
  if (position === null || position.value === null) return {};
  return { through: { value: position.value, key: position.key } };
}

function notRead(): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', 'the type of the cursor column is not known before the first check', {
    hint: 'Wait for the first check, or set cursor_type.',
  });
}
