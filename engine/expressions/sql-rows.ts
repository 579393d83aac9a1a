import { type Column, rowKeys } from '../../actions/columns.ts';
import { parseSqlType, type SqlType } from '../../actions/sql-types.ts';
import { isDecimal } from './decimals.ts';
import { SqlNumber } from './sql-number.ts';

/** A type by which text may be a number, and `undefined` for one that holds no such text. */
type NumericType =
  | { kind: 'number' }
  | { kind: 'items'; of: NumericType }
  | { kind: 'fields'; of: Map<string, NumericType> };
type Row = Record<string, unknown>;

/** The types of columns, as a result of SQL has them; their text forms come from users and services. */
const MAX_COLUMNS = 10_000;
/** Deeper values hold no results. */
const MAX_DEPTH = 8;
/** Where rows of a result are, beside its `columns`. */
const LISTS = ['rows', 'events'];
/** The outputs of a loop's items. */
const LOOP_ITEMS = 'items';
/** Of the data of an event: the row itself, or where it is. */
const ROWS_OF_EVENT = ['before', 'after', 'row'];

/**
 * The value with the text of BIGINT and DECIMAL cells as SQL numbers: in each object that has `columns` with types, the cells of its
 * `rows`, and of the rows in its `events`. What holds none is the same value, not a copy.
 */
export function withSqlNumbers(value: unknown, depth = 0): unknown {
  if (!isRow(value) || depth > MAX_DEPTH) return value;
  const types = columnTypes(value.columns);
  return mapFields(value, (item, name) => {
    if (!Array.isArray(item)) return withSqlNumbers(item, depth + 1);
    if (name === LOOP_ITEMS) return mapSame(item, (each) => withSqlNumbers(each, depth + 1));
    if (types === undefined || !LISTS.includes(name)) return item;
    return mapSame(item, (row) => (name === 'rows' ? typedRow(row, types) : typedEvent(row, types)));
  });
}

/** Only what all sources of a name agree on is known of it: columns of several results may share one. */
function agreed(given: readonly (Column | null)[]): Column[] {
  const columns = given.filter((column): column is Column => typeof column?.name === 'string');
  const types = new Map<string, Set<string | undefined>>();
  for (const { name, type_text, type_name } of columns) {
    types.set(name, (types.get(name) ?? new Set()).add(type_text ?? type_name));
  }
  return columns.filter(
    ({ name }, i) => types.get(name)!.size === 1 && columns.findIndex((column) => column.name === name) === i,
  );
}

/** A row, or the data of an event, such as the item of a loop over them. */
export function withColumnTypes(row: unknown, columns: unknown): unknown {
  const types = columnTypes(Array.isArray(columns) ? agreed(columns as Column[]) : columns);
  if (types === undefined) return row;
  return isRow(row) && 'data' in row ? typedEvent(row, types) : typedData(row, types);
}

function columnTypes(columns: unknown): Map<string, NumericType> | undefined {
  if (!Array.isArray(columns) || columns.length === 0 || columns.length > MAX_COLUMNS) return undefined;
  const known = columns.filter((column): column is Column => typeof column?.name === 'string');
  const types = new Map<string, NumericType>();
  for (const [i, key] of rowKeys(known).entries()) {
    const { type_name, type_text } = known[i]!;
    const type = numericType(parseSqlType(type_text ?? type_name));
    if (type !== undefined) types.set(key, type);
  }
  return types.size === 0 ? undefined : types;
}

function numericType(type: SqlType): NumericType | undefined {
  if (type.kind === 'text') return type.isNumeric === true ? { kind: 'number' } : undefined;
  if (type.kind === 'array' || type.kind === 'map') {
    const of = numericType(type.of);
    return of === undefined ? undefined : { kind: 'items', of };
  }
  if (type.kind !== 'struct') return undefined;
  const fields = new Map<string, NumericType>();
  for (const [name, field] of type.fields) {
    const of = numericType(field);
    if (of !== undefined) fields.set(name, of);
  }
  return fields.size === 0 ? undefined : { kind: 'fields', of: fields };
}

function typedRow(row: unknown, types: Map<string, NumericType>): unknown {
  if (!isRow(row)) return row;
  return mapFields(row, (cell, name) => {
    const type = types.get(name);
    return type === undefined ? cell : typed(cell, type, name);
  });
}

function typedEvent(event: unknown, types: Map<string, NumericType>): unknown {
  return isRow(event) ? mapFields(event, (data, name) => (name === 'data' ? typedData(data, types) : data)) : event;
}

function typedData(data: unknown, types: Map<string, NumericType>): unknown {
  const row = typedRow(data, types);
  if (!isRow(row)) return row;
  return mapFields(row, (part, key) => (ROWS_OF_EVENT.includes(key) ? typedRow(part, types) : part));
}

function typed(value: unknown, type: NumericType, column: string): unknown {
  if (type.kind === 'number') {
    return typeof value === 'string' && isDecimal(value) ? new SqlNumber(undefined, value, column) : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (type.kind === 'fields') {
    return mapFields(value as Row, (item, name) => (type.of.has(name) ? typed(item, type.of.get(name)!, name) : item));
  }
  if (Array.isArray(value)) return mapSame(value, (item) => typed(item, type.of, column));
  return mapFields(value as Row, (item) => typed(item, type.of, column));
}

function mapSame(list: unknown[], map: (item: unknown) => unknown): unknown[] {
  const mapped = list.map(map);
  return mapped.some((item, i) => item !== list[i]) ? mapped : list;
}

function mapFields(value: Row, map: (item: unknown, name: string) => unknown): Row {
  let copy: Row | undefined;
  for (const [name, item] of Object.entries(value)) {
    const mapped = map(item, name);
    if (mapped === item || name === '__proto__') continue;
    copy ??= { ...value };
    copy[name] = mapped;
  }
  return copy ?? value;
}

function isRow(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof SqlNumber);
}
