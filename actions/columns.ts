import { parseJson, stringifyAtEdge } from '../connector/json.ts';

/** A column of a statement's result, as `manifest.schema.columns` gives it. */
export interface Column {
  name: string;
  type_name?: string;
}

/**
 * How the text of a cell becomes JSON. `number` and `boolean` lose their quotes; `json` is parsed; everything else, 64-bit
 * integers and decimals among them, stays the exact text.
 */
export type CellKind = 'text' | 'number' | 'boolean' | 'json';

const KINDS: { [typeName: string]: CellKind } = {
  BYTE: 'number',
  SHORT: 'number',
  INT: 'number',
  FLOAT: 'number',
  DOUBLE: 'number',
  BOOLEAN: 'boolean',
  ARRAY: 'json',
  MAP: 'json',
  STRUCT: 'json',
};
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export function cellKind(column: Column): CellKind {
  return KINDS[column.type_name ?? ''] ?? 'text';
}

/** One key per column; a name that comes again gets `_2`, `_3`, so that no value is lost. */
export function rowKeys(columns: readonly Column[]): string[] {
  const taken = new Set(columns.map(({ name }) => name));
  const used = new Set<string>();
  return columns.map(({ name }) => {
    let key = name;
    for (let count = 2; used.has(key); count += 1) {
      const next = `${name}_${count}`;
      if (!taken.has(next)) key = next;
    }
    used.add(key);
    return key;
  });
}

/**
 * The JSON value of a cell. What does not look like its type (NaN, Infinity, a number that JSON cannot write) stays text.
 * 64-bit integers inside ARRAY, MAP and STRUCT become strings of their digits where JavaScript would round them.
 */
export function cellValue(kind: CellKind, cell: unknown): unknown {
  if (typeof cell !== 'string') return cell ?? null;
  if (kind === 'number') return JSON_NUMBER.test(cell) ? Number(cell) : cell;
  if (kind === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell;
  return kind === 'json' ? JSON.parse(nestedJson(cell)) : cell;
}

/** The JSON text of an ARRAY, MAP or STRUCT cell; a cell that is not JSON becomes a JSON string. */
export function nestedJson(cell: string): string {
  try {
    return stringifyAtEdge(parseJson(cell));
  } catch {
    return JSON.stringify(cell); // Some types come in a text form of their own; the text is all there is.
  }
}

/** Rows of cells as objects with typed values. */
export function typedRows(columns: readonly Column[], cells: readonly unknown[][]): Record<string, unknown>[] {
  const keys = rowKeys(columns);
  const kinds = columns.map(cellKind);
  return cells.map((row) => Object.fromEntries(keys.map((key, index) => [key, cellValue(kinds[index]!, row[index])])));
}
