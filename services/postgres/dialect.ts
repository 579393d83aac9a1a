import { stringifyJson } from '../../connector/json.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { readPath } from '../../connector/template.ts';
import type { Dialect } from '../../triggers/table/dialect.ts';
import { smallerPage } from '../../triggers/table/page-size.ts';
import { quoteName, quoteTable } from './names.ts';

/** What the reader of tables calls the types that have an order of their own. All others are compared as the bytes of their text. */
const NAMES: Record<string, string> = {
  'timestamp with time zone': 'TIMESTAMP',
  'timestamp without time zone': 'TIMESTAMP_NTZ',
  date: 'DATE',
  bigint: 'BIGINT',
  integer: 'INT',
  smallint: 'SMALLINT',
  'double precision': 'DOUBLE',
  real: 'FLOAT',
  numeric: 'NUMERIC',
  uuid: 'UUID',
};
const SQL_TYPES: Record<string, string> = Object.fromEntries(Object.entries(NAMES).map(([sql, name]) => [name, sql]));
const TEXTS = new Set(['text', 'character varying', 'character', 'name', 'citext']);
/** Types whose values have no text of one form. */
const NO_KEY = new Set(['json', 'xml']);

/**
 * The SQL of PostgreSQL. The values of all markers are one parameter, a JSON object, so that markers have names. Texts are compared
 * byte by byte (COLLATE "C"), as they are here, whatever the collation of the database.
 */
export const postgresSql: Dialect = Object.freeze({
  quote: quoteName,
  // The line breaks keep a comment at the end of the query from swallowing the bracket.
  from: (input) =>
    typeof input.query === 'string' ? `(\n${input.query.replace(/;\s*$/, '')}\n) AS q` : quoteTable(input),
  fromParameters: () => [],
  ordered: (column, type) => (type in SQL_TYPES ? column : `${textOf(column)} COLLATE "C"`),
  cursorText: (column, type) => (type === 'TIMESTAMP' ? microsOf(column) : textOf(column)),
  keyText: textOf,
  marker: (name, type) => (type === 'TIMESTAMP' ? instantOf(`${parameterOf(name)}::bigint`) : cast(name, type)),
  keyMarker: cast,
  mark: (texts) => `hashtextextended(json_build_array(${texts.join(', ')})::text COLLATE "C", 0)`,
  countIf: (condition) => `count(*) FILTER (WHERE ${condition})`,
  xorIf: (condition, number) => textOf(`(bit_xor(${number}) FILTER (WHERE ${condition}))`),
  numberText: textOf,
  now: microsOf('clock_timestamp()'),
  beside: (one, rows, order) =>
    `SELECT * FROM (\n${one}\n) AS penstock_gauge LEFT JOIN (\n${rows}\n) AS penstock_rows ON true\nORDER BY ${order}`,
  isPlaced(column, type) {
    if (type === 'DOUBLE' || type === 'FLOAT') return `${column} < 'Infinity'`;
    if (type === 'NUMERIC') return `${textOf(column)} NOT IN ('NaN', 'Infinity', '-Infinity')`;
    return type === 'DATE' || type.startsWith('TIMESTAMP') ? `isfinite(${column})` : undefined;
  },
  identity: ({ schema = 'public', table }) => ({
    statement: `SELECT current_database() || '/' || c.oid AS id
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${parameterOf('schema')} AND c.relname = ${parameterOf('table')} AND c.relkind IN ('r', 'p', 'm', 'f')`,
    parameters: [
      { name: 'schema', value: String(schema), type: 'STRING' },
      { name: 'table', value: String(table), type: 'STRING' },
    ],
  }),
  readIdentity(row) {
    const id = readPath(row, 'id');
    return { table: typeof id === 'string' ? id : undefined };
  },
  columnType,
  unordered(type, role) {
    if (role === 'key') return NO_KEY.has(type) ? `is of type ${type}` : undefined;
    return type in SQL_TYPES || type === 'STRING' ? undefined : `is of type ${type}`;
  },
  orderHint: (column) => `${quoteName(column)}::text`,
  toInput({ statement, parameters }): JsonObject {
    if (parameters.length === 0) return { statement };
    const values = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
    return { statement, parameters: [stringifyJson(values)] };
  },
  recover: (position, size, error) =>
    error.code === 'ERR_RESPONSE_TOO_LARGE' ? smallerPage(position, size) : undefined,
} satisfies Dialect);

function columnType(columns: unknown, name: string): string | undefined {
  const all = Array.isArray(columns) ? (columns as JsonObject[]) : [];
  const found = all.find((column) => column.name === name)?.type_name;
  if (typeof found !== 'string') return undefined;
  const type = found.replace(/\(\d+(,-?\d+)?\)$/, '');
  return NAMES[type] ?? (TEXTS.has(type) ? 'STRING' : type);
}

function textOf(expression: string): string {
  return `${expression}::text`;
}

function parameterOf(name: string): string {
  return `($1::jsonb ->> '${name}')`;
}

function cast(name: string, type: string): string {
  return `${parameterOf(name)}::${SQL_TYPES[type] ?? 'text'}`;
}

function microsOf(expression: string): string {
  return `(extract(epoch FROM ${expression}) * 1000000)::bigint::text`;
}

/** Exact for every time: a number of microseconds times an interval would be rounded after the year 2255. */
function instantOf(micros: string): string {
  return `('epoch'::timestamptz + (${micros} / 1000000) * interval '1 second' + (${micros} % 1000000) * interval '1 microsecond')`;
}
