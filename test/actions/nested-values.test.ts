import { expect, test } from 'vitest';
import { nestedJson, nestedValue } from '../../actions/nested-values.ts';
import { parseSqlType } from '../../actions/sql-types.ts';

test.each<[string, string, unknown]>([
  ['ARRAY<INT>', '[1,2,null]', [1, 2, null]],
  ['ARRAY<INT>', '["1","2",null]', [1, 2, null]],
  ['ARRAY<BIGINT>', '[1,9007199254740993]', ['1', '9007199254740993']],
  ['ARRAY<BIGINT>', '["1","9007199254740993"]', ['1', '9007199254740993']],
  ['ARRAY<DECIMAL(20,2)>', '[12345678901234567.89,1.50]', ['12345678901234567.89', '1.50']],
  ['ARRAY<DECIMAL(20,2)>', '["12345678901234567.89"]', ['12345678901234567.89']],
  [
    'STRUCT<a: DECIMAL(38,18), b: DOUBLE>',
    '{"a":0.123456789012345678,"b":"0.5"}',
    { a: '0.123456789012345678', b: 0.5 },
  ],
  [
    'MAP<STRING, DECIMAL(38,0)>',
    '{"x":12345678901234567890123456789012345678}',
    { x: '12345678901234567890123456789012345678' },
  ],
  ['ARRAY<DOUBLE>', '[1.0E20,"1.0E20","NaN","-Infinity"]', [1e20, 1e20, 'NaN', '-Infinity']],
  ['ARRAY<BOOLEAN>', '["true","false",true]', [true, false, true]],
  ['ARRAY<STRING>', '["1","true",1.50,true]', ['1', 'true', '1.50', 'true']],
  ['ARRAY<STRUCT<a: ARRAY<INT>>>', '[{"a":["1"]},null]', [{ a: [1] }, null]],
  ['ARRAY<ARRAY<INT>>', '["[\\"1\\"]","[2]"]', [[1], [2]]],
  ['MAP<STRING, ARRAY<INT>>', '{"k":["1"]}', { k: [1] }],
  ['STRUCT<a: VARIANT>', '{"a":{"n":1,"d":12345678901234567.89}}', { a: { n: 1, d: '12345678901234567.89' } }],
  ['STRUCT<__proto__: INT>', '{"__proto__":"1"}', JSON.parse('{"__proto__":1}')],
  ['ARRAY<INT>', 'no json', 'no json'],
])('a cell of %s: %s', (type, cell, value) => {
  expect(nestedValue(cell, parseSqlType(type))).toEqual(value);
  expect(JSON.parse(nestedJson(cell, parseSqlType(type)))).toEqual(value);
});

test.each<[string, unknown]>([
  ['[1,1.5,1e3,1.50]', [1, 1.5, 1000, 1.5]],
  ['[9007199254740993]', ['9007199254740993']],
  ['[12345678901234567.89]', ['12345678901234567.89']],
])('without a type, %s keeps every digit', (cell, value) => {
  expect(JSON.parse(nestedJson(cell))).toEqual(value);
});
