import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type DuckDBConnection, DuckDBScalarFunction, type DuckDBVector, VARCHAR } from '@duckdb/node-api';
import { SqlError } from '../error.ts';
import { decodeBytes, encodeText, notBinary, toBinary } from './binary.ts';
import { castInvalid, dateText, makeTimestamp, timestampText } from './datetime.ts';
import { divide, minus, plus, quotient, times } from './decimal.ts';
import { MARK } from './error-mark.ts';
import { FORMAT_UDFS } from './format.ts';
import { formatTime } from './format-time.ts';
import { murmur3, xxHash64 } from './hashes.ts';
import { fromJson, jsonPath, parseVariant, toJsonText, variantPath } from './json.ts';
import { checkedPattern } from './like-escapes.ts';
import { intervalValue } from './name.ts';
import { parseTime } from './parse-time.ts';
import * as text from './text.ts';
import { zoneOffset } from './time-zone.ts';
import { fromVariant } from './variant-cast.ts';

type Udf = (...args: string[]) => string | null | undefined;

/** Functions that DuckDB has no equal of: texts in, text out; NULL for NULL. In SQL they are called `spark_<name>`. */
const UDFS: Record<string, Udf> = {
  date: (value) => dateText(value) ?? fail(castInvalid(value, 'DATE')),
  try_date: (value) => dateText(value),
  timestamp: (value) => timestampText(value) ?? fail(castInvalid(value, 'TIMESTAMP')),
  try_timestamp: (value) => timestampText(value),
  ntz: (value) => timestampText(value, true) ?? fail(castInvalid(value, 'TIMESTAMP_NTZ')),
  try_ntz: (value) => timestampText(value, true),
  make_timestamp: (...parts) =>
    makeTimestamp(parts as string[]) ??
    fail(
      new SqlError(
        'DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION',
        '22023',
        `Invalid value for a field of ${parts.join(', ')}. If necessary set "ansi_mode" to "false" to bypass this error.`,
      ),
    ),
  try_make_timestamp: (...parts) => makeTimestamp(parts as string[]),
  format_time: (value, pattern) => formatTime(value as string, pattern as string),
  parse_time: (value, pattern) =>
    parseTime(value as string, pattern as string) ??
    fail(
      new SqlError(
        'CANNOT_PARSE_TIMESTAMP',
        '22007',
        `Text '${value}' could not be parsed at index 0. Use \`try_to_timestamp\` to tolerate invalid input string and return NULL instead.`,
      ),
    ),
  try_parse_time: (value, pattern) => parseTime(value as string, pattern as string),
  to_zone: (value, zone) =>
    shift(
      value as string,
      zoneOffset(zone as string, Date.parse(`${(value as string).replace(' ', 'T').slice(0, 23)}Z`)),
    ),
  from_zone: (value, zone) =>
    shift(
      value as string,
      -zoneOffset(zone as string, Date.parse(`${(value as string).replace(' ', 'T').slice(0, 23)}Z`), true),
    ),
  interval: (micros, months, type) => {
    const units = (type as string).replace('INTERVAL ', '');
    return `INTERVAL '${intervalValue(Number(months), Number(micros), units)}' ${units}`;
  },
  interval_value: (micros, months, type) =>
    intervalValue(Number(months), Number(micros), (type as string).replace('INTERVAL ', '')),
  plus: (a, b, s, p) => plus(a as string, b as string, Number(s), Number(p)),
  minus: (a, b, s, p) => minus(a as string, b as string, Number(s), Number(p)),
  times: (a, b, s, p) => times(a as string, b as string, Number(s), Number(p)),
  divide: (a, b, s, p) => divide(a as string, b as string, Number(s), Number(p)),
  quotient: (a, b) => quotient(a as string, b as string),
  sha: (hex, bits) =>
    createHash(`sha${bits}`)
      .update(Buffer.from(hex as string, 'hex'))
      .digest('hex'),
  md5: (hex) => createHash('md5').update(Buffer.from(hex, 'hex')).digest('hex'),
  crc32: (hex) => String(crc32(Buffer.from(hex, 'hex'))),
  duck_type: (text) => duckTypeText(text as string),
  hash: murmur3,
  xxhash64: xxHash64,
  json_path: (value, path) => jsonPath(value as string, path as string),
  variant_path: (value, path) => variantPath(value as string, path as string),
  parse_json: (value) =>
    parseVariant(value) ??
    fail(
      new SqlError(
        'MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION',
        '22023',
        `Malformed records are detected in record parsing: ${value}. Parse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`,
      ),
    ),
  try_parse_json: (value) => parseVariant(value),
  from_json: (value, schema, options = '{}') => fromJson(value as string, schema as string, JSON.parse(options)),
  from_variant: (value, schema, attempt) => fromVariant(value as string, schema as string, attempt === 'true'),
  to_json: (value) => toJsonText(value),
  like_pattern: (pattern, letter) => checkedPattern(pattern as string, letter as string),
  skewness: (list) => skewness(JSON.parse(list)),
  shift: (name, bits, value, by) =>
    shiftBits(name as string, Number(bits), BigInt(value as string), BigInt(by as string)),
  expm1: (value) => java(Math.expm1(double(value))),
  log1p: (value) => (double(value) <= -1 ? null : java(Math.log1p(double(value)))),
  cbrt: (value) => java(Math.cbrt(double(value))),
  encode: (value, charset) => encodeText(value as string, charset as string).toString('hex'),
  decode: (hex, charset) => decodeBytes(Buffer.from(hex as string, 'hex'), charset as string),
  to_binary: (value, format) =>
    toBinary(value as string, format as string)?.toString('hex') ?? fail(notBinary(value as string, format as string)),
  try_to_binary: (value, format) => toBinary(value as string, format as string)?.toString('hex'),
  ...FORMAT_UDFS,
  ...text.UDFS,
};

// STRUCT(a INTEGER, b VARCHAR[]) as struct<a:int,b:array<string>>
function duckTypeText(text: string): string {
  const list = /^(.*)\[\]$/s.exec(text);
  if (list !== null) return `array<${duckTypeText(list[1] as string)}>`;
  const made = /^(STRUCT|MAP)\((.*)\)$/s.exec(text);
  if (made === null)
    return (
      {
        VARCHAR: 'string',
        INTEGER: 'int',
        BLOB: 'binary',
        JSON: 'variant',
        'TIMESTAMP WITH TIME ZONE': 'timestamp_ntz',
      }[text] ?? text.toLowerCase()
    );
  const parts = topLevel(made[2] as string);
  if (made[1] === 'MAP') return `map<${parts.map(duckTypeText).join(',')}>`;
  const field = (part: string) => /^("(?:[^"]|"")*"|\w+) (.*)$/s.exec(part);
  return `struct<${parts.map((part) => `${field(part)?.[1]?.replaceAll('"', '')}:${duckTypeText(field(part)?.[2] ?? '')}`).join(',')}>`;
}

function topLevel(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

// DuckDB writes inf and nan
function double(text: string): number {
  return { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }[text] ?? Number(text);
}

function java(value: number): string {
  return String(value);
}

// Java takes the amount modulo the width
function shiftBits(name: string, bits: number, value: bigint, by: bigint): string {
  const amount = BigInt.asUintN(bits === 64 ? 6 : 5, by);
  const made =
    name === 'shiftleft'
      ? value << amount
      : name === 'shiftright'
        ? value >> amount
        : BigInt.asUintN(bits, value) >> amount;
  return String(BigInt.asIntN(bits, made));
}

// moments as Spark updates them, so that the last digits are the same
function skewness(list: (number | null)[]): string | null {
  let [n, average, m2, m3] = [0, 0, 0, 0];
  for (const x of list) {
    if (x === null) continue;
    n += 1;
    const delta = x - average;
    const deltaN = delta / n;
    average += deltaN;
    m2 += delta * (delta - deltaN);
    m3 += -3 * deltaN * m2 + delta * (delta * delta - deltaN * deltaN);
  }
  if (n === 0 || m2 === 0) return null;
  return String((Math.sqrt(n) * m3) / Math.sqrt(m2 * m2 * m2));
}

function fail(error: SqlError): never {
  throw error;
}

function shift(value: string, millis: number): string {
  const [whole = '', fraction = ''] = value.split('.');
  const time = new Date(Date.parse(`${whole.replace(' ', 'T')}Z`) + millis).toISOString();
  return `${time.slice(0, 19).replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Registers the functions for every connection of the instance. */
export function registerFunctions(connection: DuckDBConnection): void {
  for (const [name, udf] of Object.entries(UDFS)) {
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: `spark_${name}`,
        returnType: VARCHAR,
        varArgsType: VARCHAR,
        mainFunction(info, input, output) {
          try {
            const columns: DuckDBVector[] = Array.from({ length: input.columnCount }, (_, index) =>
              input.getColumnVector(index),
            );
            for (let row = 0; row < input.rowCount; row += 1) {
              const args = columns.map((column) => column.getItem(row) as string | null);
              output.setItem(row, args.includes(null) ? null : (udf(...(args as string[])) ?? null));
            }
            output.flush();
          } catch (error) {
            info.setError(
              error instanceof SqlError
                ? `${MARK}${error.condition}|${error.sqlState}|${error.plain}`
                : `${MARK}INTERNAL_ERROR|XX000|${(error as Error).message}`,
            );
          }
        },
      }),
    );
  }
}
