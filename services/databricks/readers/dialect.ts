import type { JsonObject } from '../../../connector/manifest.ts';
import { readPath } from '../../../connector/template.ts';
import type { Dialect } from '../../../triggers/table/dialect.ts';
import { normalType } from '../../../triggers/table/sql-types.ts';
import { quoteIdentifier, quoteTable } from '../actions/sql-names.ts';
import { inlineRecovery, withDisposition } from './page-size.ts';

/** A column as a statement's result describes it. */
interface ResultColumn {
  name?: string;
  type_name?: string;
  type_text?: string;
}

/** Names of results for what SQL calls differently. */
const SQL_NAMES: Record<string, string> = { LONG: 'BIGINT', SHORT: 'SMALLINT', BYTE: 'TINYINT' };
const TEXT_TYPE = /^(STRING|CHAR|VARCHAR)\b/;

/** The SQL of Databricks, which names its columns' types as the reader of tables does. */
export const sparkSql: Dialect = Object.freeze({
  quote: quoteIdentifier,
  // The line breaks keep a comment at the end of the query from swallowing the bracket.
  from: ({ query }) => (typeof query === 'string' ? `(\n${query.replace(/;\s*$/, '')}\n)` : 'IDENTIFIER(:table)'),
  fromParameters: (input) =>
    typeof input.query === 'string' ? [] : [{ name: 'table', value: tableName(input), type: 'STRING' }],
  ordered: (column) => column,
  cursorText: (column, type) => textOf(type === 'TIMESTAMP' ? `unix_micros(${column})` : column),
  keyText: textOf,
  marker: (name, type) => (type === 'TIMESTAMP' ? `timestamp_micros(:${name})` : `:${name}`),
  keyMarker: (name) => `:${name}`,
  mark: (texts) => `xxhash64(${texts.join(', ')})`,
  countIf: (condition) => `count_if(${condition})`,
  xorIf: (condition, number) => textOf(`bit_xor(CASE WHEN ${condition} THEN ${number} END)`),
  numberText: textOf,
  now: 'CAST(unix_micros(current_timestamp()) AS STRING)',
  beside: (one, rows, order) => `SELECT * FROM (\n${one}\n) LEFT JOIN (\n${rows}\n) ON true\nORDER BY ${order}`,
  isPlaced: (column, type) =>
    type === 'DOUBLE' || type === 'FLOAT' ? `${column} < CAST('Infinity' AS ${type})` : undefined,
  // Tells where a table is and since when. Views have no such thing: the statement fails, and nothing can be said.
  identity: (input) => ({
    statement: 'DESCRIBE DETAIL IDENTIFIER(:table)',
    parameters: [{ name: 'table', value: tableName(input), type: 'STRING' }],
  }),
  readIdentity: (row) => ({
    createdAt: textIn(row, 'createdAt'),
    table: textIn(row, 'location') ?? textIn(row, 'id'),
  }),
  columnType,
  unordered,
  orderHint: (column) => `hex(${column}) or ${column} COLLATE UTF8_BINARY`,
  toInput: (statement) => ({ ...statement }) as unknown as JsonObject,
  ask: withDisposition,
  recover: inlineRecovery,
} satisfies Dialect);

/** The table of an input as SQL and `IDENTIFIER` take it whatever is in its name. */
export function tableName(input: JsonObject): string {
  return quoteTable(String(input.table), '/trigger/input/table');
}

/** The SQL type of a result's column, such as `DECIMAL(20,5)`; `undefined` when there is no such column. */
export function columnType(columns: unknown, name: string): string | undefined {
  const found = (Array.isArray(columns) ? (columns as ResultColumn[]) : []).find(
    (column) => column.name?.toLowerCase() === name.toLowerCase(),
  );
  const text = (found?.type_text ?? found?.type_name)?.toUpperCase().trim();
  if (text === undefined) return undefined;
  if (TEXT_TYPE.test(text)) return text.includes('COLLATE') ? text : 'STRING';
  return normalType(SQL_NAMES[text] ?? text);
}

function unordered(type: string): string | undefined {
  if (type.includes('COLLATE') && !type.includes('UTF8_BINARY'))
    return 'has a collation in which different texts are equal';
  if (/^(BINARY|BOOLEAN|ARRAY|MAP|STRUCT|VARIANT|INTERVAL|VOID|NULL)\b/.test(type)) return `is of type ${type}`;
  return undefined;
}

function textOf(expression: string): string {
  return `CAST(${expression} AS STRING)`;
}

function textIn(row: JsonObject | undefined, name: string): string | undefined {
  const value = readPath(row, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
