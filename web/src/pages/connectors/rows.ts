import { isObject, type JsonObject } from '../../forms/schema.ts';

/** Rows found in an output, and their columns in order. */
export interface Rows {
  columns: readonly string[];
  rows: readonly JsonObject[];
}

/** Further columns are seen as JSON. */
const MAX_COLUMNS = 60;
/** Rows whose names make the columns. */
const SAMPLE = 200;

/** The rows of an output: itself, its `rows`, or its only list of objects. Undefined where it is no table. */
export function rowsOf(output: unknown): Rows | undefined {
  if (Array.isArray(output)) return tableOf(output, undefined);
  if (!isObject(output)) return undefined;
  if (Array.isArray(output.rows)) return tableOf(output.rows, output.columns);
  const lists = Object.values(output).filter((value) => Array.isArray(value) && value.length > 0);
  return lists.length === 1 ? tableOf(lists[0] as unknown[], undefined) : undefined;
}

function tableOf(rows: readonly unknown[], described: unknown): Rows | undefined {
  if (!rows.every(isObject)) return undefined;
  const named = Array.isArray(described) ? described.map((column) => (isObject(column) ? column.name : undefined)) : [];
  const names = new Set(named.filter((name) => typeof name === 'string'));
  for (const row of rows.slice(0, SAMPLE)) for (const name of Object.keys(row)) names.add(name);
  if (names.size === 0) return undefined;
  return { columns: [...names].slice(0, MAX_COLUMNS), rows };
}
