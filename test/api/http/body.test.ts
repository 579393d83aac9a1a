import { expect, test } from 'vitest';
import { parseBody } from '../../../api/http/body.ts';
import { findJsonError } from '../../../api/http/json-error.ts';
import type { ConnectorError } from '../../../connector/errors.ts';

const wrong: [text: string, offset: number, expected: string][] = [
  ['{"a": }', 6, 'a value'],
  ['{"a" 1}', 5, 'a colon'],
  ['{"a": 1,}', 8, 'a field name in double quotes'],
  ['{a: 1}', 1, 'a field name in double quotes or }'],
  ['[1 2]', 3, 'a comma or ]'],
  ['{"a": 1', 7, 'a comma or }'],
  ['[1,]', 3, 'a value'],
  ['', 0, 'a value'],
  ['{} x', 3, 'nothing more'],
  ['{"a": 01}', 7, 'a comma or }'],
  ["{'a': 1}", 1, 'a field name in double quotes or }'],
  ['{"a": "b', 6, 'text that ends with a double quote and has no bare control character'],
  ['{"a": "b\nc"}', 6, 'text that ends with a double quote and has no bare control character'],
  ['{"a": NaN}', 6, 'a value'],
  ['[[[1]]', 6, 'a comma or ]'],
];

test.each(wrong)('finds where %j stops being JSON', (text, offset, expected) => {
  expect(() => JSON.parse(text)).toThrow();

  expect(findJsonError(text)).toMatchObject({ offset, expected });
});

test.each([
  '{}',
  '[]',
  ' {"a": [1, -2.5e+10, true, null, "x\\u00e9\\n\\"", {"b": {}}]} ',
  '"text"',
  '0',
  '[[], {}, [{}]]',
])('finds no fault in %s', (text) => {
  JSON.parse(text);

  expect(findJsonError(text)).toBeUndefined();
});

test('counts lines and columns from 1', () => {
  expect(findJsonError('{\n  "a": 1\n  "b": 2\n}')).toMatchObject({ offset: 13, line: 3, column: 3 });
});

test('says where a body stops being JSON, and repeats nothing of it', () => {
  const error = thrown(() => parseBody('{"token": "dapi-secret", }'));

  expect(error.code).toBe('ERR_BODY_NOT_JSON');
  expect(error.message).toContain('line 1, column 26 (character 25)');
  expect(JSON.stringify(error.errors) + error.message).not.toContain('dapi-secret');
});

test('reads a 64-bit integer exactly', () => {
  expect(parseBody('{"run_id": 9007199254740993}')).toEqual({ run_id: 9007199254740993n });
});

test('reads a text of ten megabytes', () => {
  const text = 'x\\n'.repeat(3_500_000);

  for (const content of [text, 'x'.repeat(10_000_000)]) {
    expect(findJsonError(`{"content": "${content}"} !`)).toMatchObject({ expected: 'nothing more' });
  }
  expect((parseBody(`{"content": "${text}"}`) as { content: string }).content).toHaveLength(7_000_000);
});

test('refuses a body that is nested deeper than anything can be', () => {
  const error = thrown(() => parseBody('['.repeat(100_000) + ']'.repeat(100_000)));

  expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID', message: expect.stringContaining('500 levels') });
});

test('does not take brackets in texts for depth', () => {
  expect(parseBody(JSON.stringify(['['.repeat(10_000)]))).toEqual(['['.repeat(10_000)]);
});

test('passes over a byte order mark, and takes an empty body for none', () => {
  expect(parseBody('\uFEFF{"a": 1}')).toEqual({ a: 1 });
  expect(parseBody('')).toBeUndefined();
});

function thrown(act: () => unknown): ConnectorError {
  try {
    act();
  } catch (error) {
    return error as ConnectorError;
  }
  throw new Error('nothing was thrown');
}
