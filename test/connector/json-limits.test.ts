import { describe, expect, test } from 'vitest';
import type { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { checkJson } from '../../connector/json-limits.ts';
import { pointerAt } from '../../connector/json-position.ts';

const LIMITS = { maxDepth: 20, maxValues: 1000 };

function refusal(text: string): { pointer: string; message: string } {
  try {
    checkJson(text, LIMITS);
  } catch (error) {
    return (error as ConnectorError).errors![0]!;
  }
  throw new Error('nothing was refused');
}

const wrong: [what: string, text: string, pointer: string, message: RegExp][] = [
  ['a number of many digits', `{"a": [1, ${'9'.repeat(5000)}]}`, '/a/1', /more than 100 characters/],
  ['a number beyond a double', '{"a": {"b": -1e400}}', '/a/b', /beyond/],
  ['half a surrogate pair', '{"a": ["x", {"~/": "x\\ud83d y"}]}', '/a/1/~0~1', /surrogate/],
  ['the second half alone', '{"a": "\\uDE00"}', '/a', /surrogate/],
  ['halves the wrong way round', '["\\ude00\\ud83d"]', '/0', /surrogate/],
  ['half a surrogate pair in a name', '{"b": 1, "\\ud800": 1}', '/\ud800', /surrogate/],
  ['a long name', `{"b": {"${'x'.repeat(5000)}" : 1}}`, `/b/${'x'.repeat(200)}…`, /field name of more than 4096/],
  ['depth', `${'['.repeat(21)}${']'.repeat(21)}`, '', /nested deeper than 20/],
  ['many items', `[${'1,'.repeat(1000)}1]`, '', /more than 1000 values/],
  ['many empty objects', `[${'{},'.repeat(1000)}{}]`, '', /more than 1000 values/],
];

test.each(wrong)('refuses %s with its place', (_what, text, pointer, message) => {
  expect(refusal(text)).toMatchObject({ pointer, message: expect.stringMatching(message) });
});

test.each([
  '',
  '"',
  '"\\',
  '{"a": "\\ud83d\\ude00 \\\\ud83d \\"[[[[[[[[[[[[[[[[[[[[[[[[[["}',
  '[1e308, -1.5e-400, 9007199254740993, 123456789012345678901234567890.5]',
  `["${'x'.repeat(100_000)}"]`,
  '{"a": {"b": [[], {}]}}',
  'not JSON: ] } " \\',
])('lets %s pass', (text) => {
  checkJson(text, LIMITS);
});

describe('pointerAt', () => {
  const text = '{"a": [10, {"b,c": "d\\"e"}, [[]]], "f": true}';

  test.each([
    ['10', '/a/0'],
    ['"d', '/a/1/b,c'],
    ['[[', '/a/2'],
    ['true', '/f'],
    ['"f"', '/f'],
    ['{"a', ''],
  ])('of %s', (part, pointer) => {
    expect(pointerAt(text, text.indexOf(part))).toBe(pointer);
  });
});

test.each(['[1e999]', `[${'7'.repeat(2000)}]`, `{"a": -${'7'.repeat(1001)}}`])(
  'parseJson refuses a number that it cannot keep: %s',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);
