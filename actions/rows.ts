import type { ActionCall, RowPlace, RowSource } from './call.ts';

type Row = Record<string, unknown>;

/** Where the first row begins. */
export const FIRST_ROW: RowPlace = { row: 0, at: 0 };

/** The rows of a call, whether they came with the input or are read from an artifact. */
export function rowsOf(call: ActionCall): RowSource {
  return call.rows ?? rowsInMemory(((call.input as { rows?: Row[] }).rows ?? []) as Row[]);
}

/** A source of rows that are in memory. */
export function rowsInMemory(all: readonly Row[]): RowSource {
  return {
    async *read(from = FIRST_ROW) {
      const rows = all.slice(from.row);
      if (rows.length > 0) yield { rows, next: rows.map((_, index) => placeAt(from.row + index + 1)) };
    },
  };
}

/** At most `max` rows from a place on; `isLast` when no more follow. */
export async function takeRows(
  source: RowSource,
  from: RowPlace,
  max: number,
): Promise<{ rows: Row[]; next: RowPlace; isLast: boolean }> {
  const rows: Row[] = [];
  let next = from;
  for await (const batch of source.read(from)) {
    for (const [index, row] of batch.rows.entries()) {
      if (rows.length === max) return { rows, next, isLast: false };
      rows.push(row);
      next = batch.next[index]!;
    }
  }
  return { rows, next, isLast: true };
}

/** Some rows as texts. */
export interface RowTexts {
  texts: string[];
  /** Where the next ones begin. */
  next: RowPlace;
  isLast: boolean;
}

/** The rows from a place on in groups that stay under both limits, or are one row. Without rows there is one empty group. */
export async function* groupRows(
  source: RowSource,
  from: RowPlace,
  by: { write: (row: Row) => string; maxRows: number; maxLength: number },
): AsyncGenerator<RowTexts> {
  let group: RowTexts = { texts: [], next: from, isLast: false };
  let length = 0;
  for await (const batch of source.read(from)) {
    for (const [index, row] of batch.rows.entries()) {
      const text = by.write(row);
      if (group.texts.length === by.maxRows || (length > 0 && length + text.length > by.maxLength)) {
        yield group;
        group = { texts: [], next: group.next, isLast: false };
        length = 0;
      }
      group.texts.push(text);
      group.next = batch.next[index]!;
      length += text.length;
    }
  }
  yield { ...group, isLast: true };
}

function placeAt(row: number): RowPlace {
  return { row, at: row };
}
