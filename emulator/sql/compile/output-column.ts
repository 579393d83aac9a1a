import { SqlError } from '../error.ts';
import { carrier, type SparkType } from '../spark-type.ts';
import type { Typed } from './scope.ts';

/** A column of a query's result. */
export interface OutputColumn {
  name: string;
  type: SparkType;
}

/** A translated query. */
export interface Compiled {
  sql: string;
  columns: OutputColumn[];
}

/** Columns of tables and other relations by their DuckDB text. */
export type Relations = Map<string, OutputColumn[]>;

/** A value as it stands in a select list. */
export function bare(value: Typed): string {
  if (value.type.k === 'void') return value.sql === 'NULL' ? 'NULL' : `CAST(${value.sql} AS INTEGER)`;
  return value.sql === 'NULL' ? `CAST(NULL AS ${carrier(value.type)})` : value.sql;
}

/** Columns under other names. @throws SqlError ASSIGNMENT_ARITY_MISMATCH */
export function rename(columns: OutputColumn[], names: string[]): OutputColumn[] {
  if (names.length === 0) return columns;
  if (names.length !== columns.length)
    throw new SqlError(
      'ASSIGNMENT_ARITY_MISMATCH',
      '42802',
      `The number of columns or variables assigned or aliased: ${names.length} does not match the number of source expressions: ${columns.length}.`,
    );
  return columns.map((column, index) => ({ name: names[index] as string, type: column.type }));
}

/** Names that differ for DuckDB, which compares them without case. */
export function unique(columns: OutputColumn[]): string[] {
  const seen = new Set<string>();
  return columns.map(({ name }, index) => {
    const key = name.toLowerCase();
    const free = name !== '' && !seen.has(key);
    seen.add(key);
    return free ? name : `${name} ${index}`;
  });
}
