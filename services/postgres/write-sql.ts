import { quoteName } from './names.ts';
import type { TableColumn } from './table-columns.ts';

/** The rows of a group, which are the one parameter, as a table `s` with the types of the columns. */
function sourceOf(columns: readonly TableColumn[]): string {
  const typed = columns.map(({ name, type, isBytes }) => `${quoteName(name)} ${isBytes ? 'text' : type}`);
  return `json_to_recordset($1::json) AS s(${typed.join(', ')})`;
}

/** A value of `s` as the column stores it. */
function storedOf({ name, isBytes }: TableColumn): string {
  return isBytes ? `decode(s.${quoteName(name)}, 'base64')` : `s.${quoteName(name)}`;
}

function listOf(columns: readonly TableColumn[], write: (column: TableColumn) => string): string {
  return columns.map(write).join(', ');
}

const named = ({ name }: TableColumn) => quoteName(name);

/** Inserts the rows; columns that they do not name get their defaults. */
export function insertSql(table: string, columns: readonly TableColumn[]): string {
  return `INSERT INTO ${table} (${listOf(columns, named)}) SELECT ${listOf(columns, storedOf)} FROM ${sourceOf(columns)}`;
}

/**
 * Updates the rows that are there and inserts the others. The update comes first, because an insert that leaves columns out would fail
 * on one that is NOT NULL though the row is there; ON CONFLICT takes those that others insert meanwhile. Gives `n`, the rows written.
 */
export function upsertSql(
  table: string,
  columns: readonly TableColumn[],
  of: { keys: readonly TableColumn[]; isUpdate: boolean },
): string {
  const { keys, isUpdate } = of;
  const values = columns.filter((column) => !keys.includes(column));
  const isSame = keys.map((key) => `t.${quoteName(key.name)} = ${storedOf(key)}`).join(' AND ');
  const set = values.map((column) => `${quoteName(column.name)} = ${storedOf(column)}`).join(', ');
  const from = sourceOf(columns);
  const insert = `INSERT INTO ${table} (${listOf(columns, named)})
    SELECT ${listOf(columns, storedOf)} FROM ${from} WHERE NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE ${isSame})
    ON CONFLICT (${listOf(keys, named)})`;
  if (!isUpdate || values.length === 0) {
    const there = isUpdate
      ? ` + (SELECT count(*) FROM ${from} WHERE EXISTS (SELECT 1 FROM ${table} AS t WHERE ${isSame}))`
      : '';
    return `WITH i AS (${insert} DO NOTHING RETURNING 1) SELECT (SELECT count(*) FROM i)${there} AS n`;
  }
  const excluded = values.map(({ name }) => `${quoteName(name)} = EXCLUDED.${quoteName(name)}`).join(', ');
  return `WITH u AS (UPDATE ${table} AS t SET ${set} FROM ${from} WHERE ${isSame} RETURNING 1),
    i AS (${insert} DO UPDATE SET ${excluded} RETURNING 1)
    SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM i) AS n`;
}

/** Deletes the rows that have the values. */
export function deleteSql(table: string, columns: readonly TableColumn[]): string {
  const isSame = columns.map((column) => `t.${quoteName(column.name)} = ${storedOf(column)}`).join(' AND ');
  return `DELETE FROM ${table} AS t USING ${sourceOf(columns)} WHERE ${isSame}`;
}

/** Numbers that are equal for keys which the types of their columns call equal, in the order of the rows. */
export function keyHashSql(keys: readonly TableColumn[], columns: readonly TableColumn[]): string {
  const typed = columns.map(({ name, type, isBytes }) => `${quoteName(name)} ${isBytes ? 'text' : type}`);
  const row = listOf(keys, storedOf);
  return `SELECT hash_record_extended(ROW(${row}), 0)::text AS hash
    FROM ROWS FROM (json_to_recordset($1::json) AS (${typed.join(', ')})) WITH ORDINALITY AS s(${listOf(columns, named)}, penstock_place)
    ORDER BY penstock_place`;
}
