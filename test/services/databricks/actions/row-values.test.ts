import { describe, expect, test } from 'vitest';
import { columnsOf, valuesClause } from '../../../../services/databricks/actions/row-values.ts';

const TABLE = [
  { name: 'id', type: 'BIGINT' },
  { name: 'Total', type: 'DECIMAL(10,2)' },
  { name: 'note', type: 'STRING' },
];

const one = (type: string, value: unknown) => {
  const { text, parameters } = valuesClause([{ c: value }], [{ name: 'c', type }], 0);
  return { text, ...parameters[0]! };
};

test('columns are those that any row names, in the order and spelling of the table', () => {
  expect(columnsOf([{ NOTE: 'x' }, { id: 1, total: 2 }], TABLE)).toEqual(TABLE);
});

test('a column that the table has not is a fault that says which it has', () => {
  expect(() => columnsOf([{ id: 1 }, { 'a/b': 1 }], TABLE)).toThrow(
    expect.objectContaining({
      errors: [{ pointer: '/rows/1/a~1b', message: 'is not a column of the table', allowed: ['id', 'Total', 'note'] }],
    }),
  );
});

describe('a value', () => {
  test.each<[string, unknown, string, string | undefined, string]>([
    ['BIGINT', 9007199254740993n, ':p0_0', '9007199254740993', 'BIGINT'],
    ['BIGINT', '9007199254740993', ':p0_0', '9007199254740993', 'BIGINT'],
    ['INT', 0, ':p0_0', '0', 'INT'],
    ['DECIMAL(10,2)', '12.50', ':p0_0', '12.50', 'DECIMAL(10,2)'],
    ['BOOLEAN', false, ':p0_0', 'false', 'BOOLEAN'],
    ['STRING', '', ':p0_0', '', 'STRING'],
    ['STRING', { a: 1 }, ':p0_0', '{"a":1}', 'STRING'],
    ['VARCHAR(10)', 'x', ':p0_0', 'x', 'STRING'],
    ['TIMESTAMP', '2026-01-02T03:04:05Z', ':p0_0', '2026-01-02T03:04:05Z', 'TIMESTAMP'],
    ['STRING', null, ':p0_0', undefined, 'STRING'],
    ['INT', undefined, ':p0_0', undefined, 'INT'],
    ['ARRAY<INT>', [1, 2], "from_json(:p0_0, 'ARRAY<INT>')", '[1,2]', 'STRING'],
    [
      'STRUCT<a: BIGINT>',
      { a: 9007199254740993n },
      "from_json(:p0_0, 'STRUCT<a: BIGINT>')",
      '{"a":9007199254740993}',
      'STRING',
    ],
    ['BINARY', 'AAEC', 'unbase64(:p0_0)', 'AAEC', 'STRING'],
    ['VARIANT', 'x', 'parse_json(:p0_0)', '"x"', 'STRING'],
    ['INTERVAL DAY', '1', 'CAST(:p0_0 AS INTERVAL DAY)', '1', 'STRING'],
  ])('of %s is a parameter', (type, value, expression, text, parameterType) => {
    const { text: clause, value: given, type: asType } = one(type, value);

    expect(clause).toBe(`(${expression})`);
    expect(given).toBe(text);
    expect(asType).toBe(parameterType);
  });

  test.each([
    ['INT', { a: 1 }],
    ['DATE', ['2026-01-02']],
    ['BINARY', 'plain text'],
    ['BINARY', 7],
    ["STRUCT<a: INT COMMENT 'it'>", { a: 1 }],
  ])('of %s cannot be %j', (type, value) => {
    expect(() => one(type, value)).toThrow(
      expect.objectContaining({
        code: 'ERR_INPUT_INVALID',
        errors: [expect.objectContaining({ pointer: '/rows/0/c' })],
      }),
    );
  });
});

test('each value of each row has a parameter of its own; a key that is missing is NULL', () => {
  const { text, parameters } = valuesClause([{ id: 1, note: "x'); DROP" }, { ID: 2 }], [TABLE[0]!, TABLE[2]!], 5);

  expect(text).toBe('(:p0_0, :p0_1), (:p1_0, :p1_1)');
  expect(parameters).toEqual([
    { name: 'p0_0', value: '1', type: 'BIGINT' },
    { name: 'p0_1', value: "x'); DROP", type: 'STRING' },
    { name: 'p1_0', value: '2', type: 'BIGINT' },
    { name: 'p1_1', type: 'STRING' },
  ]);
});
