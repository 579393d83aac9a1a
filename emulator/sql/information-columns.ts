import { type Column, int, type Parts, text, values } from './information-values.ts';
import type { TableFacts } from './table-facts.ts';

// DuckDB's names of types as Databricks has them; inner types are told by DESCRIBE only
const FULL_TYPE = `CASE c.data_type WHEN 'VARCHAR' THEN 'string' WHEN 'INTEGER' THEN 'int' WHEN 'BLOB' THEN 'binary' WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamp_ntz' WHEN 'JSON' THEN 'variant'
  ELSE spark_duck_type(c.data_type) END`;

/** The rows of information_schema.columns. */
export function columnRows(parts: Parts, views: Column[]): string {
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
