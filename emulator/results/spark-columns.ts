import { quoteText } from '../database.ts';
import { decimalText } from '../sql/compile/cast.ts';
import { type SparkType, typeText } from '../sql/spark-type.ts';
import { type Column, javaNumber } from './columns.ts';

const NAMES: Record<string, string> = { tinyint: 'BYTE', smallint: 'SHORT', int: 'INT', bigint: 'LONG', void: 'NULL' };

/** Databricks' description of a result column. */
export function describeSparkColumn(name: string, position: number, type: SparkType): Column {
  const column: Column = {
    name,
    type_text: typeText(type),
    type_name: NAMES[type.k] ?? type.k.toUpperCase(),
    position,
  };
  if (type.k === 'decimal') {
    column.type_precision = type.p;
    column.type_scale = type.s;
  }
  if (type.k === 'interval') column.type_interval_type = type.text.replace('INTERVAL ', '');
  return column;
}

/** Whether a value's text never holds a character that JSON or CSV must escape. */
export function isPlainSpark(type: SparkType): boolean {
  return !['string', 'array', 'map', 'struct', 'variant'].includes(type.k);
}

/** DuckDB's text of a value's text as JSON_ARRAY and CSV have it; inner values are texts too. */
export function sparkText(sql: string, type: SparkType): string {
  switch (type.k) {
    case 'array':
    case 'map':
    case 'struct':
      return `CAST(${inner(sql, type)} AS VARCHAR)`;
    default:
      return scalarText(sql, type);
  }
}

function scalarText(sql: string, type: SparkType): string {
  switch (type.k) {
    case 'string':
      return sql;
    case 'timestamp':
      return `strftime(${sql}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
    case 'timestamp_ntz':
      return `strftime(${sql}, '%Y-%m-%dT%H:%M:%S.%g')`;
    case 'binary':
      return `to_base64(${sql})`;
    case 'float':
    case 'double':
      return javaNumber(sql);
    case 'decimal':
      return decimalText(sql, type);
    case 'interval':
      return `spark_interval_value(CAST(epoch_us(TIMESTAMP '1970-01-01' + CASE WHEN ${type.months} THEN to_days(0) ELSE ${sql} END) AS VARCHAR), CAST(${type.months ? `datepart('year', ${sql}) * 12 + datepart('month', ${sql})` : '0'} AS VARCHAR), ${quoteText(type.text)})`;
    default:
      return `CAST(${sql} AS VARCHAR)`;
  }
}

// JSON of a value within another
function inner(sql: string, type: SparkType): string {
  switch (type.k) {
    case 'array':
      return `to_json(list_transform(${sql}, lambda _v: ${inner('_v', type.e)}))`;
    case 'map':
      return `to_json(map_from_entries(list_transform(map_entries(${sql}), lambda _v: {'k': ${scalarText('_v.key', type.key)}, 'v': ${inner('_v.value', type.value)}})))`;
    case 'struct': {
      const fields = type.fields.map((field) => {
        const name = field.name.replaceAll('"', '""');
        return `${quoteText(field.name)}, ${inner(`(${sql})."${name}"`, field.type)}`;
      });
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE json_object(${fields.join(', ')}) END`;
    }
    case 'variant':
      return sql;
    default:
      return `to_json(${scalarText(sql, type)})`;
  }
}
