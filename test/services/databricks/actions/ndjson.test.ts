import { describe, expect, test } from 'vitest';
import { type Column, typedRows } from '../../../../actions/columns.ts';
import { stringifyAtEdge } from '../../../../connector/json.ts';
import { createNdjsonWriter } from '../../../../services/databricks/actions/ndjson.ts';

const COLUMNS: Column[] = [
  { name: 'l', type_name: 'LONG' },
  { name: 'd', type_name: 'DOUBLE' },
  { name: 'b', type_name: 'BOOLEAN' },
  { name: 's "é', type_name: 'STRING' },
  { name: 'a', type_name: 'ARRAY' },
];

/** The rows of a chunk that arrives in pieces of a size. */
function write(columns: Column[], chunk: string, pieceSize = Number.POSITIVE_INFINITY): { text: string; rows: number } {
  const writer = createNdjsonWriter(columns);
  const bytes = Buffer.from(chunk);
  const taken: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceSize) {
    writer.push(bytes.subarray(at, at + pieceSize));
    taken.push(Buffer.from(writer.take()));
  }
  writer.endChunk();
  taken.push(Buffer.from(writer.take()));
  return { text: Buffer.concat(taken).toString('utf8'), rows: writer.rows };
}

const one = (type: string, cell: string) => write([{ name: 'c', type_name: type }], `[[${cell}]]`).text;

describe('a cell', () => {
  test.each([
    ['LONG', '"9007199254740993"', '"9007199254740993"'],
    ['DECIMAL', '"12.50"', '"12.50"'],
    ['INT', '"42"', '42'],
    ['SHORT', '"-7"', '-7'],
    ['INT', '"0"', '0'],
    ['INT', '"007"', '"007"'],
    ['INT', '"+5"', '"+5"'],
    ['INT', '"-"', '"-"'],
    ['INT', '""', '""'],
    ['DOUBLE', '"1.5"', '1.5'],
    ['DOUBLE', '"-0.0"', '-0.0'],
    ['DOUBLE', '"1.0E10"', '1.0E10'],
    ['DOUBLE', '"1e-7"', '1e-7'],
    ['DOUBLE', '"1."', '"1."'],
    ['DOUBLE', '".5"', '".5"'],
    ['DOUBLE', '"1e"', '"1e"'],
    ['DOUBLE', '"NaN"', '"NaN"'],
    ['DOUBLE', '"-Infinity"', '"-Infinity"'],
    ['FLOAT', 'null', 'null'],
    ['BOOLEAN', '"true"', 'true'],
    ['BOOLEAN', '"false"', 'false'],
    ['BOOLEAN', '"yes"', '"yes"'],
    ['STRING', '"12"', '"12"'],
    ['STRING', '"a\\"b\\\\"', '"a\\"b\\\\"'],
    ['STRING', '"\\u00e9é日"', '"\\u00e9é日"'],
    ['STRING', 'null', 'null'],
    ['DATE', '"2026-01-02"', '"2026-01-02"'],
    ['BINARY', '"AAEC"', '"AAEC"'],
    ['ARRAY', '"[1,\\"x\\",null]"', '[1,"x",null]'],
    ['STRUCT', '"{\\"a\\":9007199254740993}"', '{"a":"9007199254740993"}'],
    ['MAP', '"not json"', '"not json"'],
    ['INT', '5', '5'],
    ['BOOLEAN', 'true', 'true'],
  ])('of type %s: %s becomes %s', (type, cell, json) => {
    expect(one(type, cell)).toBe(`{"c":${json}}\n`);
  });
});

const ROWS = [
  ['9007199254740993', '1.5', 'true', 'a"\\\n', '[1]'],
  ['1', 'NaN', 'false', 'é日', '{"x":[{}]}'],
  [null, null, null, null, null],
  ['-5', '1e3', 'true', ']],[[', '"["'],
];

test.each([1, 2, 3, 7, 64, 1_000])('rows are the same however the chunk is cut: pieces of %i bytes', (size) => {
  const expected = typedRows(COLUMNS, ROWS).map((row) => `${stringifyAtEdge(row)}\n`);

  const { text, rows } = write(COLUMNS, JSON.stringify(ROWS), size);

  expect(rows).toBe(4);
  expect(text.split('\n').map((line) => (line === '' ? '' : JSON.parse(line)))).toEqual([
    ...expected.map((line) => JSON.parse(line)),
    '',
  ]);
});

test('space between the parts of a chunk does not matter', () => {
  expect(write([{ name: 'c' }], ' [\n [ "a" ] ,\n\t[ null ]\r\n] \n').text).toBe('{"c":"a"}\n{"c":null}\n');
});

test.each(['[]', ' [ ] '])('a chunk without rows gives none: %j', (chunk) => {
  expect(write(COLUMNS, chunk)).toEqual({ text: '', rows: 0 });
});

test('columns of equal names are all kept', () => {
  expect(write([{ name: 'a' }, { name: 'a' }, { name: 'a_2' }], '[["1","2","3"]]').text).toBe(
    '{"a":"1","a_3":"2","a_2":"3"}\n',
  );
});

test('a cell far larger than a piece comes through', () => {
  const cell = 'x\\"'.repeat(1_000_000);

  const { text } = write([{ name: 'c' }], `[["${cell}"],["end"]]`, 65_536);

  expect(text).toBe(`{"c":"${cell}"}\n{"c":"end"}\n`);
});

test.each([
  ['an object', '{"a":1}'],
  ['a chunk that breaks off in a row', '[["a"'],
  ['a chunk that breaks off in a string', '[["a'],
  ['a chunk that breaks off between rows', '[["a"],'],
  ['nothing', ''],
  ['too few cells', '[["a"],[]]'],
  ['too many cells', '[["a","b"]]'],
  ['a nested list as a cell', '[[["a"]]]'],
  ['something after the end', '[["a"]]x'],
  ['a word as a cell', '[[nope]]'],
  ['a row that is no list', '["a"]'],
])('refuses %s', (_title, chunk) => {
  expect(() => write([{ name: 'c' }], chunk)).toThrow(expect.objectContaining({ code: 'ERR_RESPONSE_INVALID' }));
});
