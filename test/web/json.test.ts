import { expect, test } from 'vitest';
import { isSame, parseExact, stringifyExact } from '../../web/src/data/json.ts';

test.each([
  '9007199254740991',
  '9007199254740993',
  '-9223372036854775808',
  '123456789012345678901234567890',
  '0.1',
  '0.30000000000000004',
  '1e+20',
  '1.2345678901234568e+20',
  '1.7976931348623157e+308',
  '5e-324',
])('%s is read and written with the same digits', (digits) => {
  const text = `{"n":${digits},"list":[${digits}],"text":"${digits}"}`;

  expect(stringifyExact(parseExact(text))).toBe(text);
});

test.each(['0.1234567890123456789', '9007199254740993.5', '1e400', '-1e999', '9'.repeat(1001)])(
  '%s is refused: no value here has its digits',
  (digits) => {
    expect(() => parseExact(`{"n": ${digits}}`)).toThrow(/loses digits/);
  },
);

test('equal values are the same, whatever the order of their members', () => {
  expect(isSame({ a: 9007199254740993n, b: [1] }, { b: [1], a: 9007199254740993n })).toBe(true);
  expect(isSame({ a: 9007199254740993n }, { a: 9007199254740992 })).toBe(false);
  expect(isSame({ a: undefined }, {})).toBe(true);
  expect(isSame([1], { 0: 1 })).toBe(false);
  expect(isSame([1], [1, undefined])).toBe(false);
  expect(isSame(JSON.parse('{"__proto__": {}}'), {})).toBe(false);
});
