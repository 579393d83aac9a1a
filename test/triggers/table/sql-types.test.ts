import { expect, test } from 'vitest';
import { columnType } from '../../../services/databricks/readers/dialect.ts';
import { compareAs, isExactFor } from '../../../triggers/table/sql-types.ts';

test.each([
  ['BIGINT', '9007199254740993', '9007199254740992'],
  ['INT', '2', '-10'],
  ['DECIMAL(38,2)', '12345678901234567890.12', '12345678901234567890.11'],
  ['DECIMAL(10,5)', '-1.00001', '-1.00002'],
  ['DECIMAL(10,5)', '10', '9.99999'],
  ['DOUBLE', '1.0E10', '9.5'],
  ['DOUBLE', '-1.0E-7', '-1'],
  ['DATE', '10000-01-01', '9999-12-31'],
  ['DATE', '2026-01-02', '-0044-03-15'],
  ['STRING', 'ä', 'z'],
  ['STRING', '10', '1'],
  ['STRING', '😀', '\uffee'],
])('%s: %s is after %s', (type, after, before) => {
  expect([compareAs(type)(after, before), compareAs(type)(before, after), compareAs(type)(after, after)]).toEqual([
    1, -1, 0,
  ]);
});

test.each([
  [{ name: 'At', type_name: 'LONG', type_text: 'BIGINT' }, 'BIGINT'],
  [{ name: 'at', type_name: 'LONG' }, 'BIGINT'],
  [{ name: 'at', type_name: 'DECIMAL', type_text: 'DECIMAL(20, 5)' }, 'DECIMAL(20,5)'],
  [{ name: 'at', type_name: 'STRING', type_text: 'VARCHAR(20)' }, 'STRING'],
  [{ name: 'at', type_name: 'STRING', type_text: 'STRING COLLATE UTF8_LCASE' }, 'STRING COLLATE UTF8_LCASE'],
])('the type of %j is %s', (column, type) => {
  expect(columnType([column], 'at')).toBe(type);
});

test.each([
  ['DECIMAL(18, 2)', 'DECIMAL(18,2)', true],
  ['DECIMAL(18)', 'DECIMAL(18,0)', true],
  ['BIGINT', 'INT', true],
  ['INT', 'BIGINT', false],
  ['DECIMAL(38,10)', 'DECIMAL(20,5)', false],
  ['TIMESTAMP', 'TIMESTAMP_NTZ', false],
])('%s on %s is exact: %s', (declared, actual, isExact) => {
  expect(isExactFor(declared, actual)).toBe(isExact);
});
