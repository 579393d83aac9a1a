import { expect, test } from 'vitest';
import { plainValue } from '../../../engine/expressions/plain-value.ts';

test('copies plain data, also under names that JavaScript uses itself', () => {
  const value = JSON.parse('{"a": [1, null, "x"], "__proto__": {"b": true}, "toString": 1}');

  const copied = plainValue(value, 1000).value;

  expect(JSON.stringify(copied)).toBe(JSON.stringify(value));
});

test('drops the marks of JSONata', () => {
  const list = Object.assign([1, 2], { sequence: true });

  expect(Object.keys(plainValue(list, 1000).value as object)).toEqual(['0', '1']);
});

test('a part that is used many times counts each time', () => {
  let value: unknown[] = ['x'];
  for (let i = 0; i < 60; i++) value = [value, value];

  expect(() => plainValue(value, 100_000)).toThrow('larger than 32 MiB');
});

test('a value inside itself is refused', () => {
  const value: unknown[] = [];
  value.push(value);

  expect(() => plainValue(value, 100_000)).toThrow('nested deeper');
});

test.each([[() => 1], [{ _jsonata_lambda: true }], [{ a: [{ _jsonata_function: true }] }]])(
  'a function is refused: %o',
  (value) => {
    expect(() => plainValue(value, 1000)).toThrow('is a function');
  },
);
