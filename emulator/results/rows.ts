import type { DuckDBType } from '@duckdb/node-api';
import { quoteText } from '../database.ts';
import { isPlain, textExpression } from './columns.ts';

/** Wraps a query so that each row comes as one text: a JSON list of strings and nulls. */
export function jsonRows(query: string, types: DuckDBType[]): string {
  const cells = types.map((type, index) => textExpression(`c${index}`, type));
  // one to_json of a list is several times faster than texts joined with ||
  return rowQuery(query, types, `CAST(to_json([${cells.join(', ')}]) AS VARCHAR)`);
}

/** Wraps a query so that each row comes as one line of CSV; null is the word null, and text that reads so is quoted. */
export function csvRows(query: string, types: DuckDBType[]): string {
  const cells = types.map((type, index) => {
    const text = textExpression(`c${index}`, type);
    return `coalesce(${isPlain(type) ? text : quoted(text)}, 'null')`;
  });
  return rowQuery(query, types, `array_to_string([${cells.join(', ')}], ',') || chr(10)`);
}

/** The header line of a CSV result. */
export function csvHeader(names: string[]): string {
  return `${names.map((name) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',')}\n`;
}

// RFC 4180; empty text is quoted, so that it differs from nothing
function quoted(text: string): string {
  return `CASE WHEN regexp_matches(${text}, '^(?:null)?$|[,"\\r\\n]') THEN '"' || replace(${text}, '"', '""') || '"' ELSE ${text} END`;
}

/** A one-row or many-row query from constants, for statements whose result the emulator makes itself. */
export function constantRows(
  columns: { name: string; type: string }[],
  rows: (string | number | boolean | null)[][],
): string {
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  const cell = (value: string | number | boolean | null, type: string) =>
    `CAST(${value === null ? 'NULL' : typeof value === 'string' ? quoteText(value) : String(value)} AS ${type})`;
  if (rows.length === 0)
    return `SELECT ${columns.map((column) => `CAST(NULL AS ${column.type}) AS "${column.name}"`).join(', ')} WHERE false`;
  const values = rows.map(
    (row) => `(${row.map((value, index) => cell(value, columns[index]?.type ?? 'VARCHAR')).join(', ')})`,
  );
  return `SELECT * FROM (VALUES ${values.join(', ')}) AS t(${names})`;
}

function rowQuery(query: string, types: DuckDBType[], expression: string): string {
  return `SELECT ${expression} FROM (${query}\n) AS q(${types.map((_, index) => `c${index}`).join(', ')})`;
}
