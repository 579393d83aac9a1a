import type { JsonObject } from '../../../connector/manifest.ts';
import type { Position } from '../../../triggers/position.ts';
import { tableName } from './dialect.ts';

/** A statement, with the table as its parameter. */
export interface CountStatement {
  statement: string;
  parameters: JsonObject[];
}

/**
 * Counts the events of a change feed that a cursor would read again from `to`, or with `null` from the start that the input
 * names: its snapshot, or the changes after a version. An update is one event, of its two images the second.
 */
export function countChanges(input: JsonObject, position: Position | null, to: Position | null): CountStatement {
  const table = { name: 'table', value: tableName(input) };
  const from = to?.value ?? (typeof input.start_from === 'string' ? input.start_from : undefined);
  if (from === undefined && input.start !== 'now') {
    return { statement: 'SELECT count(*) AS n FROM IDENTIFIER(:table)', parameters: [table] };
  }
  const until = position?.value ?? null;
  if (from === undefined || until === null || BigInt(from) >= BigInt(until)) {
    return { statement: 'SELECT 0 AS n', parameters: [] };
  }
  const statement = `SELECT count(*) AS n FROM table_changes(:table, ${BigInt(from) + 1n}, ${BigInt(until)}) WHERE _change_type <> 'update_preimage'`;
  return { statement, parameters: [table] };
}
