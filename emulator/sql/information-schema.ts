import { quoteText } from '../database.ts';
import type { Meta } from '../unity/registry.ts';
import type { FunctionMeta } from './compile/user-functions.ts';
import type { Environment } from './session.ts';
import type { TableFacts } from './table-facts.ts';

/** A column of a view: its name, and DuckDB's type. */
type Column = [name: string, type: string];

type Row = Record<string, string | number | null | undefined>;

const text = (...names: string[]): Column[] => names.map((name) => [name, 'VARCHAR']);
const int = (name: string): Column => [name, 'INTEGER'];
const time = (...names: string[]): Column[] => names.map((name) => [name, 'TIMESTAMP']);
const CHANGES = [...time('created'), ...text('created_by'), ...time('last_altered'), ...text('last_altered_by')];

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

interface Parts {
  environment: Environment;
  catalogs: string[];
  /** Catalogs with the names of their databases, as a relation `m(duck, name)`. */
  names: string;
}

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

function values(columns: Column[], rows: Row[]): string {
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

function changes(meta: Meta | undefined): Row {
  const at = (millis: number | undefined) =>
    millis === undefined ? null : new Date(millis).toISOString().slice(0, -1).replace('T', ' ');
  return {
    created: at(meta?.created_at),
    created_by: meta?.created_by,
    last_altered: at(meta?.updated_at),
    last_altered_by: meta?.updated_by,
  };
}

function tableRows({ environment, catalogs }: Parts): string {
  return values(
    [
      ...text('c', 's', 't', 'table_type', 'table_owner', 'comment'),
      ...CHANGES,
      ...text('data_source_format', 'storage_path', 'view_definition'),
    ],
    environment.unity.tables
      .keys()
      .filter((key) => catalogs.includes(key.split('.')[0] as string))
      .map((key) => {
        const meta = environment.unity.tables.get(key);
        const [c, s, t] = key.split('.');
        return {
          c,
          s,
          t,
          table_type: meta?.table_type,
          table_owner: meta?.owner,
          comment: meta?.comment,
          ...changes(meta),
          data_source_format: meta?.data_source_format,
          storage_path: meta?.storage_location,
          view_definition: meta?.view_definition,
        };
      }),
  );
}

// DuckDB's names of types as Databricks has them; inner types are told by DESCRIBE only
const FULL_TYPE = `CASE c.data_type WHEN 'VARCHAR' THEN 'string' WHEN 'INTEGER' THEN 'int' WHEN 'BLOB' THEN 'binary' WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamp_ntz' WHEN 'JSON' THEN 'variant'
  ELSE spark_duck_type(c.data_type) END`;

function columnRows(parts: Parts): string {
  const facts = values(
    [
      ...text(
        'c',
        's',
        't',
        'col',
        'length',
        'column_default',
        'is_identity',
        'identity_generation',
        'identity_start',
        'identity_increment',
        'generation_expression',
      ),
      int('partition_position'),
    ],
    parts.environment.unity.tables.keys().flatMap((key) => {
      const meta = (parts.environment.unity.tables.get(key) ?? {}) as TableFacts;
      const [c, s, t] = key.split('.');
      const partitions = (meta.partition_columns ?? []).map((name) => name.toLowerCase());
      const named = new Set([...Object.keys(meta.column_facts ?? {}), ...partitions]);
      return [...named].map((col) => {
        const own = meta.column_facts?.[col];
        const at = partitions.indexOf(col);
        return {
          c,
          s,
          t,
          col,
          length: own?.length === undefined ? null : `${own.length.kind}(${own.length.most})`,
          column_default: own?.default,
          is_identity: own?.identity === undefined ? null : 'YES',
          identity_generation: own?.identity === undefined ? null : own.identity.always ? 'ALWAYS' : 'BY DEFAULT',
          identity_start: own?.identity === undefined ? null : String(own.identity.start),
          identity_increment: own?.identity === undefined ? null : String(own.identity.step),
          generation_expression: own?.generated,
          partition_position: at < 0 ? null : at + 1,
        };
      });
    }),
  );
  const views = VIEWS.columns?.columns ?? [];
  const made: Record<string, string> = {
    table_catalog: 'm.name',
    table_schema: 'c.schema_name',
    table_name: 'c.table_name',
    column_name: 'c.column_name',
    ordinal_position: 'c.column_index - 1',
    column_default: 'k.column_default',
    is_nullable: "CASE WHEN c.is_nullable THEN 'YES' ELSE 'NO' END",
    full_data_type: `coalesce(k.length, ${FULL_TYPE})`,
    data_type: `upper(regexp_extract(coalesce(k.length, ${FULL_TYPE}), '^[a-z_]+'))`,
    character_maximum_length: "CAST(nullif(regexp_extract(k.length, '[0-9]+'), '') AS BIGINT)",
    numeric_precision: 'c.numeric_precision',
    numeric_precision_radix:
      "CASE WHEN starts_with(c.data_type, 'DECIMAL') THEN 10 WHEN c.numeric_precision IS NULL THEN NULL ELSE 2 END",
    numeric_scale:
      "CASE WHEN starts_with(c.data_type, 'DECIMAL') OR c.data_type IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT') THEN c.numeric_scale END",
    datetime_precision: "CASE WHEN c.data_type = 'DATE' THEN 0 WHEN starts_with(c.data_type, 'TIMESTAMP') THEN 6 END",
    is_identity: "coalesce(k.is_identity, 'NO')",
    identity_generation: 'k.identity_generation',
    identity_start: 'k.identity_start',
    identity_increment: 'k.identity_increment',
    is_generated: "CASE WHEN k.generation_expression IS NULL THEN 'NO' ELSE 'YES' END",
    generation_expression: 'k.generation_expression',
    is_system_time_period_start: "'NO'",
    is_system_time_period_end: "'NO'",
    is_updatable: "CASE WHEN k.generation_expression IS NULL THEN 'YES' ELSE 'NO' END",
    partition_ordinal_position: 'k.partition_position',
    comment: 'c.comment',
  };
  const list = views.map(([name, type]) => `CAST(${made[name] ?? 'NULL'} AS ${type}) AS "${name}"`);
  return `SELECT ${list.join(', ')} FROM duckdb_columns() c JOIN ${parts.names} ON c.database_name = m.duck
    LEFT JOIN (${facts}) k ON k.c = m.name AND k.s = c.schema_name AND k.t = lower(c.table_name) AND k.col = lower(c.column_name)
    WHERE NOT c.internal AND NOT starts_with(c.schema_name, '__')`;
}

function functionsOf({ environment, catalogs }: Parts): FunctionMeta[] {
  return environment.unity.functions
    .values()
    .filter((meta) => catalogs.includes(String(meta.catalog_name))) as FunctionMeta[];
}

const specific = (meta: FunctionMeta): Row => ({
  specific_catalog: meta.catalog_name,
  specific_schema: meta.schema_name,
  specific_name: meta.name,
});

function routineRow(meta: FunctionMeta): Row {
  return {
    ...specific(meta),
    routine_catalog: meta.catalog_name,
    routine_schema: meta.schema_name,
    routine_name: meta.name,
    routine_owner: meta.owner,
    routine_type: 'FUNCTION',
    data_type: meta.return_params === undefined ? meta.full_data_type.replace(/[(<].*/, '') : 'TABLE_TYPE',
    full_data_type: meta.full_data_type.toLowerCase(),
    routine_body: meta.routine_body,
    routine_definition: meta.routine_definition,
    parameter_style: 'S',
    is_deterministic: 'YES',
    sql_data_access: 'CONTAINS',
    is_null_call: 'NO',
    security_type: 'DEFINER',
    as_locator: 'NO',
    comment: meta.comment,
    ...changes(meta),
  };
}

interface KeyRow {
  place: string[];
  key: { name: string; child_columns: string[] };
  type: 'PRIMARY KEY' | 'FOREIGN KEY';
  /** Where the columns are that the key stands for: the table itself, or the parent's. */
  parent: string[];
  parentColumns: string[];
}

function keysOf({ environment, catalogs }: Parts): KeyRow[] {
  return environment.unity.tables
    .keys()
    .filter((key) => catalogs.includes(key.split('.')[0] as string))
    .flatMap((name) => {
      const place = name.split('.');
      const facts = environment.unity.tables.get(name) as TableFacts;
      return (facts.table_constraints ?? []).flatMap(
        ({ primary_key_constraint: primary, foreign_key_constraint: foreign }): KeyRow[] => {
          if (primary !== undefined)
            return [{ place, key: primary, type: 'PRIMARY KEY', parent: place, parentColumns: primary.child_columns }];
          if (foreign === undefined) return [];
          return [
            {
              place,
              key: foreign,
              type: 'FOREIGN KEY',
              parent: foreign.parent_table.split('.'),
              parentColumns: foreign.parent_columns,
            },
          ];
        },
      );
    });
}

const tableOf = ([table_catalog, table_schema, table_name]: string[]): Row => ({
  table_catalog,
  table_schema,
  table_name,
});
const constraintOf = ([constraint_catalog, constraint_schema]: string[], constraint_name: string): Row => ({
  constraint_catalog,
  constraint_schema,
  constraint_name,
});
