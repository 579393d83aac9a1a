import { expect, test } from 'vitest';
import { partsOf, pointerOf, valueAt, withValueAt } from '../../connector/json-pointer.ts';

// The value and the pointers of RFC 6901, section 5, and ours.
const VALUE = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, '~1': 9, ' ': 7 };

test.each([
  ['', [], VALUE],
  ['/foo', ['foo'], ['bar', 'baz']],
  ['/foo/0', ['foo', '0'], 'bar'],
  ['/', [''], 0],
  ['/a~1b', ['a/b'], 1],
  ['/m~0n', ['m~n'], 8],
  ['/~01', ['~1'], 9],
  ['/ ', [' '], 7],
  ['/foo/2', ['foo', '2'], undefined],
  ['/foo/length', ['foo', 'length'], undefined],
  ['/foo/0/0', ['foo', '0', '0'], undefined],
  ['/__proto__', ['__proto__'], undefined],
  ['/constructor/name', ['constructor', 'name'], undefined],
])('%j names %j', (pointer, parts, value) => {
  expect(partsOf(pointer)).toEqual(parts);
  expect(pointerOf(parts)).toBe(pointer);
  expect(valueAt(VALUE, parts)).toEqual(value);
});

test('a copy has the value at the place, shares the rest and leaves the original', () => {
  const copy = withValueAt(VALUE, ['foo', '1'], 'new');
  const made = withValueAt(undefined, ['a', 'b'], 1);
  const beside = withValueAt(VALUE, ['foo', '7'], 'new');

  expect(copy).toEqual({ ...VALUE, foo: ['bar', 'new'] });
  expect(VALUE.foo).toEqual(['bar', 'baz']);
  expect(made).toEqual({ a: { b: 1 } });
  expect(beside).toEqual(VALUE);
});

test('a copy never changes a prototype', () => {
  const copy = withValueAt({}, ['__proto__', 'x'], 1) as Record<string, unknown>;

  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  expect(Object.hasOwn(copy, '__proto__')).toBe(true);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
