import { ConnectorError } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import type { Position } from '../../../triggers/position.ts';
import { quoteIdentifier, quoteTable } from '../actions/sql-names.ts';
import { cursorValues } from './cursor-values.ts';

/** A SQL statement with the parameters of its markers. */
export interface Statement {
  statement: string;
  parameters: { name: string; value: string; type: string }[];
}

/** The columns by which rows are put in order: the cursor column, then the key columns. */
export interface Keyset {
  /** FROM clause without the word. */
  from: string;
  cursor: string;
  /** SQL type of the cursor column. */
  type: string;
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
export function keysetOf(input: JsonObject, types: readonly string[] = []): Keyset {
  const keys = keyColumns(input);
  const [type = String(input.cursor_type), ...keyTypes] = types;
  return {
    // The line breaks keep a comment at the end of the query from swallowing the bracket.
    from: typeof input.query === 'string' ? `(\n${input.query.replace(/;\s*$/, '')}\n)` : 'IDENTIFIER(:table)',
    cursor: quoteIdentifier(String(input.cursor_column)),
    type,
    keys: keys.map(quoteIdentifier),
    keyTypes: keys.map((_, i) => keyTypes[i] ?? String(input.key_type ?? 'STRING')),
  };
}

/** The names of the key columns. */
export function keyColumns(input: JsonObject): string[] {
  return [input.key_columns ?? input.key_column].flat().filter((name) => typeof name === 'string');
}

/** A statement that finds no row and tells the types of the columns. */
export function typesStatement(keyset: Keyset, input: JsonObject): Statement {
  return withTable(input, {
    statement: `SELECT ${[keyset.cursor, ...keyset.keys].join(', ')} FROM ${keyset.from} LIMIT 0`,
    parameters: [],
  });
}

/** One page of rows in the order of cursor and keys, beside what a gauge counts; a page without rows is one row of nulls beside it. */
export function pageStatement(
  keyset: Keyset,
  input: JsonObject,
  page: { bounds: Bounds; limit: number; hasMarks?: boolean; gauge?: Statement | undefined },
): Statement {
  const { where, parameters } = conditions(keyset, page.bounds);
  const values = cursorValues(keyset.type);
  const columns = [
    '*',
    `${values.select(keyset.cursor)} AS ${CURSOR_TEXT}`,
    ...keyset.keys.map((key, i) => `CAST(${key} AS STRING) AS ${KEY_TEXT}_${i}`),
    ...(page.hasMarks !== true ? [] : [`CAST(${rowMark(keyset)} AS STRING) AS ${ROW_MARK}`]),
  ];
  const order = [keyset.cursor, ...keyset.keys].map((column) => `${column} NULLS FIRST`).join(', ');
  const rows = [
    `SELECT ${columns.join(',\n  ')}`,
    `FROM ${keyset.from}`,
    `WHERE ${where.join('\n  AND ')}`,
    `ORDER BY ${order}`,
    `LIMIT ${page.limit}`,
  ].join('\n');
  if (page.gauge === undefined) return withTable(input, { statement: rows, parameters });
  return withTable(input, {
    statement: `SELECT * FROM (\n${page.gauge.statement}\n) LEFT JOIN (\n${rows}\n) ON true\nORDER BY ${order}`,
    parameters: merged(parameters, page.gauge.parameters),
  });
}

/** A number that stands for the place of a row: its cursor value and its keys. */
export function rowMark(keyset: Keyset): string {
  const values = cursorValues(keyset.type);
  return `xxhash64(${[values.select(keyset.cursor), ...keyset.keys.map((key) => `CAST(${key} AS STRING)`)].join(', ')})`;
}

/** Each marker once: two parts of a statement may use the same. */
function merged(...lists: Statement['parameters'][]): Statement['parameters'] {
  return [...new Map(lists.flat().map((parameter) => [parameter.name, parameter])).values()];
}

/** The last row within bounds, for a start at the present. */
export function lastStatement(keyset: Keyset, input: JsonObject, bounds: Bounds = {}): Statement {
  const { where, parameters } = conditions(keyset, bounds);
  const values = cursorValues(keyset.type);
  return withTable(input, {
    statement: [
      `SELECT ${[keyset.cursor, ...keyset.keys].join(', ')}, ${values.select(keyset.cursor)} AS ${CURSOR_TEXT},`,
      keyset.keys.map((key, i) => `  CAST(${key} AS STRING) AS ${KEY_TEXT}_${i}`).join(',\n'),
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
  return withTable(input, {
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
    return values.marker(name);
  };
  const compare = (position: Position & { value: string }, name: string, side: 'after' | 'through') => {
    const marker = bind(name, position.value);
    if (position.key === null)
      return side === 'after' ? `${keyset.cursor} > ${marker}` : `${keyset.cursor} <= ${marker}`;
    const texts = keyTexts(keyset, position.key);
    for (const [i, text] of texts.entries())
      parameters.push({ name: `${name}_key_${i}`, value: text, type: keyset.keyTypes[i]! });
    const markers = [marker, ...texts.map((_, i) => `:${name}_key_${i}`)];
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
  const top = topOf(keyset);
  if (top !== undefined) where.push(top);
  return { where, parameters };
}

/** After infinity and NaN, which SQL sorts last, nothing could be found any more: such rows are left out, as those without a value. */
function topOf(keyset: Keyset): string | undefined {
  if (keyset.type !== 'DOUBLE' && keyset.type !== 'FLOAT') return undefined;
  return `${keyset.cursor} < CAST('Infinity' AS ${keyset.type})`;
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

/** The table of an input as SQL and `IDENTIFIER` take it whatever is in its name. */
export function tableName(input: JsonObject): string {
  return quoteTable(String(input.table), '/trigger/input/table');
}

function withTable(input: JsonObject, statement: Statement): Statement {
  if (typeof input.query === 'string') return statement;
  return {
    ...statement,
    parameters: [{ name: 'table', value: tableName(input), type: 'STRING' }, ...statement.parameters],
  };
}
