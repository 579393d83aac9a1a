import { expect, test } from 'vitest';
import { parseSqlType } from '../../actions/sql-types.ts';

const NUMBER = { kind: 'number' };
const TEXT = { kind: 'text' };
const EXACT = { kind: 'text', isNumeric: true };
const UNKNOWN = { kind: 'unknown' };
const struct = (fields: object) => ({ kind: 'struct', fields: new Map(Object.entries(fields)) });

test.each<[string | undefined, object]>([
  ['INT', NUMBER],
  ['double', NUMBER],
  ['BOOLEAN', { kind: 'boolean' }],
  ['BIGINT', EXACT],
  ['DECIMAL(38,18)', EXACT],
  ['TIMESTAMP_NTZ', TEXT],
  ['INTERVAL DAY TO SECOND', TEXT],
  ['STRING COLLATE UTF8_LCASE', TEXT],
  ['VARIANT', UNKNOWN],
  ['ARRAY<INT>', { kind: 'array', of: NUMBER }],
  ['array<array<smallint>>', { kind: 'array', of: { kind: 'array', of: NUMBER } }],
  ['MAP<STRING, DOUBLE>', { kind: 'map', of: NUMBER }],
  ['MAP<DECIMAL(10,2),INT>', { kind: 'map', of: NUMBER }],
  ['STRUCT<>', struct({})],
  ['STRUCT<a: DECIMAL(20,2), b: BOOLEAN>', struct({ a: EXACT, b: { kind: 'boolean' } })],
  ['struct<a:int,b:string>', struct({ a: NUMBER, b: TEXT })],
  ['STRUCT<a INT, b STRING>', struct({ a: NUMBER, b: TEXT })],
  ["STRUCT<a: INT NOT NULL COMMENT 'it''s <b: \\'INT>', c: INT>", struct({ a: NUMBER, c: NUMBER })],
  ['STRUCT<`a b`: INT, `c``:`: BIGINT, `>`: INT>', struct({ 'a b': NUMBER, 'c`:': EXACT, '>': NUMBER })],
  ['STRUCT<größe: INT>', struct({ größe: NUMBER })],
  [
    'ARRAY<STRUCT<a: MAP<STRING, ARRAY<INT>>>>',
    { kind: 'array', of: struct({ a: { kind: 'map', of: { kind: 'array', of: NUMBER } } }) },
  ],
  [undefined, UNKNOWN],
  ['', UNKNOWN],
  ['ARRAY<', UNKNOWN],
  ['MAP<STRING>', UNKNOWN],
  ['STRUCT<a: INT', UNKNOWN],
  ["STRUCT<a: INT COMMENT 'no end>", UNKNOWN],
])('%s', (text, type) => {
  expect(parseSqlType(text)).toEqual(type);
});

test('a type that is nested without end is not read to its end', () => {
  expect(() => parseSqlType('ARRAY<'.repeat(100_000))).not.toThrow();
});
