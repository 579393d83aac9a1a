import type { DuckDBType } from '@duckdb/node-api';
import { quoteText } from '../database.ts';
import { isPlain, textExpression } from './columns.ts';

/** DuckDB's text of a cell's text, and whether it never holds a character that CSV must quote. */
export interface Cell {
  text: string;
  plain: boolean;
}

/** The cells of columns `c0`, `c1`, … of these types. */
export function textCells(types: DuckDBType[]): Cell[] {
  return types.map((type, index) => ({ text: textExpression(`c${index}`, type), plain: isPlain(type) }));
}

/** Wraps a query so that each row comes as one text: a JSON list of strings and nulls. */
export function jsonRows(query: string, cells: Cell[]): string {
  // one to_json of a list is several times faster than texts joined with ||
  return rowQuery(query, cells, `CAST(to_json([${cells.map((cell) => cell.text).join(', ')}]) AS VARCHAR)`);
}

/** Wraps a query so that each row comes as one line of CSV; null is the word null, and text that reads so is quoted. */
export function csvRows(query: string, given: Cell[]): string {
  const cells = given.map(({ text, plain }) => `coalesce(${plain ? text : quoted(text)}, 'null')`);
  return rowQuery(query, given, `array_to_string([${cells.join(', ')}], ',') || chr(10)`);
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

function rowQuery(query: string, cells: Cell[], expression: string): string {
  return `SELECT ${expression} FROM (${query}\n) AS q(${cells.map((_, index) => `c${index}`).join(', ')})`;
}
