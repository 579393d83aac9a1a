import { quoteText } from '../database.ts';
import type { Collection } from '../store.ts';
import type { Meta } from '../unity/registry.ts';
import type { Environment } from './session.ts';

/** A column of a view: its name, and DuckDB's type. */
export type Column = [name: string, type: string];

export type Row = Record<string, string | number | null | undefined>;

export const text = (...names: string[]): Column[] => names.map((name) => [name, 'VARCHAR']);
export const int = (name: string): Column => [name, 'INTEGER'];
const time = (...names: string[]): Column[] => names.map((name) => [name, 'TIMESTAMP']);
export const CHANGES = [...time('created'), ...text('created_by'), ...time('last_altered'), ...text('last_altered_by')];

export interface Parts {
  environment: Environment;
  catalogs: string[];
  /** Catalogs with the names of their databases, as a relation `m(duck, name)`. */
  names: string;
}

/** What is kept of the objects in the catalogs, each with the parts of its name. */
export function placed<T>(collection: Collection<T>, catalogs: string[]): { place: string[]; meta: T }[] {
  return collection
    .keys()
    .map((key) => ({ place: key.split('.'), meta: collection.get(key) as T }))
    .filter(({ place }) => catalogs.includes(place[0] as string));
}

export function values(columns: Column[], rows: Row[]): string {
  const cell = (value: Row[string], type: string) =>
    value === null || value === undefined
      ? `CAST(NULL AS ${type})`
      : `CAST(${typeof value === 'number' ? value : quoteText(value)} AS ${type})`;
  const list = columns.map(([name]) => `"${name}"`).join(', ');
  const made = rows.map((row) => `(${columns.map(([name, type]) => cell(row[name], type)).join(', ')})`);
  if (made.length === 0)
    return `SELECT ${columns.map(([name, type]) => `CAST(NULL AS ${type}) AS "${name}"`).join(', ')} WHERE false`;
  return `SELECT * FROM (VALUES ${made.join(', ')}) AS v(${list})`;
}

export function changes(meta: Meta | undefined): Row {
  const at = (millis: number | undefined) =>
    millis === undefined ? null : new Date(millis).toISOString().slice(0, -1).replace('T', ' ');
  return {
    created: at(meta?.created_at),
    created_by: meta?.created_by,
    last_altered: at(meta?.updated_at),
    last_altered_by: meta?.updated_by,
  };
}

/**
 * A view of information_schema: its columns in order; `from` makes the rows.
 * https://docs.databricks.com/sql/language-manual/sql-ref-information-schema
 */
export interface View {
  columns: Column[];
  from: (parts: Parts, columns: Column[]) => string;
}
