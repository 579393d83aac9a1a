import { expect, test } from 'vitest';
import { cellValue, rowKeys, typedRows } from '../../actions/columns.ts';

test.each([
  ['number', '12', 12],
  ['number', '1.5e3', 1500],
  ['number', 'NaN', 'NaN'],
  ['number', '-Infinity', '-Infinity'],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['text', '9007199254740993', '9007199254740993'],
  ['json', '{"a":[1,null]}', { a: [1, null] }],
  ['json', '[9007199254740993]', ['9007199254740993']],
  ['json', 'no json', 'no json'],
  ['json', null, null],
  ['number', null, null],
  ['text', undefined, null],
] as const)('a %s cell %j is %j', (kind, cell, value) => {
  expect(cellValue(kind, cell)).toEqual(value);
});

test('names that come again are numbered, without meeting a name that is there', () => {
  expect(rowKeys([{ name: 'a' }, { name: 'a' }, { name: 'a_2' }, { name: 'a' }])).toEqual(['a', 'a_3', 'a_2', 'a_4']);
});

test('a column named __proto__ is a value like any other', () => {
  const [row] = typedRows([{ name: '__proto__' }], [['x']]);

  expect(Object.keys(row!)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
});
