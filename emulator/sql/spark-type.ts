import type { DuckDBType } from '@duckdb/node-api';
import { describeType } from '../results/columns.ts';
import { SqlError } from './error.ts';

/** A Databricks SQL type. `timestamp` is TIMESTAMP, which the emulator keeps in UTC. */
export type SparkType =
  | { k: Scalar }
  | { k: 'decimal'; p: number; s: number }
  | { k: 'array'; e: SparkType }
  | { k: 'map'; key: SparkType; value: SparkType }
  | { k: 'struct'; fields: { name: string; type: SparkType }[] }
  | { k: 'interval'; months: boolean; text: string };

type Scalar =
  | 'void'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  | 'variant';

const scalar = (k: Scalar): SparkType => ({ k });
export const VOID = scalar('void');
export const BOOLEAN = scalar('boolean');
export const INT = scalar('int');
export const BIGINT = scalar('bigint');
export const DOUBLE = scalar('double');
export const STRING = scalar('string');
export const BINARY = scalar('binary');
export const DATE = scalar('date');
export const TIMESTAMP = scalar('timestamp');
export const NTZ = scalar('timestamp_ntz');
export const VARIANT = scalar('variant');

/** DECIMAL(p, s). */
export const decimal = (p: number, s: number): SparkType => ({ k: 'decimal', p, s });
/** ARRAY<e>. */
export const arrayOf = (e: SparkType): SparkType => ({ k: 'array', e });
/** MAP<key, value>. */
export const mapOf = (key: SparkType, value: SparkType): SparkType => ({ k: 'map', key, value });

const NAMES: Record<string, Scalar> = {
  STRING: 'string',
  VARCHAR: 'string',
  CHAR: 'string',
  CHARACTER: 'string',
  BOOLEAN: 'boolean',
  BYTE: 'tinyint',
  TINYINT: 'tinyint',
  SHORT: 'smallint',
  SMALLINT: 'smallint',
  INT: 'int',
  INTEGER: 'int',
  LONG: 'bigint',
  BIGINT: 'bigint',
  FLOAT: 'float',
  REAL: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_LTZ: 'timestamp',
  TIMESTAMP_NTZ: 'timestamp_ntz',
  BINARY: 'binary',
  VOID: 'void',
  VARIANT: 'variant',
};
const DUCK: Record<Scalar, string> = {
  void: 'INTEGER',
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamp_ntz: 'TIMESTAMP',
  variant: 'JSON',
};

/** The type as SQL writes it, such as `ARRAY<STRUCT<a: INT>>`. */
export function typeText(type: SparkType): string {
  switch (type.k) {
    case 'decimal':
      return `DECIMAL(${type.p},${type.s})`;
    case 'array':
      return `ARRAY<${typeText(type.e)}>`;
    case 'map':
      return `MAP<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'struct':
      return `STRUCT<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
    case 'interval':
      return type.text;
    default:
      return type.k.toUpperCase();
  }
}

/** The DuckDB type that carries values of a type. */
export function carrier(type: SparkType): string {
  switch (type.k) {
    case 'decimal':
      return `DECIMAL(${type.p},${type.s})`;
    case 'array':
      return `${carrier(type.e)}[]`;
    case 'map':
      return `MAP(${carrier(type.key)}, ${carrier(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `"${field.name.replaceAll('"', '""')}" ${carrier(field.type)}`).join(', ')})`;
    case 'interval':
      return 'INTERVAL';
    default:
      return DUCK[type.k];
  }
}

/** The type of a stored column: TIMESTAMPTZ stands for TIMESTAMP_NTZ and JSON for VARIANT. */
export function fromDuck(type: DuckDBType): SparkType {
  const text = String(type);
  if (text === 'TIMESTAMP WITH TIME ZONE' || text === 'TIMESTAMPTZ') return NTZ;
  if (type.alias === 'JSON' || text === 'JSON') return VARIANT;
  const [, described] = describeType(type);
  return parseType(described);
}

/**
 * Reads a type such as `DECIMAL(10,2)` or `ARRAY<STRUCT<a: INT>>`.
 * @throws SqlError UNSUPPORTED_DATATYPE naming the type
 */
export function parseType(text: string): SparkType {
  const parts = text.match(/[\p{L}_][\p{L}\w]*|`[^`]*`|'(?:[^'\\]|\\.)*'|\d+|[<>(),:]/gu) ?? [];
  const cursor = { parts, at: 0, text };
  const type = read(cursor);
  if (cursor.at < parts.length) throw unknownType(text);
  return type;
}

/** Reads a schema in DDL, `a INT, b STRING`, or a type. */
export function parseSchema(text: string): SparkType {
  const first = /^\s*([A-Za-z_]\w*)\s*(?:<|\(|$)/.exec(text)?.[1]?.toUpperCase() ?? '';
  if (['ARRAY', 'MAP', 'STRUCT', 'DECIMAL'].includes(first) || (NAMES[first] !== undefined && !/\s/.test(text.trim())))
    return parseType(text);
  const parts = text.match(/[\p{L}_][\p{L}\w]*|`[^`]*`|'(?:[^'\\]|\\.)*'|\d+|[<>(),:]/gu) ?? [];
  const cursor = { parts: [...parts, '>'], at: 0, text };
  const fields = readFields(cursor);
  if (cursor.at < cursor.parts.length) throw unknownType(text);
  return { k: 'struct', fields };
}

interface Cursor {
  parts: string[];
  at: number;
  text: string;
}

function read(cursor: Cursor): SparkType {
  const name = (cursor.parts[cursor.at++] ?? '').toUpperCase();
  switch (name) {
    case 'DECIMAL':
    case 'DEC':
    case 'NUMERIC': {
      const [p = 10, s = 0] = numbers(cursor);
      if (p > 38 || s > p) throw unknownType(cursor.text);
      return decimal(p, s);
    }
    case 'ARRAY': {
      expect(cursor, '<');
      const e = read(cursor);
      expect(cursor, '>');
      return arrayOf(e);
    }
    case 'MAP': {
      expect(cursor, '<');
      const key = read(cursor);
      expect(cursor, ',');
      const value = read(cursor);
      expect(cursor, '>');
      return mapOf(key, value);
    }
    case 'STRUCT':
      expect(cursor, '<');
      return { k: 'struct', fields: readFields(cursor) };
    case 'INTERVAL': {
      const words: string[] = [];
      while (/^(?:YEAR|MONTH|DAY|HOUR|MINUTE|SECOND|TO)$/i.test(cursor.parts[cursor.at] ?? ''))
        words.push((cursor.parts[cursor.at++] as string).toUpperCase());
      if (words.length === 0) throw unknownType(cursor.text);
      return intervalType(words.join(' '));
    }
    default: {
      const known = NAMES[name];
      if (known === undefined) throw unknownType(cursor.text);
      if (name.endsWith('CHAR') || name === 'CHARACTER') numbers(cursor);
      return { k: known };
    }
  }
}

function readFields(cursor: Cursor): { name: string; type: SparkType }[] {
  const fields: { name: string; type: SparkType }[] = [];
  while (cursor.parts[cursor.at] !== '>') {
    const name = (cursor.parts[cursor.at++] ?? '').replace(/^`|`$/g, '');
    if (cursor.parts[cursor.at] === ':') cursor.at += 1;
    fields.push({ name, type: read(cursor) });
    for (;;) {
      const word = cursor.parts[cursor.at]?.toUpperCase();
      if (word === 'COMMENT' || (word === 'NOT' && cursor.parts[cursor.at + 1]?.toUpperCase() === 'NULL'))
        cursor.at += 2;
      else break;
    }
    if (cursor.parts[cursor.at] === ',') cursor.at += 1;
    else if (cursor.parts[cursor.at] !== '>') throw unknownType(cursor.text);
  }
  cursor.at += 1;
  return fields;
}

/** `MONTH` or `DAY TO SECOND` as a type. */
export function intervalType(units: string): SparkType {
  return { k: 'interval', months: /YEAR|MONTH/.test(units), text: `INTERVAL ${units}` };
}

function numbers(cursor: Cursor): number[] {
  if (cursor.parts[cursor.at] !== '(') return [];
  const found: number[] = [];
  for (cursor.at += 1; cursor.parts[cursor.at] !== undefined && cursor.parts[cursor.at] !== ')'; cursor.at += 1)
    if (/^\d+$/.test(cursor.parts[cursor.at] as string)) found.push(Number(cursor.parts[cursor.at]));
  cursor.at += 1;
  return found;
}

function expect(cursor: Cursor, text: string): void {
  if (cursor.parts[cursor.at] !== text) throw unknownType(cursor.text);
  cursor.at += 1;
}

function unknownType(text: string): SqlError {
  return new SqlError('UNSUPPORTED_DATATYPE', '0A000', `Unsupported data type "${text.trim().toUpperCase()}".`);
}

const INTEGRAL = ['tinyint', 'smallint', 'int', 'bigint'];
const DIGITS: Record<string, number> = { tinyint: 3, smallint: 5, int: 10, bigint: 20 };

export const isIntegral = (type: SparkType): boolean => INTEGRAL.includes(type.k);
export const isFractional = (type: SparkType): boolean => type.k === 'float' || type.k === 'double';
export const isNumeric = (type: SparkType): boolean => isIntegral(type) || isFractional(type) || type.k === 'decimal';
export const isTime = (type: SparkType): boolean =>
  type.k === 'date' || type.k === 'timestamp' || type.k === 'timestamp_ntz';
export const sameType = (a: SparkType, b: SparkType): boolean =>
  a.k === b.k && carrier(a) === carrier(b) && (!holdsInterval(a) || typeText(a) === typeText(b));

function holdsInterval(type: SparkType): boolean {
  if (type.k === 'interval') return true;
  if (type.k === 'array') return holdsInterval(type.e);
  return type.k === 'struct'
    ? type.fields.some((field) => holdsInterval(field.type))
    : type.k === 'map' && holdsInterval(type.value);
}

const UNITS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];

// from the largest unit of both to the smallest
function widest(a: string, b: string): SparkType {
  const units = `${a} ${b}`
    .split(' ')
    .filter((word) => UNITS.includes(word))
    .map((unit) => UNITS.indexOf(unit));
  const [first, last] = [UNITS[Math.min(...units)], UNITS[Math.max(...units)]];
  return intervalType(first === last ? (first as string) : `${first} TO ${last}`);
}

/** The decimal that holds every value of an integral type. */
export function asDecimal(type: SparkType): { p: number; s: number } {
  return type.k === 'decimal' ? type : { p: DIGITS[type.k] ?? 38, s: 0 };
}

/** DECIMAL(p, s) within 38 digits, by Spark's rule: the fraction gives way, down to 6 digits. */
export function bounded(p: number, s: number): SparkType {
  if (p <= 38) return decimal(p, s);
  return decimal(38, Math.max(38 - (p - s), Math.min(s, 6)));
}

/** The least type that both can be cast to without being asked, or undefined. */
export function commonType(a: SparkType, b: SparkType): SparkType | undefined {
  if (sameType(a, b)) return a;
  if (a.k === 'void') return b;
  if (b.k === 'void') return a;
  if (isNumeric(a) && isNumeric(b)) {
    if (a.k === 'double' || b.k === 'double') return DOUBLE;
    if (a.k === 'float' || b.k === 'float') return a.k === 'decimal' || b.k === 'decimal' ? DOUBLE : { k: 'float' };
    if (a.k === 'decimal' || b.k === 'decimal') {
      const [x, y] = [asDecimal(a), asDecimal(b)];
      const s = Math.max(x.s, y.s);
      return bounded(Math.max(x.p - x.s, y.p - y.s) + s, s);
    }
    return INTEGRAL.indexOf(a.k) > INTEGRAL.indexOf(b.k) ? a : b;
  }
  if (a.k === 'string' || b.k === 'string') {
    const other = a.k === 'string' ? b : a;
    if (isIntegral(other)) return BIGINT;
    if (other.k === 'decimal' || isFractional(other)) return DOUBLE;
    return ['boolean', 'date', 'timestamp', 'timestamp_ntz', 'binary', 'interval'].includes(other.k)
      ? other
      : undefined;
  }
  if (isTime(a) && isTime(b)) return a.k === 'date' ? b : b.k === 'date' ? a : TIMESTAMP;
  if (a.k === 'array' && b.k === 'array') {
    const e = commonType(a.e, b.e);
    return e && arrayOf(e);
  }
  if (a.k === 'map' && b.k === 'map') {
    const [key, value] = [commonType(a.key, b.key), commonType(a.value, b.value)];
    return key && value && mapOf(key, value);
  }
  if (a.k === 'struct' && b.k === 'struct' && a.fields.length === b.fields.length) {
    const types = a.fields.map((field, index) => commonType(field.type, (b.fields[index] as { type: SparkType }).type));
    if (types.includes(undefined)) return undefined;
    return { k: 'struct', fields: a.fields.map(({ name }, index) => ({ name, type: types[index] as SparkType })) };
  }
  if (a.k === 'interval' && b.k === 'interval' && a.months === b.months) return widest(a.text, b.text);
  return undefined;
}
