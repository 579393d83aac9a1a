import { ConnectorError } from '../../connector/errors.ts';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import { eventId, type Position, type TriggerEvent } from '../position.ts';
import { missing, repeated } from '../rows.ts';
import { cursorValues } from './cursor-values.ts';
import { toMark } from './gauge.ts';
import { CURSOR_TEXT, HELPER_PREFIX, KEY_TEXT, type Keyset, keyOf, keyTexts, ROW_MARK } from './keyset.ts';
import { compareAs } from './sql-types.ts';

/** A row of a table and its place in the order. */
export interface Row {
  value: string;
  key: string;
  mark: bigint;
  data: JsonObject;
}

/** Rows from an answer; the row of nulls that stands beside the counts of an empty page is none. @throws ConnectorError ERR_CURSOR_COLUMN */
export function toRows(list: JsonObject[], keyset: Keyset, of: { input: JsonObject; hasGauge: boolean }): Row[] {
  const values = cursorValues(keyset.type);
  // Rows come in the order of their values, and equal ones often.
  let known = { text: '', value: '' };
  const positionAt = (text: string) => {
    if (text !== known.text || text === '') known = { text, value: values.position(text) };
    return known.value;
  };
  const isEmpty = of.hasGauge && list.length === 1 && isNull(list[0]![CURSOR_TEXT]) && isNull(list[0]![ROW_MARK]);
  return (isEmpty ? [] : list).map((row) => {
    const text = row[CURSOR_TEXT];
    if (isNull(text)) throw missing('cursor', of.input);
    const keys = keyset.keys.map((_, i) => {
      const key = row[`${KEY_TEXT}_${i}`];
      if (isNull(key)) throw missing('key', of.input);
      return String(key);
    });
    const data: JsonObject = {};
    for (const name in row) if (!name.startsWith(HELPER_PREFIX)) data[name] = row[name]!;
    return { value: positionAt(String(text)), key: keyOf(keys), mark: toMark(row[ROW_MARK]), data };
  });
}

/** The order of two places; a `null` key stands after every key. */
export function comparePlaces(keyset: Keyset, a: Position, b: Position): number {
  const byValue = compareAs(keyset.type)(a.value!, b.value!);
  if (byValue !== 0) return byValue;
  if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
  const [keysA, keysB] = [keyTexts(keyset, a.key), keyTexts(keyset, b.key)];
  for (const [i, type] of keyset.keyTypes.entries()) {
    const byKey = compareAs(type)(keysA[i]!, keysB[i]!);
    if (byKey !== 0) return byKey;
  }
  return 0;
}

/**
 * Refuses rows that do not follow each other, and the position that they were asked for: reading on from them would give the same rows
 * again, or pass over others.
 * @throws ConnectorError ERR_CURSOR_COLUMN
 */
export function assertForward(rows: Row[], keyset: Keyset, from: { input: JsonObject; after: Position | null }): void {
  let before: Position | null = from.after?.value == null ? null : from.after;
  for (const [i, row] of rows.entries()) {
    if (before !== null) {
      const order = comparePlaces(keyset, row, before);
      if (i > 0 && order === 0) throw repeated(from.input, row);
      if (order <= 0) throw notForward(from.input, row, before);
    }
    before = row;
  }
}

export function place(row: Row): Position {
  return { value: row.value, key: row.key };
}

export function dataOf(rows: Row[]): JsonObject[] {
  return rows.map(({ data }) => data);
}

export function toEvent(row: Row, owner: string): TriggerEvent {
  return { id: eventId(owner, row.value, row.key), data: row.data };
}

function notForward(input: JsonObject, row: Row, before: Position): ConnectorError {
  const at = (position: Position) =>
    `"${position.value}"${position.key === null ? '' : ` with the key "${position.key}"`}`;
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the batch does not move the cursor forward: ${at(row)} came after ${at(before)} in the order of "${String(input.cursor_column)}"`,
    {
      hint: 'Check cursor_type and key_type (or leave them out), and that a query gives the same rows each time it runs; then set or reset the cursor.',
      errors: [{ pointer: '/trigger/input/cursor_column', message: 'is not in the order that its type says' }],
    },
  );
}

function isNull(value: Json | undefined): value is null | undefined {
  return value === null || value === undefined;
}
