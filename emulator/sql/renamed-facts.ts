import type { Key, TableFacts } from './table-facts.ts';

/** What a table's declaration says once a column has another name. */
export function renamedFacts(facts: TableFacts, from: string, to: string): TableFacts {
  const rename = (name: string) => (name.toLowerCase() === from.toLowerCase() ? to : name);
  const { column_facts = {}, partition_columns, clustering_columns, table_constraints } = facts;
  return {
    column_facts: Object.fromEntries(
      Object.entries(column_facts).map(([name, own]) => [rename(name).toLowerCase(), own]),
    ),
    ...(partition_columns === undefined ? {} : { partition_columns: partition_columns.map(rename) }),
    ...(clustering_columns === undefined ? {} : { clustering_columns: clustering_columns.map(rename) }),
    ...(table_constraints === undefined
      ? {}
      : { table_constraints: table_constraints.map((key) => renamed(key, rename)) }),
  };
}

function renamed(key: Key, rename: (name: string) => string): Key {
  const { primary_key_constraint: primary, foreign_key_constraint: foreign } = key;
  return {
    ...key,
    ...(primary === undefined
      ? {}
      : { primary_key_constraint: { ...primary, child_columns: primary.child_columns.map(rename) } }),
    ...(foreign === undefined
      ? {}
      : { foreign_key_constraint: { ...foreign, child_columns: foreign.child_columns.map(rename) } }),
  };
}
