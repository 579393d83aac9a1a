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

/** What is known of the cells with a name: a type by which text may be a number, or that text is none. */
type Known = NumericType | 'other';

/** Only what all results agree on is known of a name that several have. */
function agreed(results: readonly unknown[]): Map<string, NumericType> {
  const types = new Map<string, Known>();
  for (const columns of results) {
    for (const [name, type] of knownTypes(columns)) {
      const before = types.get(name) ?? type;
      types.set(name, isSameType(before, type) ? type : 'other');
    }
  }
  return new Map([...types].filter((entry): entry is [string, NumericType] => entry[1] !== 'other'));
}

function isSameType(a: Known | undefined, b: Known | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.kind === 'items' && b.kind === 'items') return isSameType(a.of, b.of);
  if (a.kind !== 'fields' || b.kind !== 'fields') return a.kind === b.kind;
  const other = b.of;
  return a.of.size === other.size && [...a.of].every(([name, type]) => isSameType(type, other.get(name)));
}

/** A row, or the data of an event, such as the item of a loop over them; `results`: the columns of each that they may come from. */
export function withColumnTypes(row: unknown, results: unknown): unknown {
  const types = agreed(Array.isArray(results) ? results : []);
  if (types.size === 0) return row;
  return isRow(row) && 'data' in row ? typedEvent(row, types) : typedData(row, types);
}

function columnTypes(columns: unknown): Map<string, NumericType> | undefined {
  const types = new Map(
    [...knownTypes(columns)].filter((entry): entry is [string, NumericType] => entry[1] !== 'other'),
  );
  return types.size === 0 ? undefined : types;
}

/** By the key of a cell in its row. Of a column whose cells are numbers or truth values anyhow there is nothing to know. */
function knownTypes(columns: unknown): Map<string, Known> {
  const types = new Map<string, Known>();
  if (!Array.isArray(columns) || columns.length > MAX_COLUMNS) return types;
  const named = columns.filter((column): column is Column => typeof column?.name === 'string');
  for (const [i, key] of rowKeys(named).entries()) {
    const { type_name, type_text } = named[i]!;
    const type = parseSqlType(type_text ?? type_name);
    if (type.kind !== 'number' && type.kind !== 'boolean') types.set(key, numericType(type) ?? 'other');
  }
  return types;
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
