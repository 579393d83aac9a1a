import {
  type DuckDBArrayType,
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { fieldName } from '../sql/spark-type.ts';

/** One entry of `manifest.schema.columns`. */
export interface Column {
  name: string;
  position: number;
  type_name: string;
  type_text: string;
  type_precision?: number;
  type_scale?: number;
  type_interval_type?: string;
}

const SCALARS: Partial<Record<DuckDBTypeId, [name: string, text: string]>> = {
  [DuckDBTypeId.BOOLEAN]: ['BOOLEAN', 'BOOLEAN'],
  [DuckDBTypeId.TINYINT]: ['BYTE', 'TINYINT'],
  [DuckDBTypeId.SMALLINT]: ['SHORT', 'SMALLINT'],
  [DuckDBTypeId.UTINYINT]: ['SHORT', 'SMALLINT'],
  [DuckDBTypeId.INTEGER]: ['INT', 'INT'],
  [DuckDBTypeId.USMALLINT]: ['INT', 'INT'],
  [DuckDBTypeId.BIGINT]: ['LONG', 'BIGINT'],
  [DuckDBTypeId.UINTEGER]: ['LONG', 'BIGINT'],
  // DuckDB sums integers as HUGEINT; Databricks as BIGINT, and fails beyond it
  [DuckDBTypeId.HUGEINT]: ['LONG', 'BIGINT'],
  [DuckDBTypeId.UBIGINT]: ['DECIMAL', 'DECIMAL(20,0)'],
  [DuckDBTypeId.UHUGEINT]: ['DECIMAL', 'DECIMAL(38,0)'],
  [DuckDBTypeId.FLOAT]: ['FLOAT', 'FLOAT'],
  [DuckDBTypeId.DOUBLE]: ['DOUBLE', 'DOUBLE'],
  [DuckDBTypeId.DATE]: ['DATE', 'DATE'],
  [DuckDBTypeId.TIMESTAMP]: ['TIMESTAMP', 'TIMESTAMP'],
  [DuckDBTypeId.TIMESTAMP_S]: ['TIMESTAMP', 'TIMESTAMP'],
  [DuckDBTypeId.TIMESTAMP_MS]: ['TIMESTAMP', 'TIMESTAMP'],
  [DuckDBTypeId.TIMESTAMP_NS]: ['TIMESTAMP', 'TIMESTAMP'],
  // what stores TIMESTAMP_NTZ
  [DuckDBTypeId.TIMESTAMP_TZ]: ['TIMESTAMP_NTZ', 'TIMESTAMP_NTZ'],
  [DuckDBTypeId.BLOB]: ['BINARY', 'BINARY'],
  [DuckDBTypeId.INTERVAL]: ['INTERVAL', 'INTERVAL DAY TO SECOND'],
  [DuckDBTypeId.SQLNULL]: ['NULL', 'VOID'],
};

/** Databricks' description of a result column. */
export function describeColumn(name: string, position: number, type: DuckDBType): Column {
  const [typeName, typeText] = describeType(type);
  const column: Column = { name, type_text: typeText, type_name: typeName, position };
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    column.type_precision = (type as DuckDBDecimalType).width;
    column.type_scale = (type as DuckDBDecimalType).scale;
  }
  if (typeName === 'DECIMAL' && column.type_precision === undefined) {
    column.type_precision = Number(/\d+/.exec(typeText)?.[0]);
    column.type_scale = 0;
  }
  if (typeName === 'INTERVAL') column.type_interval_type = 'DAY TO SECOND';
  return column;
}

/** Databricks' name (`LONG`) and SQL text (`BIGINT`) of a DuckDB type. */
export function describeType(type: DuckDBType): [name: string, text: string] {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const decimal = type as DuckDBDecimalType;
      return ['DECIMAL', `DECIMAL(${decimal.width},${decimal.scale})`];
    }
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return ['ARRAY', `ARRAY<${describeType((type as DuckDBListType | DuckDBArrayType).valueType)[1]}>`];
    case DuckDBTypeId.MAP: {
      const map = type as DuckDBMapType;
      return ['MAP', `MAP<${describeType(map.keyType)[1]}, ${describeType(map.valueType)[1]}>`];
    }
    case DuckDBTypeId.STRUCT: {
      const struct = type as DuckDBStructType;
      const fields = struct.entryNames.map(
        (name, index) => `${fieldName(name)}: ${describeType(struct.entryTypes[index] as DuckDBType)[1]}`,
      );
      return ['STRUCT', `STRUCT<${fields.join(', ')}>`];
    }
    default:
      // what stores VARIANT
      if (type.alias === 'JSON') return ['VARIANT', 'VARIANT'];
      return SCALARS[type.typeId] ?? ['STRING', 'STRING'];
  }
}

/** DuckDB expression for the text of a value as Databricks writes it in JSON_ARRAY and CSV; null stays null. */
export function textExpression(name: string, type: DuckDBType): string {
  const [typeName] = describeType(type);
  switch (typeName) {
    case 'TIMESTAMP':
      // milliseconds, as in 2026-01-02T03:04:05.000Z
      return `strftime(CAST(${name} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ')`;
    case 'TIMESTAMP_NTZ':
      return `strftime(CAST(${name} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')`;
    case 'BINARY':
      return `base64(${name})`;
    case 'ARRAY':
    case 'STRUCT':
    case 'MAP':
      return `CAST(to_json(${name}) AS VARCHAR)`;
    case 'DOUBLE':
    case 'FLOAT':
      return javaNumber(name);
    case 'LONG':
      return type.typeId === DuckDBTypeId.HUGEINT
        ? `CAST(CAST(${name} AS BIGINT) AS VARCHAR)`
        : `CAST(${name} AS VARCHAR)`;
    default:
      return `CAST(${name} AS VARCHAR)`;
  }
}

/** Tells whether the text of a type never holds a character that JSON or CSV must escape. */
export function isPlain(type: DuckDBType): boolean {
  return !['STRING', 'VARIANT', 'ARRAY', 'STRUCT', 'MAP'].includes(describeType(type)[0]);
}

/** DuckDB's text of a double as Java writes it. */
// Java writes 1.0E7 where DuckDB writes 10000000.0, and 1.5E-7 for 1.5e-07: the digits, a point after the first, and the exponent.
// Written out in place, because macros inside each other took DuckDB milliseconds to plan.
export function javaNumber(name: string): string {
  const text = `CAST(${name} AS VARCHAR)`;
  const digits = `rtrim(ltrim(regexp_replace(split_part(${text}, 'e', 1), '[-.]', '', 'g'), '0'), '0')`;
  const fraction = `split_part(${text}, '.', 2)`;
  const exponent = `CASE WHEN contains(${text}, 'e') THEN CAST(split_part(${text}, 'e', 2) AS INTEGER)
    WHEN abs(${name}) >= 1 THEN length(split_part(ltrim(${text}, '-'), '.', 1)) - 1
    ELSE length(ltrim(${fraction}, '0')) - length(${fraction}) - 1 END`;
  return `CASE WHEN ${name} = 0 OR (abs(${name}) >= 0.001 AND abs(${name}) < 10000000) THEN ${text}
    WHEN isnan(${name}) THEN 'NaN' WHEN NOT isfinite(${name}) THEN replace(${text}, 'inf', 'Infinity')
    ELSE regexp_replace(${digits}, '^(.)(.*)$', CASE WHEN ${name} < 0 THEN '-' ELSE '' END || '\\1.\\2')
      || CASE WHEN length(${digits}) = 1 THEN '0' ELSE '' END || 'E' || ${exponent} END`;
}
