import { expect, test } from 'vitest';
import { differencesOf, versionChanges } from '../../../engine/replay/differences.ts';
import { value } from '../flows.ts';

test.each([
  [{ a: 1 }, { a: 1 }, []],
  [{ a: 1 }, { a: '1' }, [{ pointer: '/a', change: 'changed' }]],
  [
    { a: 1 },
    { b: 1 },
    [
      { pointer: '/a', change: 'removed' },
      { pointer: '/b', change: 'added' },
    ],
  ],
  [
    { a: [1, 2] },
    { a: [1, 3, 4] },
    [
      { pointer: '/a/1', change: 'changed' },
      { pointer: '/a/2', change: 'added' },
    ],
  ],
  [{ a: [] }, { a: {} }, [{ pointer: '/a', change: 'changed' }]],
  [{ a: null }, { a: {} }, [{ pointer: '/a', change: 'changed' }]],
  [{ 'x/~y': 1 }, { 'x/~y': 2 }, [{ pointer: '/x~1~0y', change: 'changed' }]],
  [{ a: 9007199254740993n }, { a: 9007199254740992n }, [{ pointer: '/a', change: 'changed' }]],
  [1, 2, [{ pointer: '', change: 'changed' }]],
])('differences, case %#', (before, after, expected) => {
  expect(differencesOf(before, after, 10)).toEqual(expected);
});

test('stops at the limit', () => {
  expect(differencesOf({ a: 1, b: 1, c: 1 }, {}, 2)).toHaveLength(2);
});

test('steps are compared by id: what one needs is a difference, where it stands is none', () => {
  const base = { name: 'w', trigger: { id: 'core.manual', input: {} }, enabled: true, publish: true };
  const step = (id: string, more = {}) => ({ ...value(id, 1), on_error: 'stop' as const, ...more });
  const tell = step('tell');
  const before = { ...base, steps: [step('a'), step('b'), step('c', { needs: [] }), step('gone')] };
  const after = {
    ...base,
    name: 'other',
    variables: { x: 1 },
    steps: [step('c', { needs: [] }), step('a'), step('new'), step('b', { on_error: { steps: [tell], then: 'stop' } })],
  };

  expect(versionChanges(before, after)).toEqual({
    steps: [
      { step: 'a', change: 'changed', fields: ['needs'] },
      { step: 'new', change: 'added' },
      { step: 'b', change: 'changed', fields: ['needs', 'on_error'] },
      { step: 'tell', change: 'added' },
      { step: 'gone', change: 'removed' },
    ],
    fields: ['variables'],
  });
});
