import { expect, test } from 'vitest';
import { checkKeys, keyText } from '../../../../services/databricks/actions/row-keys.ts';

/** Not `%j` in the titles: it cannot write a bigint. */
test.each<[string, unknown[]]>([
  ['BIGINT', [1, '1', '01', '+1', ' 1 ', 1n, '1.0']],
  ['BIGINT', ['9007199254740993', 9007199254740993n]],
  ['INT', [0, '-0', '00']],
  ['DECIMAL(10,2)', [1.5, '1.50', '1.5', '01.500', '15e-1', '1.499']],
  ['DECIMAL(38,0)', ['12345678901234567890123456789', '012345678901234567890123456789.0']],
  ['DOUBLE', [1000, '1e3', '1000.0', '1.0E3']],
  ['DOUBLE', [0, '-0.0']],
  ['DOUBLE', ['Infinity', 'inf', '+INF']],
  ['FLOAT', [0.1, '0.10000000149011612']],
  ['BOOLEAN', [true, 'true', 'TRUE', 't', '1', 'yes']],
  ['DATE', ['2026-01-02', '2026-1-2', '2026-01-02T10:00:00Z', '2026-01-02 10:00']],
  ['TIMESTAMP', ['2026-01-02T10:00:00Z', '2026-01-02T11:00:00+01:00', '2026-01-02 10:00:00.000', '2026-1-2T10:00']],
  ['TIMESTAMP', ['2026-01-02', '2026-01-02T00:00:00Z']],
  ['TIMESTAMP_NTZ', ['2026-01-02T10:00:00', '2026-01-02 10:00:00.000000']],
  ['STRING', [1, '1']],
  ['STRING COLLATE UTF8_LCASE', ['A', 'a']],
  ['STRING COLLATE UNICODE_CI_RTRIM', ['A ', 'a']],
  ['CHAR(3)', ['a', 'a  ']],
  ['BINARY', ['AAE=', 'AAE']],
  ['STRUCT<a: INT>', [{ a: 1 }, '{ "a": 1 }']],
])('of a %s, values of case %# are one key', (type, values) => {
  expect(new Set(values.map((value) => keyText(value, type))).size).toBe(1);
});

test.each<[string, unknown[]]>([
  ['BIGINT', ['9007199254740993', '9007199254740992']],
  ['DECIMAL(10,2)', ['1.50', '1.51', '-1.50']],
  ['DOUBLE', [1, 1.5, 'NaN', 'Infinity', '-inf']],
  ['DATE', ['2026-01-02', '2026-01-03', '2026-02-02']],
  ['TIMESTAMP', ['2026-01-02T10:00:00.000001Z', '2026-01-02T10:00:00.000002Z', '2026-01-02T10:00:00+01:00']],
  ['STRING', ['a', 'A', 'a ', '01', '1']],
  ['BIGINT', ['no number', 'neither']],
])('of a %s, values of case %# are keys of their own', (type, values) => {
  expect(new Set(values.map((value) => keyText(value, type))).size).toBe(values.length);
});

test('names each row that has no key, or the key of another', () => {
  const rows = [{ ID: '7' }, { name: 'x' }, { id: null }, { id: 7 }];

  expect(() => checkKeys(rows, ['id'], [{ name: 'Id', type: 'INT' }])).toThrow(
    expect.objectContaining({
      code: 'ERR_INPUT_INVALID',
      errors: [
        { pointer: '/rows/1/id', message: 'is required: it is a key column' },
        { pointer: '/rows/2/id', message: 'is required: it is a key column' },
        { pointer: '/rows/3', message: 'has the same key as row 0' },
      ],
    }),
  );
});
