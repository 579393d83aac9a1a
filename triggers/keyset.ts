import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { cursorValues } from './cursor-values.ts';
import type { Position } from './position.ts';

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
  type: string;
  keys: string[];
  keyType: string;
}

/** Columns that carry cursor and key as exact text beside the row's own. */
export const CURSOR_TEXT = '_penstock_cursor';
export const KEY_TEXT = '_penstock_key';

/** Between which positions rows are wanted; both ends may be open. */
export interface Stretch {
  /** Rows behind this position; with a `null` key, behind everything at its value. */
  after?: Position | null;
  /** Rows at or above this value, instead of `after`. */
  fromValue?: string;
  /** Rows up to and including this position; with a `null` key, everything at its value too. */
  through?: Position;
}

/** An identifier as SQL writes it whatever it holds. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** The keyset of an accepted input. */
export function keysetOf(input: JsonObject): Keyset {
  const keys = [input.key_columns ?? input.key_column].flat().filter((name) => typeof name === 'string');
  return {
    // The line breaks keep a comment at the end of the query from swallowing the bracket.
    from: typeof input.query === 'string' ? `(\n${input.query.replace(/;\s*$/, '')}\n)` : 'IDENTIFIER(:table)',
    cursor: quoted(String(input.cursor_column)),
    type: String(input.cursor_type),
    keys: keys.map((name) => quoted(String(name))),
    keyType: String(input.key_type ?? 'STRING'),
  };
}

/** One page of rows in the order of cursor and keys. */
export function pageStatement(keyset: Keyset, input: JsonObject, page: { stretch: Stretch; limit: number }): Statement {
  const { where, parameters } = conditions(keyset, page.stretch);
  const values = cursorValues(keyset.type);
  const keyTexts = keyset.keys.map((key, i) => `  CAST(${key} AS STRING) AS ${KEY_TEXT}_${i}`);
  return withTable(input, {
    statement: [
      `SELECT *,\n  ${values.select(keyset.cursor)} AS ${CURSOR_TEXT},`,
      keyTexts.join(',\n'),
      `FROM ${keyset.from}`,
      `WHERE ${where.join('\n  AND ')}`,
      `ORDER BY ${[keyset.cursor, ...keyset.keys].map((column) => `${column} NULLS FIRST`).join(', ')}`,
      `LIMIT ${page.limit}`,
    ].join('\n'),
    parameters,
  });
}

/** The last row of all, for a start at the present. */
export function lastStatement(keyset: Keyset, input: JsonObject): Statement {
  const values = cursorValues(keyset.type);
  return withTable(input, {
    statement: [
      `SELECT ${values.select(keyset.cursor)} AS ${CURSOR_TEXT},`,
      keyset.keys.map((key, i) => `  CAST(${key} AS STRING) AS ${KEY_TEXT}_${i}`).join(',\n'),
      `FROM ${keyset.from}`,
      `WHERE ${keyset.cursor} IS NOT NULL`,
      `ORDER BY ${[keyset.cursor, ...keyset.keys].map((column) => `${column} DESC`).join(', ')}`,
      'LIMIT 1',
    ].join('\n'),
    parameters: [],
  });
}

export function countStatement(keyset: Keyset, input: JsonObject, stretch: Stretch): Statement {
  const { where, parameters } = conditions(keyset, stretch);
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
    throw new ConnectorError('ERR_CURSOR_COLUMN', `the key "${given.key}" has not one text for each key column`, {
      hint: `Give a JSON list of ${keyset.keys.length} texts, or no key, which is behind every row with that value.`,
      errors: [{ pointer: '/key', message: `is not a JSON list of ${keyset.keys.length} texts` }],
    });
  }
  return { value, key: given.key };
}

/**
 * Refuses rows that are in the order of another type than the one they are compared by: some would be passed over.
 * @throws ConnectorError ERR_CURSOR_COLUMN
 */
export function assertCursorType(keyset: Keyset, input: JsonObject, columns: unknown): void {
  const name = String(input.cursor_column);
  const found = (Array.isArray(columns) ? columns : []).find(
    (column: { name?: string }) => column.name?.toLowerCase() === name.toLowerCase(),
  ) as { type_name?: string; type_text?: string } | undefined;
  const actual = FAMILIES[found?.type_name ?? ''];
  if (actual === undefined || actual === FAMILIES[keyset.type.replace(/\(.*/, '')]) return;
  throw new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the cursor column "${name}" is of type ${found?.type_text ?? found?.type_name}, not ${keyset.type}`,
    {
      hint: 'Set cursor_type to the type that the column has now, and set or reset the cursor.',
      errors: [{ pointer: '/trigger/input/cursor_type', message: `is not the type of "${name}"` }],
    },
  );
}

/** Types in whose order their values compare alike, by the names of statement results and of parameters. */
const FAMILIES: { [type: string]: 'number' | 'text' | 'time' } = {
  ...Object.fromEntries(
    ['BYTE', 'SHORT', 'INT', 'LONG', 'FLOAT', 'DOUBLE', 'DECIMAL', 'BIGINT', 'SMALLINT', 'TINYINT'].map((type) => [
      type,
      'number' as const,
    ]),
  ),
  STRING: 'text',
  CHAR: 'text',
  DATE: 'time',
  TIMESTAMP: 'time',
  TIMESTAMP_NTZ: 'time',
};

function isTextList(text: string, length: number): boolean {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.length === length && list.every((item) => typeof item === 'string');
  } catch {
    return false;
  }
}

function conditions(keyset: Keyset, stretch: Stretch): { where: string[]; parameters: Statement['parameters'] } {
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
      parameters.push({ name: `${name}_key_${i}`, value: text, type: keyset.keyType });
    const markers = [marker, ...texts.map((_, i) => `:${name}_key_${i}`)];
    const columns = [keyset.cursor, ...keyset.keys];
    // The plain bound lets the service skip files; the tuple comparison alone would not.
    const bound = `${keyset.cursor} ${side === 'after' ? '>=' : '<='} ${marker}`;
    return `${bound} AND ${tuple(columns, markers, side)}`;
  };
  const { after, through } = stretch;
  if (after != null && after.value !== null)
    where.push(compare(after as Position & { value: string }, 'cursor', 'after'));
  if (stretch.fromValue !== undefined) where.push(`${keyset.cursor} >= ${bind('from_value', stretch.fromValue)}`);
  if (through !== undefined && through.value !== null) {
    where.push(compare(through as Position & { value: string }, 'through', 'through'));
  }
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

function withTable(input: JsonObject, statement: Statement): Statement {
  if (typeof input.query === 'string') return statement;
  return {
    ...statement,
    parameters: [{ name: 'table', value: String(input.table), type: 'STRING' }, ...statement.parameters],
  };
}
