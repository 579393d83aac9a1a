import { expect, test } from 'vitest';
import { parseJson, stringifyAtEdge, stringifyJson } from '../../connector/json.ts';

test.each([1e20, -1e20, 1.7976931348623157e308, 2 ** 53, 123456789012345680000, 9007199254740991, 0.1, 1e-7])(
  'the number %d is the same number after any number of writes and reads',
  (number) => {
    const value = { a: [number], b: 'x' };

    for (const write of [stringifyJson, stringifyAtEdge]) {
      expect(parseJson(write(value))).toEqual(value);
      expect(parseJson(write(parseJson(write(value))))).toEqual(value);
    }
  },
);

test('a bigint beside such a number keeps every digit', () => {
  const value = { id: 9007199254740993n, weight: 1e20 };

  expect(parseJson(stringifyJson(value))).toEqual(value);
  expect(JSON.parse(stringifyAtEdge(value))).toEqual({ id: '9007199254740993', weight: 1e20 });
});

test('text that looks like a long number is written as it is', () => {
  expect(stringifyJson({ note: 'ids: 1234567890123456789' })).toBe('{"note":"ids: 1234567890123456789"}');
});
