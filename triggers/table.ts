import type { JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import { readPath, resolveTemplate } from '../connector/template.ts';
import { cursorValues, shifted } from './cursor-values.ts';
import {
  acceptPosition,
  assertCursorType,
  CURSOR_TEXT,
  countStatement,
  KEY_TEXT,
  keyOf,
  keysetOf,
  lastStatement,
  pageStatement,
  type Stretch,
} from './keyset.ts';
import { beginAt, beginOf, forget, keepBegin, openMemory } from './lookback.ts';
import { eventId, type Page, type Position, type TriggerEvent } from './position.ts';
import { missing, readList, repeated } from './rows.ts';
import type { Ask, Poll, Source } from './source.ts';

interface Row {
  value: string;
  key: string;
  data: JsonObject;
}

/**
 * Reads the rows of a table, a view or a query once each, in the order of a cursor column and, among equal values, of
 * key columns. `lag_seconds` holds the newest rows back; `lookback_seconds` looks again at the last ones, for rows that
 * were committed behind the cursor, and remembers which of them it has given.
 */
export function table(manifest: SourceManifest, trigger: Trigger, input: JsonObject): Source {
  const keyset = keysetOf(input);
  const values = cursorValues(keyset.type);
  const size = Number(input.page_size ?? 1000);
  // Rows come in the order of their values, and equal ones often.
  let known = { text: '', value: '' };
  const positionAt = (text: string) => {
    if (text !== known.text || text === '') known = { text, value: values.position(text) };
    return known.value;
  };
  const lookback = typeof input.lookback_seconds === 'number' ? input.lookback_seconds : undefined;

  const execute = (poll: Poll, statement: object): Ask => ({
    action: manifest.action,
    input: { ...(resolveTemplate(manifest.input, { input: poll.input }) as JsonObject), ...statement },
  });
  // One row more than is given: it tells whether there is more, and whether keys repeat over the edge of the page.
  const limit = size + 1;

  return {
    hasMemory: lookback !== undefined,
    hasRanges: true,
    accept(given) {
      const position = acceptPosition(keyset, given);
      return lookback === undefined ? position : beginAt(position);
    },
    ask(poll) {
      if (startsNow(poll)) return execute(poll, lastStatement(keyset, poll.input));
      return execute(poll, pageStatement(keyset, poll.input, { stretch: stretchOf(poll), limit }));
    },
    read(poll, output) {
      const list = readList(output, 'rows', trigger.id);
      assertCursorType(keyset, poll.input, readPath(output, 'columns'));
      const found = list.map((row) => toRow(row, poll.input));
      if (startsNow(poll)) {
        const last = found[0];
        const to = last === undefined ? { value: null, key: null } : place(last);
        return { events: [], to: lookback === undefined ? to : beginAt(to), more: false };
      }
      assertOrder(found, poll);
      const page = found.slice(0, size);
      const more = found.length > size;
      return lookback === undefined || poll.until !== undefined
        ? plainPage(page, more, poll)
        : lookbackPage(page, more, poll);
    },
    count: (poll, to) => ({
      ask: execute(
        poll,
        countStatement(keyset, poll.input, { after: to ?? startPosition(poll.input), ...upTo(poll.position) }),
      ),
      read: (output) => Number(readPath(readList(output, 'rows', trigger.id)[0], 'n') ?? 0),
    }),
  };

  function stretchOf(poll: Poll): Stretch {
    const through = lastWanted(poll);
    const bounds: Stretch = through === undefined ? {} : { through };
    const { position } = poll;
    if (lookback === undefined || poll.until !== undefined || position === null || position.value === null) {
      return { ...bounds, after: position ?? startPosition(poll.input) };
    }
    if (position.at?.value !== undefined)
      return { ...bounds, after: { value: position.at.value, key: position.at.key! } };
    const after = beginOf(position) ?? startPosition(poll.input);
    return { ...bounds, after, fromValue: shifted(position.value, -lookback) };
  }

  /** The newest value that is read: a range's end, or what is old enough that no earlier row can still be committed. */
  function lastWanted(poll: Poll): Position | undefined {
    const lag = poll.input.lag_seconds;
    const held = typeof lag === 'number' ? new Date(poll.now - lag * 1000).toISOString() : undefined;
    const value = poll.until ?? held;
    return value === undefined ? undefined : { value, key: null };
  }

  function plainPage(page: Row[], more: boolean, poll: Poll): Page {
    const events = page.map((row) => event(row, poll));
    return { events, to: page.length === 0 ? null : place(page.at(-1)!), more };
  }

  function lookbackPage(page: Row[], more: boolean, poll: Poll): Page {
    const memory = openMemory(poll.memory);
    const events: TriggerEvent[] = [];
    for (const row of page) {
      const next = event(row, poll);
      if (memory.has(next.id)) continue;
      memory.set(next.id, row.value);
      events.push(next);
    }
    const last = page.at(-1);
    const before = poll.position;
    const isAhead = last !== undefined && (before === null || before.value === null || isAfter(last, before));
    const top = isAhead ? place(last) : before;
    const changed = events.length > 0 || more || before?.at?.value !== undefined;
    if (top === null || !changed) return { events, to: null, more: false };
    const oldest = shifted(top.value!, -lookback!);
    const at = {
      ...(more ? { value: last!.value, key: last!.key } : {}),
      ...keepBegin(before?.at, oldest),
    };
    return {
      events,
      to: { value: top.value, key: top.key, ...(Object.keys(at).length === 0 ? {} : { at }) },
      more,
      memory: forget(memory, oldest),
    };
  }

  function toRow(row: JsonObject, from: JsonObject): Row {
    const text = row[CURSOR_TEXT];
    if (text === null || text === undefined) throw missing('cursor', from);
    const keys = keyset.keys.map((_, i) => {
      const key = row[`${KEY_TEXT}_${i}`];
      if (key === null || key === undefined) throw missing('key', from);
      return String(key);
    });
    const data: JsonObject = {};
    for (const name in row) {
      if (name !== CURSOR_TEXT && !name.startsWith(`${KEY_TEXT}_`)) data[name] = row[name]!;
    }
    return { value: positionAt(String(text)), key: keyOf(keys), data };
  }
}

/** Where reading begins when nothing was read yet. */
function startPosition(input: JsonObject): Position | null {
  return typeof input.start_from === 'string' ? { value: input.start_from, key: null } : null;
}

function startsNow(poll: Poll): boolean {
  return (
    poll.position === null &&
    poll.until === undefined &&
    poll.input.start === 'now' &&
    poll.input.start_from === undefined
  );
}

function upTo(position: Position | null): Pick<Stretch, 'through'> {
  if (position === null || position.value === null) return {};
  return { through: { value: position.value, key: position.key } };
}

function place(row: Row): Position {
  return { value: row.value, key: row.key };
}

function event(row: Row, poll: Poll): TriggerEvent {
  return { id: eventId(poll.owner, row.value, row.key), data: row.data };
}

function isAfter(row: Row, position: Position): boolean {
  return (
    row.value > position.value! || (row.value === position.value && position.key !== null && row.key !== position.key)
  );
}

function assertOrder(found: Row[], poll: Poll): void {
  for (let i = 1; i < found.length; i++) {
    const [before, row] = [found[i - 1]!, found[i]!];
    if (row.value === before.value && row.key === before.key) throw repeated(poll.input, row);
  }
}
