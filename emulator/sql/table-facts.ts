import { type FullName, fullNameText } from '../unity/names.ts';
import type { Unity } from '../unity/registry.ts';

/** What DuckDB does not know of a column. */
export interface ColumnFacts {
  /** `varchar(10)` or `char(5)`, where the declared type has a length. */
  length?: { kind: 'char' | 'varchar'; most: number };
  /** The expression of GENERATED ALWAYS AS, as it was written. */
  generated?: string;
  /** The expression of DEFAULT, as it was written. */
  default?: string;
  /** `ALWAYS` or `BY DEFAULT`, and the counts. */
  identity?: { always: boolean; start: number; step: number };
}

/** A CHECK constraint, as it was written. */
export interface Check {
  name: string;
  expression: string;
}

/** A key of a table, in the form of the Tables API. */
export interface Key {
  primary_key_constraint?: { name: string; child_columns: string[] };
  foreign_key_constraint?: { name: string; child_columns: string[]; parent_table: string; parent_columns: string[] };
}

/** What a table's declaration says besides names and types; a part of its TableMeta. */
export interface TableFacts {
  /** By lower-case name of the column. */
  column_facts?: Record<string, ColumnFacts>;
  partition_columns?: string[];
  clustering_columns?: string[];
  checks?: Check[];
  table_constraints?: Key[];
}

/** The facts of a table; none for one that has none. */
export function factsOf(unity: Unity, full: FullName): TableFacts {
  return (unity.tables.get(fullNameText(full)) ?? {}) as TableFacts;
}

/** Whether a table's columns have physical names of their own, so that they can be renamed and dropped. */
export function hasColumnMapping(properties: Record<string, string> | undefined): boolean {
  return ['name', 'id'].includes((properties?.['delta.columnMapping.mode'] ?? '').toLowerCase());
}

/** The facts of a column. */
export function columnFacts(facts: TableFacts, name: string): ColumnFacts {
  return facts.column_facts?.[name.toLowerCase()] ?? {};
}

/** Keeps other facts of a table than before. */
export function changeFacts(unity: Unity, full: FullName, change: (facts: TableFacts) => TableFacts): void {
  const meta = unity.tableMeta(full, false);
  unity.tables.put(fullNameText(full), { ...meta, ...(change(meta as TableFacts) as object) });
}
