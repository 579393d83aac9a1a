import { quoteText } from '../database.ts';
import type { Environment } from './session.ts';

const COLUMNS_OF: Record<string, string> = {
  catalogs: 'SELECT DISTINCT m.name AS catalog_name FROM (VALUES $map) AS m(duck, name)',
  schemata:
    "SELECT m.name AS catalog_name, s.schema_name, CAST(NULL AS VARCHAR) AS comment FROM duckdb_schemas() s JOIN (VALUES $map) AS m(duck, name) ON s.database_name = m.duck WHERE s.schema_name NOT IN ('main', 'information_schema', 'pg_catalog') AND NOT starts_with(s.schema_name, '__')",
  tables:
    "SELECT m.name AS table_catalog, t.schema_name AS table_schema, t.name AS table_name, t.type AS table_type, 'YES' AS is_insertable_into FROM (SELECT database_name, schema_name, table_name AS name, 'MANAGED' AS type FROM duckdb_tables() UNION ALL SELECT database_name, schema_name, view_name, 'VIEW' FROM duckdb_views() WHERE NOT internal) t JOIN (VALUES $map) AS m(duck, name) ON t.database_name = m.duck WHERE NOT starts_with(t.schema_name, '__')",
  columns:
    "SELECT m.name AS table_catalog, c.schema_name AS table_schema, c.table_name, c.column_name, CAST(c.column_index - 1 AS INTEGER) AS ordinal_position, CASE WHEN c.is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, c.data_type, c.comment FROM duckdb_columns() c JOIN (VALUES $map) AS m(duck, name) ON c.database_name = m.duck WHERE NOT starts_with(c.schema_name, '__')",
};

/** The query behind `catalog.information_schema.view`, or undefined for any other name; `system.information_schema` covers every catalog. */
export function informationSchema(names: string[], environment: Environment): string | undefined {
  const [view, schema, catalog] = names.map((name) => name.toLowerCase()).reverse();
  if (schema !== 'information_schema' || view === undefined || names.length > 3) return undefined;
  const query = COLUMNS_OF[view];
  const wanted = catalog ?? environment.catalog;
  const known = [...environment.unity.duckNames()].filter(([name]) => wanted === 'system' || name === wanted);
  if (query === undefined || known.length === 0) return undefined;
  return `(${query.replace('$map', known.map(([name, duck]) => `(${quoteText(duck)}, ${quoteText(name)})`).join(', '))})`;
}
