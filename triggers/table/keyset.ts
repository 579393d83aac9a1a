import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Position } from '../position.ts';
import { cursorValues } from './cursor-values.ts';
import type { Dialect, Statement } from './dialect.ts';

/** The columns by which rows are put in order: the cursor column, then the key columns. */
export interface Keyset {
  dialect: Dialect;
  /** FROM clause without the word. */
  from: string;
  /** The columns as they are, quoted: cursor column, then key columns. */
  columns: string[];
  /** What stands for the cursor column where rows are compared. */
  cursor: string;
  /** SQL type of the cursor column. */
  type: string;
  /** As `cursor`, of each key column. */
  keys: string[];
  /** SQL type of each key column. */
  keyTypes: string[];
}

/** Columns that carry cursor, key and the mark of the row as exact text beside the row's own. */
export const CURSOR_TEXT = '_penstock_cursor';
export const KEY_TEXT = '_penstock_key';
export const ROW_MARK = '_penstock_mark';
/** What is not a column of the source begins so. */
export const HELPER_PREFIX = '_penstock_';

/** Between which positions rows are wanted; both ends may be open. */
export interface Bounds {
  /** Rows after this position; with a `null` key, after everything at its value. */
  after?: Position | null;
  /** Rows at or above this value, instead of `after`. */
  fromValue?: string;
  /** Rows up to and including this position; with a `null` key, everything at its value too. */
  through?: Position;
  /** Rows up to and including this value, beside `through`. */
  until?: string;
  /** Rows above this value, beside `after`. */
  begin?: string;
}

/**
 * The keyset of an accepted input. `types` are those of the cursor column and the key columns as the table has them; without them
 * the input's are taken.
 */
export function keysetOf(dialect: Dialect, input: JsonObject, types: readonly string[] = []): Keyset {
  const [cursor, ...keys] = [String(input.cursor_column), ...keyColumns(input)].map((name) => dialect.quote(name));
  const [type = String(input.cursor_type), ...known] = types;
  const keyTypes = keys.map((_, i) => known[i] ?? String(input.key_type ?? 'STRING'));
  return {
    dialect,
    from: dialect.from(input),
    columns: [cursor!, ...keys],
    cursor: dialect.ordered(cursor!, type),
    type,
    keys: keys.map((key, i) => dialect.ordered(key, keyTypes[i]!)),
    keyTypes,
  };
}

/** The names of the key columns. */
export function keyColumns(input: JsonObject): string[] {
  return [input.key_columns ?? input.key_column].flat().filter((name) => typeof name === 'string');
}

/** A statement that finds no row and tells the types of the columns. */
export function typesStatement(keyset: Keyset, input: JsonObject): Statement {
  return withTable(keyset, input, {
    statement: `SELECT ${keyset.columns.join(', ')} FROM ${keyset.from} LIMIT 0`,
    parameters: [],
  });
}

/** One page of rows in the order of cursor and keys, beside what a gauge counts; a page without rows is one row of nulls beside it. */
export function pageStatement(
  keyset: Keyset,
  input: JsonObject,
  page: { bounds: Bounds; limit: number; hasMarks?: boolean; gauge?: Statement | undefined },
): Statement {
  const { dialect } = keyset;
  const { where, parameters } = conditions(keyset, page.bounds);
  const [cursorText, ...keyTexts] = textsOf(keyset);
  const names = [CURSOR_TEXT, ...keyTexts.map((_, i) => `${KEY_TEXT}_${i}`)];
  const columns = ['*', ...[cursorText!, ...keyTexts].map((text, i) => `${text} AS ${names[i]}`)];
  const order = [keyset.cursor, ...keyset.keys].map((column) => `${column} NULLS FIRST`).join(', ');
  const plain = [
    `SELECT ${columns.join(',\n  ')}`,
    `FROM ${keyset.from}`,
    `WHERE ${where.join('\n  AND ')}`,
    `ORDER BY ${order}`,
    `LIMIT ${page.limit}`,
  ].join('\n');
  // Marks are made of the rows of the page: beside the conditions, they would be made of every row that is left.
  const mark = `${dialect.numberText(dialect.mark(names))} AS ${ROW_MARK}`;
  const rows =
    page.hasMarks === true
      ? `SELECT *,\n  ${mark}\nFROM (\n${plain}\n) AS ${HELPER_PREFIX}page\nORDER BY ${order}`
      : plain;
  if (page.gauge === undefined) return withTable(keyset, input, { statement: rows, parameters });
  return withTable(keyset, input, {
    statement: dialect.beside(page.gauge.statement, rows, order),
    parameters: merged(parameters, page.gauge.parameters),
  });
}

/** A number that stands for the place of a row: its cursor value and its keys. */
export function rowMark(keyset: Keyset): string {
  return keyset.dialect.mark(textsOf(keyset));
}

/** The exact texts of the cursor column and the key columns. */
function textsOf({ dialect, columns, type }: Keyset): string[] {
  return columns.map((column, i) => (i === 0 ? dialect.cursorText(column, type) : dialect.keyText(column)));
}

/** Each marker once: two parts of a statement may use the same. */
function merged(...lists: Statement['parameters'][]): Statement['parameters'] {
  return [...new Map(lists.flat().map((parameter) => [parameter.name, parameter])).values()];
}

/** The last row within bounds, for a start at the present. */
export function lastStatement(keyset: Keyset, input: JsonObject, bounds: Bounds = {}): Statement {
  const { where, parameters } = conditions(keyset, bounds);
  const [cursorText, ...keyTexts] = textsOf(keyset);
  return withTable(keyset, input, {
    statement: [
      `SELECT ${keyset.columns.join(', ')}, ${cursorText} AS ${CURSOR_TEXT},`,
      keyTexts.map((text, i) => `  ${text} AS ${KEY_TEXT}_${i}`).join(',\n'),
      `FROM ${keyset.from}`,
      `WHERE ${where.join('\n  AND ')}`,
      `ORDER BY ${[keyset.cursor, ...keyset.keys].map((column) => `${column} DESC`).join(', ')}`,
      'LIMIT 1',
    ].join('\n'),
    parameters,
  });
}

/** How many rows are within bounds. */
export function countStatement(keyset: Keyset, input: JsonObject, bounds: Bounds): Statement {
  const { where, parameters } = conditions(keyset, bounds);
  return withTable(keyset, input, {
    statement: `SELECT count(*) AS n FROM ${keyset.from}\nWHERE ${where.join('\n  AND ')}`,
    parameters,
  });
}

/** The texts of a position's key, one per key column. */
export function keyTexts(keyset: Keyset, key: string): string[] {
  return keyset.keys.length === 1 ? [key] : (JSON.parse(key) as string[]);
}

/** The position's key for the texts of the key columns. */
export function keyOf(texts: string[]): string {
  return texts.length === 1 ? texts[0]! : JSON.stringify(texts);
}

/** The position that a person gave, in the form that rows give it. @throws ConnectorError ERR_CURSOR_COLUMN */
export function acceptPosition(keyset: Keyset, given: { value: string; key: string | null }): Position {
  const values = cursorValues(keyset.type);
  const value = values.position(values.parameter(given.value).value);
  if (given.key !== null && keyset.keys.length > 1 && !isTextList(given.key, keyset.keys.length)) {
    throw new ConnectorError('ERR_CURSOR_COLUMN', `the key "${given.key}" does not have one text for each key column`, {
      hint: `Use a JSON list of ${keyset.keys.length} texts, or omit the key to count every row with the value as read.`,
      errors: [{ pointer: '/key', message: `is not a JSON list of ${keyset.keys.length} texts` }],
    });
  }
  return { value, key: given.key };
}

function isTextList(text: string, length: number): boolean {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.length === length && list.every((item) => typeof item === 'string');
  } catch {
    return false;
  }
}

/** The conditions of the bounds, each of which must hold, and the parameters of their markers. */
export function conditions(
  keyset: Keyset,
  bounds: Bounds,
  afterMarker = 'cursor',
): { where: string[]; parameters: Statement['parameters'] } {
  const values = cursorValues(keyset.type);
  // A row without a cursor value has no place in the order; it is delivered once it gets one.
  const where = [`${keyset.cursor} IS NOT NULL`];
  const parameters: Statement['parameters'] = [];
  const bind = (name: string, value: string) => {
    parameters.push({ name, ...values.parameter(value) });
    return keyset.dialect.marker(name, keyset.type);
  };
  const compare = (position: Position & { value: string }, name: string, side: 'after' | 'through') => {
    const marker = bind(name, position.value);
    if (position.key === null)
      return side === 'after' ? `${keyset.cursor} > ${marker}` : `${keyset.cursor} <= ${marker}`;
    const texts = keyTexts(keyset, position.key);
    for (const [i, text] of texts.entries())
      parameters.push({ name: `${name}_key_${i}`, value: text, type: keyset.keyTypes[i]! });
    const { dialect, keyTypes } = keyset;
    const markers = [marker, ...texts.map((_, i) => dialect.keyMarker(`${name}_key_${i}`, keyTypes[i]!))];
    const columns = [keyset.cursor, ...keyset.keys];
    // The plain bound lets the service skip files; the tuple comparison alone would not.
    const bound = `${keyset.cursor} ${side === 'after' ? '>=' : '<='} ${marker}`;
    return `${bound} AND ${tuple(columns, markers, side)}`;
  };
  const { after, through } = bounds;
  if (after != null && after.value !== null)
    where.push(compare(after as Position & { value: string }, afterMarker, 'after'));
  if (bounds.fromValue !== undefined) where.push(`${keyset.cursor} >= ${bind('from_value', bounds.fromValue)}`);
  if (through !== undefined && through.value !== null) {
    where.push(compare(through as Position & { value: string }, 'through', 'through'));
  }
  if (bounds.until !== undefined) where.push(`${keyset.cursor} <= ${bind('until', bounds.until)}`);
  if (bounds.begin !== undefined) where.push(`${keyset.cursor} > ${bind('begin', bounds.begin)}`);
  // After infinity and NaN, which SQL sorts last, nothing could be found any more: left out, as those without a value.
  const placed = keyset.dialect.isPlaced?.(keyset.columns[0]!, keyset.type);
  if (placed !== undefined) where.push(placed);
  return { where, parameters };
}

/** `(a, b) > (x, y)` spelt out, which every SQL dialect reads alike; `through` is its opposite. */
function tuple(columns: string[], markers: string[], side: 'after' | 'through'): string {
  const parts = columns.map((column, i) => {
    const equal = columns.slice(0, i).map((before, j) => `${before} = ${markers[j]}`);
    const isLast = i === columns.length - 1;
    const operator = side === 'after' ? '>' : isLast ? '<=' : '<';
    return [...equal, `${column} ${operator} ${markers[i]}`].join(' AND ');
  });
  return `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

function withTable({ dialect }: Keyset, input: JsonObject, { statement, parameters }: Statement): Statement {
  return { statement, parameters: [...dialect.fromParameters(input), ...parameters] };
}
