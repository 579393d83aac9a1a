import { quoteText } from '../database.ts';
import { columnRows } from './information-columns.ts';
import { constraintOf, functionsOf, keysOf, routineRow, specific, tableOf, tableRows } from './information-rows.ts';
import { CHANGES, type Column, changes, int, type Parts, text, values } from './information-values.ts';
import type { Environment } from './session.ts';

/**
 * The columns of each view, in order; `from` makes the rows.
 * https://docs.databricks.com/sql/language-manual/sql-ref-information-schema
 */
const VIEWS: Record<string, { columns: Column[]; from: (parts: Parts) => string }> = {
  information_schema_catalog_name: {
    columns: text('catalog_name'),
    from: ({ catalogs }) =>
      values(
        text('catalog_name'),
        catalogs.map((catalog_name) => ({ catalog_name })),
      ),
  },
  catalogs: {
    columns: [...text('catalog_name', 'catalog_owner', 'comment'), ...CHANGES],
    from: (parts) =>
      values(
        VIEWS.catalogs?.columns ?? [],
        parts.catalogs.map((name) => {
          const meta = parts.environment.unity.catalogs.get(name);
          return { catalog_name: name, catalog_owner: meta?.owner, comment: meta?.comment, ...changes(meta) };
        }),
      ),
  },
  schemata: {
    columns: [...text('catalog_name', 'schema_name', 'schema_owner', 'comment'), ...CHANGES, ...text('collation')],
    from: (parts) => {
      const known = values(
        [...text('c', 's', 'schema_owner', 'comment'), ...CHANGES],
        parts.environment.unity.schemas.keys().map((key) => {
          const meta = parts.environment.unity.schemas.get(key);
          const [c, s] = key.split('.');
          return { c, s, schema_owner: meta?.owner, comment: meta?.comment, ...changes(meta) };
        }),
      );
      return `SELECT m.name AS catalog_name, d.schema_name, k.schema_owner, k.comment, k.created, k.created_by, k.last_altered, k.last_altered_by, 'UTF8_BINARY' AS collation
        FROM duckdb_schemas() d JOIN ${parts.names} ON d.database_name = m.duck LEFT JOIN (${known}) k ON k.c = m.name AND k.s = d.schema_name
        WHERE d.schema_name NOT IN ('main', 'information_schema', 'pg_catalog') AND NOT starts_with(d.schema_name, '__')
        UNION ALL SELECT m.name, 'information_schema', 'System user', 'Information schema (auto-created)', NULL, NULL, NULL, NULL, 'UTF8_BINARY' FROM ${parts.names}`;
    },
  },
  tables: {
    columns: [
      ...text(
        'table_catalog',
        'table_schema',
        'table_name',
        'table_type',
        'is_insertable_into',
        'commit_action',
        'table_owner',
        'comment',
      ),
      ...CHANGES,
      ...text('data_source_format', 'storage_path', 'storage_sub_directory'),
    ],
    from: (parts) =>
      `SELECT m.name AS table_catalog, d.schema_name AS table_schema, d.name AS table_name, coalesce(k.table_type, d.type) AS table_type,
        CASE WHEN d.type = 'VIEW' THEN 'NO' ELSE 'YES' END AS is_insertable_into, 'PRESERVE' AS commit_action, k.table_owner, k.comment,
        k.created, k.created_by, k.last_altered, k.last_altered_by,
        CASE WHEN d.type = 'VIEW' THEN NULL ELSE coalesce(k.data_source_format, 'DELTA') END AS data_source_format, k.storage_path, CAST(NULL AS VARCHAR) AS storage_sub_directory
        FROM (SELECT database_name, schema_name, table_name AS name, 'MANAGED' AS type FROM duckdb_tables() UNION ALL SELECT database_name, schema_name, view_name, 'VIEW' FROM duckdb_views() WHERE NOT internal) d
        JOIN ${parts.names} ON d.database_name = m.duck LEFT JOIN (${tableRows(parts)}) k ON k.c = m.name AND k.s = d.schema_name AND k.t = lower(d.name)
        WHERE NOT starts_with(d.schema_name, '__')`,
  },
  columns: {
    columns: [
      ...text('table_catalog', 'table_schema', 'table_name', 'column_name'),
      int('ordinal_position'),
      ...text('column_default', 'is_nullable', 'full_data_type', 'data_type'),
      ['character_maximum_length', 'BIGINT'],
      ['character_octet_length', 'BIGINT'],
      int('numeric_precision'),
      int('numeric_precision_radix'),
      int('numeric_scale'),
      int('datetime_precision'),
      ...text('interval_type'),
      ['interval_precision', 'BIGINT'],
      ['maximum_cardinality', 'BIGINT'],
      ...text(
        'is_identity',
        'identity_generation',
        'identity_start',
        'identity_increment',
        'identity_maximum',
        'identity_minimum',
        'identity_cycle',
        'is_generated',
        'generation_expression',
        'is_system_time_period_start',
        'is_system_time_period_end',
        'system_time_period_timestamp_generation',
        'is_updatable',
      ),
      int('partition_ordinal_position'),
      ...text('comment'),
    ],
    from: (parts) => columnRows(parts, VIEWS.columns?.columns ?? []),
  },
  views: {
    columns: [
      ...text(
        'table_catalog',
        'table_schema',
        'table_name',
        'view_definition',
        'check_option',
        'is_updatable',
        'is_insertable_into',
        'sql_path',
      ),
      ['is_materialized', 'BOOLEAN'],
    ],
    from: (parts) =>
      `SELECT k.c AS table_catalog, k.s AS table_schema, k.t AS table_name, k.view_definition, 'NONE' AS check_option, 'NO' AS is_updatable, 'NO' AS is_insertable_into, CAST(NULL AS VARCHAR) AS sql_path, false AS is_materialized
        FROM (${tableRows(parts)}) k WHERE k.table_type = 'VIEW'`,
  },
  routines: {
    columns: [
      ...text(
        'specific_catalog',
        'specific_schema',
        'specific_name',
        'routine_catalog',
        'routine_schema',
        'routine_name',
        'routine_owner',
        'routine_type',
        'data_type',
        'full_data_type',
        'routine_body',
        'routine_definition',
        'external_name',
        'external_language',
        'parameter_style',
        'is_deterministic',
        'sql_data_access',
        'is_null_call',
        'security_type',
        'as_locator',
        'comment',
      ),
      ...CHANGES,
    ],
    from: (parts) => values(VIEWS.routines?.columns ?? [], functionsOf(parts).map(routineRow)),
  },
  parameters: {
    columns: [
      ...text('specific_catalog', 'specific_schema', 'specific_name'),
      int('ordinal_position'),
      ...text(
        'parameter_mode',
        'is_result',
        'as_locator',
        'parameter_name',
        'data_type',
        'full_data_type',
        'comment',
        'parameter_default',
      ),
    ],
    from: (parts) =>
      values(
        VIEWS.parameters?.columns ?? [],
        functionsOf(parts).flatMap((meta) =>
          meta.input_params.parameters.map((param, index) => ({
            ...specific(meta),
            ordinal_position: index,
            parameter_mode: 'IN',
            is_result: 'NO',
            parameter_name: param.name,
            data_type: param.type_text.replace(/[(<].*/, ''),
            full_data_type: param.type_text.toLowerCase(),
            comment: param.comment,
            parameter_default: param.parameter_default,
          })),
        ),
      ),
  },
  volumes: {
    columns: [
      ...text(
        'volume_catalog',
        'volume_schema',
        'volume_name',
        'volume_type',
        'volume_owner',
        'comment',
        'storage_location',
      ),
      ...CHANGES,
    ],
    from: ({ environment, catalogs }) =>
      values(
        VIEWS.volumes?.columns ?? [],
        environment.unity.volumes
          .keys()
          .filter((key) => catalogs.includes(key.split('.')[0] as string))
          .map((key) => {
            const meta = environment.unity.volumes.get(key);
            const [volume_catalog, volume_schema, volume_name] = key.split('.');
            return {
              volume_catalog,
              volume_schema,
              volume_name,
              volume_type: meta?.volume_type,
              volume_owner: meta?.owner,
              comment: meta?.comment,
              storage_location: meta?.storage_location,
              ...changes(meta),
            };
          }),
      ),
  },
  table_constraints: {
    columns: text(
      'constraint_catalog',
      'constraint_schema',
      'constraint_name',
      'table_catalog',
      'table_schema',
      'table_name',
      'constraint_type',
      'is_deferrable',
      'initially_deferred',
      'enforced',
      'comment',
    ),
    from: (parts) =>
      values(
        VIEWS.table_constraints?.columns ?? [],
        keysOf(parts).map(({ place, key, type }) => ({
          ...constraintOf(place, key.name),
          ...tableOf(place),
          constraint_type: type,
          is_deferrable: 'NO',
          initially_deferred: 'NO',
          enforced: 'NO',
        })),
      ),
  },
  key_column_usage: {
    columns: [
      ...text(
        'constraint_catalog',
        'constraint_schema',
        'constraint_name',
        'table_catalog',
        'table_schema',
        'table_name',
        'column_name',
      ),
      int('ordinal_position'),
      int('position_in_unique_constraint'),
    ],
    from: (parts) =>
      values(
        VIEWS.key_column_usage?.columns ?? [],
        keysOf(parts).flatMap(({ place, key, type }) =>
          key.child_columns.map((column_name, index) => ({
            ...constraintOf(place, key.name),
            ...tableOf(place),
            column_name,
            ordinal_position: index + 1,
            position_in_unique_constraint: type === 'FOREIGN KEY' ? index + 1 : null,
          })),
        ),
      ),
  },
  constraint_column_usage: {
    columns: text(
      'table_catalog',
      'table_schema',
      'table_name',
      'column_name',
      'constraint_catalog',
      'constraint_schema',
      'constraint_name',
    ),
    from: (parts) =>
      values(
        VIEWS.constraint_column_usage?.columns ?? [],
        keysOf(parts).flatMap(({ place, key, parent, parentColumns }) =>
          parentColumns.map((column_name) => ({ ...tableOf(parent), column_name, ...constraintOf(place, key.name) })),
        ),
      ),
  },
  constraint_table_usage: {
    columns: text(
      'table_catalog',
      'table_schema',
      'table_name',
      'constraint_catalog',
      'constraint_schema',
      'constraint_name',
    ),
    from: (parts) =>
      values(
        VIEWS.constraint_table_usage?.columns ?? [],
        keysOf(parts).map(({ place, key, parent }) => ({ ...tableOf(parent), ...constraintOf(place, key.name) })),
      ),
  },
  referential_constraints: {
    columns: text(
      'constraint_catalog',
      'constraint_schema',
      'constraint_name',
      'unique_constraint_catalog',
      'unique_constraint_schema',
      'unique_constraint_name',
      'match_option',
      'update_rule',
      'delete_rule',
    ),
    from: (parts) =>
      values(
        VIEWS.referential_constraints?.columns ?? [],
        keysOf(parts)
          .filter(({ type }) => type === 'FOREIGN KEY')
          .map(({ place, key, parent }) => {
            const own = keysOf(parts).find(
              (other) => other.type === 'PRIMARY KEY' && other.place.join('.') === parent.join('.'),
            );
            const [unique_constraint_catalog, unique_constraint_schema] = parent;
            return {
              ...constraintOf(place, key.name),
              unique_constraint_catalog,
              unique_constraint_schema,
              unique_constraint_name: own?.key.name,
              match_option: 'FULL',
              update_rule: 'NO ACTION',
              delete_rule: 'NO ACTION',
            };
          }),
      ),
  },
};

/** The query behind `catalog.information_schema.view`, or undefined for any other name; `system.information_schema` covers every catalog. */
export function informationSchema(names: string[], environment: Environment): string | undefined {
  const [view, schema, catalog] = names.map((name) => name.toLowerCase()).reverse();
  if (schema !== 'information_schema' || view === undefined || names.length > 3) return undefined;
  const found = VIEWS[view];
  const wanted = catalog ?? environment.catalog;
  const known = [...environment.unity.duckNames()].filter(([name]) => wanted === 'system' || name === wanted);
  if (found === undefined || known.length === 0) return undefined;
  const pairs = known.map(([name, duck]) => `(${quoteText(duck)}, ${quoteText(name)})`).join(', ');
  return `(${found.from({ environment, catalogs: known.map(([name]) => name), names: `(VALUES ${pairs}) AS m(duck, name)` })})`;
}
