import { createHash } from 'node:crypto';
import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject, Trigger } from '../connector/manifest.ts';
import { readPath, resolveTemplate } from '../connector/template.ts';

/** How far a trigger has read: the cursor column's value and the key among equal values, both as text. */
export interface Position {
  value: string;
  /** Null, when a person set it so: every row with the value counts as read. */
  key: string | null;
}

/** The position of a row. */
interface RowPosition extends Position {
  key: string;
}

/** One thing that is new. The id is the same whenever this row, at this value, is read again. */
export interface TriggerEvent {
  id: string;
  data: unknown;
}

export interface Page {
  events: TriggerEvent[];
  /** Position of the last row; `null` for an empty page. */
  to: Position | null;
  /** As many rows as were asked for: there may be more behind them. */
  isFull: boolean;
}

/**
 * The input of the source action for the page after `position`; `null` is the trigger's start point.
 * `now` is epoch ms, for an upper bound that lags behind.
 */
export function pollInput(trigger: Trigger, input: unknown, position: Position | null): unknown {
  const { source, cursor } = trigger.manifest;
  const start = cursor.start === undefined ? undefined : resolveTemplate(cursor.start, { input });
  const from = position ?? { value: start ?? null, key: null };
  return resolveTemplate(source.input, { input, cursor: from } as never);
}

/**
 * The events of one page of the source action's output.
 * @throws ConnectorError ERR_CURSOR_COLUMN when a row has no cursor value or no key, or when the order falls
 */
export function readPage(trigger: Trigger, page: { input: unknown; output: unknown; owner: string }): Page {
  const { cursor, hide = [] } = trigger.manifest;
  const rows = readPath(page.output, cursor.items);
  if (!Array.isArray(rows)) {
    throw new ConnectorError('ERR_RESPONSE_INVALID', `the source of ${trigger.id} gave no list at "${cursor.items}"`);
  }
  const hidden = new Set(hide);
  const events: TriggerEvent[] = [];
  let to: RowPosition | null = null;
  for (const row of rows as JsonObject[]) {
    to = positionOf(row, trigger, page.input);
    events.push({ id: eventId(page.owner, to), data: without(row, hidden) });
  }
  const size = resolveTemplate(cursor.page_size, { input: page.input });
  return { events, to, isFull: rows.length > 0 && rows.length >= Number(size) };
}

/** 128 bits of SHA-256 over owner, value and key, each with its length so that no two triples share a text. */
export function eventId(owner: string, { value, key }: RowPosition): string {
  const hash = createHash('sha256').update(`${owner.length}:${owner}${value.length}:${value}${key.length}:${key}`);
  return `evt_${hash.digest('hex').slice(0, 32)}`;
}

function positionOf(row: JsonObject, trigger: Trigger, input: unknown): RowPosition {
  const { cursor } = trigger.manifest;
  const value = readPath(row, cursor.value);
  const key = readPath(row, cursor.key);
  const columns = input as { cursor_column?: string; key_column?: string };
  if (value === null || value === undefined) throw missing('cursor', columns.cursor_column ?? cursor.value);
  if (key === null || key === undefined) throw missing('key', columns.key_column ?? cursor.key);
  return { value: String(value), key: String(key) };
}

function missing(role: 'cursor' | 'key', column: string): ConnectorError {
  return new ConnectorError('ERR_CURSOR_COLUMN', `a row has no value in the ${role} column "${column}"`, {
    hint: `Choose a ${role} column that is never null, or sync a view that leaves such rows out.`,
    errors: [{ pointer: `/trigger/input/${role}_column`, message: 'has a null' }],
  });
}

function without(row: JsonObject, hidden: ReadonlySet<string>): JsonObject {
  const data: JsonObject = {};
  for (const name in row) {
    if (!hidden.has(name)) data[name] = row[name]!;
  }
  return data;
}
