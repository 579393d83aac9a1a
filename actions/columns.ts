import { nestedValue, numberOf } from './nested-values.ts';
import { type CellKind, parseSqlType, type SqlType, UNKNOWN } from './sql-types.ts';

/** A column of a statement's result, as `manifest.schema.columns` gives it. */
export interface Column {
  name: string;
  type_name?: string;
  /** In SQL, with the types of what is inside. */
  type_text?: string;
}

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

/** The type of what is inside an ARRAY, MAP or STRUCT column. */
export function innerType(column: Column): SqlType {
  return cellKind(column) === 'json' ? parseSqlType(column.type_text) : UNKNOWN;
}

/** The JSON value of a cell. What does not look like its type (NaN, Infinity, a number that JSON cannot write) stays text. */
export function cellValue(kind: CellKind, cell: unknown, type: SqlType = UNKNOWN): unknown {
  if (typeof cell !== 'string') return cell ?? null;
  if (kind === 'number') return numberOf(cell);
  if (kind === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell;
  return kind === 'json' ? nestedValue(cell, type) : cell;
}

/** Rows of cells as objects with typed values. */
export function typedRows(columns: readonly Column[], cells: readonly unknown[][]): Record<string, unknown>[] {
  const keys = rowKeys(columns);
  const kinds = columns.map(cellKind);
  const types = columns.map(innerType);
  return cells.map((row) =>
    Object.fromEntries(keys.map((key, index) => [key, cellValue(kinds[index]!, row[index], types[index])])),
  );
}
