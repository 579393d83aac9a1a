import { columnRows } from './information-columns.ts';
import { tableRows } from './information-rows.ts';
import { CHANGES, changes, int, placed, text, type View, values } from './information-values.ts';

/** Views of information_schema: catalogs, schemas, tables, columns, views and volumes. */
export const OBJECT_VIEWS: Record<string, View> = {
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
    from: (parts, columns) =>
      values(
        columns,
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
    from: columnRows,
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
    from: ({ environment, catalogs }, columns) =>
      values(
        columns,
        placed(environment.unity.volumes, catalogs).map(
          ({ place: [volume_catalog, volume_schema, volume_name], meta }) => ({
            volume_catalog,
            volume_schema,
            volume_name,
            volume_type: meta.volume_type,
            volume_owner: meta.owner,
            comment: meta.comment,
            storage_location: meta.storage_location,
            ...changes(meta),
          }),
        ),
      ),
  },
};
