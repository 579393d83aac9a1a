import { expect, test } from 'vitest';
import { fullNameOf, markersIn, sqlName, sqlPlaceAt, tablesIn } from '../../../web/src/builder/sql.ts';

/** The cursor is where `|` stands. */
const placeAt = (text: string) => sqlPlaceAt(text.replace('|', ''), text.indexOf('|'));

test.each([
  ['|', { kind: 'name', parents: [], from: 0, start: 0 }],
  ['SELECT |', { kind: 'name', parents: [], from: 7, start: 7 }],
  ['SELECT de|', { kind: 'name', parents: [], from: 7, start: 7 }],
  ['SELECT * FROM main.|', { kind: 'name', parents: ['main'], from: 19, start: 14 }],
  ['SELECT * FROM main.default.fl|', { kind: 'name', parents: ['main', 'default'], from: 27, start: 14 }],
  ['SELECT `my t`.|', { kind: 'name', parents: ['my t'], from: 14, start: 7 }],
  ['SELECT f.| FROM flights f', { kind: 'name', parents: ['f'], from: 9, start: 7 }],
  ['WHERE a = :|', { kind: 'parameter', from: 11 }],
  ['WHERE a = :st|', { kind: 'parameter', from: 11 }],
  ["WHERE a = 'x.|'", undefined],
  ['-- main.|', undefined],
  ['/* main.|', undefined],
])('what is typed in %s', (text, place) => {
  expect(placeAt(text)).toEqual(place);
});

test('tables of a statement, with their aliases', () => {
  const sql = `WITH x AS (SELECT 1) SELECT * FROM main.sales.orders AS o, \`my t\` JOIN customers c USING (id)
    -- FROM nothing
    LEFT JOIN x WHERE a = 'FROM text'`;

  expect(tablesIn(sql)).toEqual([
    { name: 'main.sales.orders', alias: 'o' },
    { name: 'my t', alias: undefined },
    { name: 'customers', alias: 'c' },
    { name: 'x', alias: undefined },
  ]);
  expect(tablesIn('FROM')).toEqual([]);
});

test('names are made whole by what stands beside the statement', () => {
  expect(fullNameOf('flights', ['main', 'default'], 3)).toEqual(['main', 'default', 'flights']);
  expect(fullNameOf('default.flights', ['main'], 3)).toEqual(['main', 'default', 'flights']);
  expect(fullNameOf('flights', ['main'], 3)).toEqual(['flights']);
  expect(fullNameOf('a.b.c', ['main', 'default'], 3)).toEqual(['a', 'b', 'c']);
  expect(fullNameOf('orders', ['public'], 2)).toEqual(['public', 'orders']);
  expect(['my column', 'a`b', 'Origin'].map((name) => sqlName(name, '`'))).toEqual(['`my column`', '`a``b`', 'Origin']);
  expect(['my column', 'a"b', 'Origin'].map((name) => sqlName(name, '"'))).toEqual([
    '"my column"',
    '"a""b"',
    '"Origin"',
  ]);
});

test('parameters are found outside of texts, casts and comments', () => {
  expect(markersIn("SELECT a::int, ':no' -- :neither\n WHERE b = :state AND c > :min AND d = :state")).toEqual([
    'state',
    'min',
  ]);
});

test('a statement of a megabyte is read within the time of a key', () => {
  const sql = `SELECT ${'a, '.repeat(300_000)} 1 FROM t WHERE '`;

  expect(tablesIn(sql)).toEqual([{ name: 't', alias: undefined }]);
});
