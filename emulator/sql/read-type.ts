import type { DuckDBType } from '@duckdb/node-api';
import { describeType } from '../results/columns.ts';
import { SqlError } from './error.ts';
import { arrayOf, decimal, intervalType, mapOf, NTZ, type Scalar, type SparkType, VARIANT } from './spark-type.ts';

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
  const cursor = { parts: partsOf(text), at: 0, text };
  const type = read(cursor);
  if (cursor.at < cursor.parts.length) throw unknownType(text);
  return type;
}

/** Reads a schema in DDL, `a INT, b STRING`, or a type. */
export function parseSchema(text: string): SparkType {
  const first = /^\s*([A-Za-z_]\w*)\s*(?:<|\(|$)/.exec(text)?.[1]?.toUpperCase() ?? '';
  if (['ARRAY', 'MAP', 'STRUCT', 'DECIMAL'].includes(first) || (NAMES[first] !== undefined && !/\s/.test(text.trim())))
    return parseType(text);
  const cursor = { parts: [...partsOf(text), '>'], at: 0, text };
  const fields = readFields(cursor);
  if (cursor.at < cursor.parts.length) throw unknownType(text);
  return { k: 'struct', fields };
}

function partsOf(text: string): string[] {
  return text.match(/[\p{L}_][\p{L}\w]*|`(?:[^`]|``)*`|'(?:[^'\\]|\\.)*'|\d+|[<>(),:]/gu) ?? [];
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
      if (p > 38)
        throw new SqlError(
          'DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION',
          '22003',
          `Decimal precision ${p} exceeds max precision 38.`,
        );
      if (s > p) throw unknownType(cursor.text);
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
    const name = (cursor.parts[cursor.at++] ?? '').replace(/^`|`$/g, '').replaceAll('``', '`');
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
