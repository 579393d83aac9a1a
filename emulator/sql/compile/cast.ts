import { quoteText } from '../../database.ts';
import { javaNumber } from '../../results/columns.ts';
import { asDecimal } from '../common-type.ts';
import { SqlError, unsupported } from '../error.ts';
import {
  carrier,
  isFractional,
  isIntegral,
  isNumeric,
  isTime,
  type SparkType,
  STRING,
  sameType,
  typeText,
} from '../spark-type.ts';
import { microsOf, monthsOf } from './interval.ts';
import { raise } from './raise.ts';

const REACH: Record<string, string> = {
  tinyint: '127',
  smallint: '32767',
  int: '2147483647',
  bigint: '9223372036854775807',
};

/**
 * DuckDB's text of a cast, with the errors of ANSI mode; `attempt` gives NULL instead of an error.
 * @throws SqlError DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION when the types cannot be cast
 */
export function castSql(sql: string, from: SparkType, to: SparkType, attempt = false): string {
  // what fails, such as raise_error, is VOID too
  if (from.k === 'void') return isNull(sql) ? `CAST(NULL AS ${carrier(to)})` : `CAST(${sql} AS ${carrier(to)})`;
  if (sameType(from, to)) return sql;
  const made = cast(sql, from, to, attempt);
  if (made === undefined) throw cannotCast(from, to);
  return made;
}

const isNull = (sql: string): boolean => sql === 'NULL' || /^CAST\(NULL AS \w+\)$/.test(sql);

function cannotCast(from: SparkType, to: SparkType): SqlError {
  return new SqlError(
    'DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION',
    '42K09',
    `Cannot resolve the cast due to data type mismatch: cannot cast "${typeText(from)}" to "${typeText(to)}".`,
  );
}

function cast(sql: string, from: SparkType, to: SparkType, attempt: boolean): string | undefined {
  const verb = attempt ? 'TRY_CAST' : 'CAST';
  const type = carrier(to);
  if (to.k === 'string') return toText(sql, from);
  if (from.k === 'variant') return fromVariant(sql, to, attempt);
  if (to.k === 'variant')
    return isTime(from) || from.k === 'binary' || from.k === 'interval'
      ? undefined
      : from.k === 'string'
        ? `CAST(to_json(${sql}) AS JSON)`
        : `to_json(${sql})`;
  if (isNumeric(to)) {
    if (from.k === 'string') return textToNumber(sql, to, attempt);
    if (from.k === 'boolean') return `CAST(${sql} AS ${type})`;
    if (isNumeric(from)) return numberToNumber(sql, from, to, verb);
    if (from.k === 'timestamp' && isIntegral(to))
      return `${verb}(epoch_us(${sql}) // 1000000 - CASE WHEN epoch_us(${sql}) % 1000000 < 0 THEN 1 ELSE 0 END AS ${type})`;
    if (from.k === 'timestamp' && (isFractional(to) || to.k === 'decimal'))
      return `${verb}(epoch_us(${sql}) / 1000000 AS ${type})`;
    if (from.k === 'interval' && (isIntegral(to) || to.k === 'decimal') && UNIT_MICROS[from.text] !== undefined)
      return numberToNumber(
        `(${from.months ? monthsOf(sql) : microsOf(sql)} // ${UNIT_MICROS[from.text]})`,
        { k: 'bigint' },
        to,
        verb,
      );
    return undefined;
  }
  switch (to.k) {
    case 'boolean': {
      if (isNumeric(from)) return `(${sql} <> 0)`;
      if (from.k !== 'string') return undefined;
      const bad = attempt ? 'NULL' : invalid(sql, 'BOOLEAN');
      return `CASE WHEN ${sql} IS NULL THEN NULL WHEN lower(trim(${sql})) IN ('t','true','y','yes','1') THEN true WHEN lower(trim(${sql})) IN ('f','false','n','no','0') THEN false ELSE ${bad} END`;
    }
    case 'date':
      if (from.k === 'string') return `CAST(spark_${attempt ? 'try_' : ''}date(${sql}) AS DATE)`;
      return isTime(from) ? `CAST(${sql} AS DATE)` : undefined;
    case 'timestamp':
    case 'timestamp_ntz':
      if (from.k === 'string')
        return `CAST(spark_${attempt ? 'try_' : ''}${to.k === 'timestamp' ? 'timestamp' : 'ntz'}(${sql}) AS TIMESTAMP)`;
      if (isTime(from)) return `CAST(${sql} AS TIMESTAMP)`;
      if (to.k === 'timestamp' && isNumeric(from))
        return isIntegral(from)
          ? `make_timestamp(CAST(${sql} AS BIGINT) * 1000000)`
          : `make_timestamp(CAST(floor(${sql} * 1000000) AS BIGINT))`;
      return undefined;
    case 'binary':
      return from.k === 'string' ? `encode(${sql})` : undefined;
    case 'array': {
      if (from.k !== 'array') return undefined;
      const inner = cast1('_x', from.e, to.e, attempt);
      return inner && `list_transform(${sql}, lambda _x: ${inner})`;
    }
    case 'map': {
      if (from.k !== 'map') return undefined;
      const [key, value] = [
        cast1('_x.key', from.key, to.key, attempt),
        cast1('_x.value', from.value, to.value, attempt),
      ];
      return (
        key && value && `map_from_entries(list_transform(map_entries(${sql}), lambda _x: {'k': ${key}, 'v': ${value}}))`
      );
    }
    case 'struct': {
      if (from.k !== 'struct' || from.fields.length !== to.fields.length) return undefined;
      const fields = to.fields.map(({ name, type: fieldType }, index) => {
        const field = from.fields[index] as { name: string; type: SparkType };
        const inner = cast1(`(${sql})."${field.name}"`, field.type, fieldType, attempt);
        return inner && `"${name}" := ${inner}`;
      });
      return fields.includes(undefined)
        ? undefined
        : `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
    }
    case 'interval':
      if (from.k === 'interval') return from.months === to.months ? truncated(sql, to) : undefined;
      if (isIntegral(from) && UNIT_MICROS[to.text] !== undefined)
        return `${to.months ? 'to_months' : 'to_microseconds'}(CAST(${sql} AS ${to.months ? 'INTEGER' : 'BIGINT'}) * ${UNIT_MICROS[to.text]})`;
      if (from.k === 'string') throw unsupported(`the cast of a text to ${typeText(to)}`);
      return undefined;
    default:
      return undefined;
  }
}

/** Months or microseconds of the intervals that have one unit. */
const UNIT_MICROS: Record<string, number> = {
  'INTERVAL YEAR': 12,
  'INTERVAL MONTH': 1,
  'INTERVAL DAY': 86_400e6,
  'INTERVAL HOUR': 3_600e6,
  'INTERVAL MINUTE': 60e6,
  'INTERVAL SECOND': 1e6,
};

// what is smaller than the last unit goes
function truncated(sql: string, to: SparkType & { k: 'interval' }): string {
  const size = UNIT_MICROS[`INTERVAL ${to.text.split(' ').at(-1)}`] as number;
  if (to.text.endsWith('SECOND') || to.text.endsWith('MONTH')) return sql;
  return to.months
    ? `to_months(CAST(${monthsOf(sql)} // ${size} * ${size} AS INTEGER))`
    : `to_microseconds(${microsOf(sql)} // ${size} * ${size})`;
}

function cast1(sql: string, from: SparkType, to: SparkType, attempt: boolean): string | undefined {
  if (sameType(from, to)) return sql;
  if (from.k === 'void') return isNull(sql) ? `CAST(NULL AS ${carrier(to)})` : `CAST(${sql} AS ${carrier(to)})`;
  return cast(sql, from, to, attempt);
}

function fromVariant(sql: string, to: SparkType, attempt: boolean): string | undefined {
  if (to.k === 'array' || to.k === 'map' || to.k === 'struct')
    return `CAST(CAST(spark_from_variant(CAST(${sql} AS VARCHAR), ${quoteText(typeText(to))}, '${attempt}') AS JSON) AS ${carrier(to)})`;
  const text = `(${sql} ->> '$')`;
  if (to.k === 'string') return text;
  const plain = cast1(text, STRING, to, true);
  // a number's fraction is cut off; that of a text is an error
  const made = isIntegral(to)
    ? `CASE WHEN json_type(${sql}) = 'DOUBLE' THEN TRY_CAST(trunc(TRY_CAST(${text} AS DECIMAL(38, 12))) AS ${carrier(to)}) ELSE ${plain} END`
    : plain;
  if (attempt || made === undefined) return made;
  const error = raise(
    'INVALID_VARIANT_CAST',
    '22023',
    `'The variant value \`' || CAST(${sql} AS VARCHAR) || '\` cannot be cast into \`${typeText(to)}\`. Please use \`try_variant_get\` instead.'`,
  );
  return `CASE WHEN ${text} IS NULL THEN NULL ELSE coalesce(${made}, ${error}) END`;
}

function invalid(sql: string, type: string): string {
  return raise(
    'CAST_INVALID_INPUT',
    '22018',
    `'The value ''' || ${sql} || ''' of the type "STRING" cannot be cast to "${type}" because it is malformed. Correct the value as per the syntax, or change its target type. Use \`try_cast\` to tolerate malformed input and return NULL instead.'`,
  );
}

function textToNumber(sql: string, to: SparkType, attempt: boolean): string {
  const pattern = isIntegral(to)
    ? '\\s*[+-]?[0-9]+\\s*'
    : isFractional(to)
      ? '\\s*[+-]?([0-9]+\\.?[0-9]*([eE][+-]?[0-9]+)?|\\.[0-9]+([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])[dDfF]?\\s*'
      : '\\s*[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*';
  const bad = attempt ? 'NULL' : invalid(sql, typeText(to));
  const verb = attempt || isIntegral(to) || to.k === 'decimal' ? 'TRY_CAST' : 'CAST';
  const text = isFractional(to) ? `regexp_replace(trim(${sql}), '[dDfF]$', '')` : `trim(${sql})`;
  const source = isFractional(to)
    ? `CASE WHEN regexp_matches(${sql}, '^\\s*[+-]?[iI]') THEN trim(${sql}) ELSE ${text} END`
    : text;
  const made = `${verb}(${source} AS ${carrier(to)})`;
  const safe =
    isFractional(to) || attempt ? made : `coalesce(${made}, ${to.k === 'decimal' ? outOfRange(sql, to) : bad})`;
  return `CASE WHEN ${sql} IS NULL THEN NULL WHEN regexp_full_match(${sql}, '${pattern}') THEN ${safe} ELSE ${bad} END`;
}

function outOfRange(sql: string, to: SparkType): string {
  const { p, s } = asDecimal(to);
  return raise(
    'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION',
    '22003',
    `'The ' || CAST(${sql} AS VARCHAR) || ' rounded half up from ' || CAST(${sql} AS VARCHAR) || ' cannot be represented as Decimal(${p}, ${s}). If necessary set "ansi_mode" to "false" to bypass this error, and return NULL instead.'`,
  );
}

function numberToNumber(sql: string, from: SparkType, to: SparkType, verb: string): string {
  const type = carrier(to);
  if (isIntegral(to)) {
    if (isIntegral(from)) {
      const order = ['tinyint', 'smallint', 'int', 'bigint'];
      if (order.indexOf(from.k) <= order.indexOf(to.k)) return `CAST(${sql} AS ${type})`;
    }
    const value = isIntegral(from) ? sql : `trunc(${sql})`;
    if (verb === 'TRY_CAST') return `TRY_CAST(${value} AS ${type})`;
    const top = REACH[to.k] as string;
    // a double cannot hold 2^63 - 1: what is rounded up to 2^63 is beyond
    const fits =
      isFractional(from) && to.k === 'bigint'
        ? `${sql} >= -9223372036854775808 AND ${sql} < 9223372036854775808`
        : `${value} BETWEEN -${top} - 1 AND ${top}`;
    const error = raise(
      'CAST_OVERFLOW',
      '22003',
      `'The value ' || CAST(${sql} AS VARCHAR) || ' of the type "${typeText(from)}" cannot be cast to "${typeText(to)}" due to an overflow. Use \`try_cast\` to tolerate overflow and return NULL instead.'`,
    );
    return `CASE WHEN ${sql} IS NULL THEN NULL WHEN ${fits} THEN CAST(${value} AS ${type}) ELSE ${error} END`;
  }
  if (to.k === 'decimal') {
    const source = isFractional(from) ? `CAST(${sql} AS VARCHAR)` : sql;
    const { p, s } = asDecimal(from);
    const wide = !isFractional(from) && to.p - to.s >= p - s && to.s >= s;
    if (wide) return `CAST(${sql} AS ${type})`;
    if (verb === 'TRY_CAST') return `TRY_CAST(${source} AS ${type})`;
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE coalesce(TRY_CAST(${source} AS ${type}), ${outOfRange(sql, to)}) END`;
  }
  return `CAST(${sql} AS ${type})`;
}

/** DuckDB leaves out the zero before the point where every digit is after it. */
export function decimalText(sql: string, type: { p: number; s: number }): string {
  const text = `CAST(${sql} AS VARCHAR)`;
  return type.p > type.s ? text : `regexp_replace(${text}, '^(-?)[.]', '\\10.')`;
}

/** DuckDB's text of a value as `CAST(… AS STRING)` writes it. */
function toText(sql: string, from: SparkType): string | undefined {
  switch (from.k) {
    case 'string':
      return sql;
    case 'float':
    case 'double':
      return javaNumber(sql);
    case 'binary':
      return `decode(${sql})`;
    case 'variant':
      return `(${sql} ->> '$')`;
    case 'array': {
      const inner = toText('_x', from.e);
      return (
        inner && `('[' || array_to_string(list_transform(${sql}, lambda _x: coalesce(${inner}, 'null')), ', ') || ']')`
      );
    }
    case 'map': {
      const [key, value] = [toText('_x.key', from.key), toText('_x.value', from.value)];
      return (
        key &&
        value &&
        `('{' || array_to_string(list_transform(map_entries(${sql}), lambda _x: ${key} || ' -> ' || coalesce(${value}, 'null')), ', ') || '}')`
      );
    }
    case 'struct': {
      const fields = from.fields.map((field) => toText(`(${sql})."${field.name}"`, field.type));
      return fields.includes(undefined)
        ? undefined
        : `CASE WHEN ${sql} IS NULL THEN NULL ELSE '{' || ${fields.map((field) => `coalesce(${field}, 'null')`).join(` || ', ' || `)} || '}' END`;
    }
    case 'interval':
      return intervalText(sql, from.text);
    case 'void':
      return 'CAST(NULL AS VARCHAR)';
    case 'decimal':
      return decimalText(sql, from);
    default:
      return `CAST(${sql} AS VARCHAR)`;
  }
}

/** DuckDB's text of an interval, such as `INTERVAL '2-3' YEAR TO MONTH`. */
function intervalText(sql: string, type: string): string {
  return `spark_interval(CAST(epoch_us(to_days(0) + ${sql} - to_months(CAST(datepart('year', ${sql}) * 12 + datepart('month', ${sql}) AS INTEGER))) AS VARCHAR), CAST(datepart('year', ${sql}) * 12 + datepart('month', ${sql}) AS VARCHAR), ${quoteText(type)})`;
}
