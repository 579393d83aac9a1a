import { expect, test } from 'vitest';
import { follow } from './setting.ts';

const SOURCE = {
  reader: 'condition',
  action: 'x.y',
  input: {},
  cursor: { items: 'rows', key: 'value', page_size: 1 },
} as const;

test('fires when the value becomes true, and not while it stays so', () => {
  const { read } = follow(SOURCE, {});
  const values = [false, true, true, '0', 3, null, 'true'];

  const fired = values.map((value) => read({ rows: [{ value }] }).events.length);

  expect(fired).toEqual([0, 1, 0, 0, 1, 0, 1]);
});

test('gives each time it becomes true an id of its own', () => {
  const { read } = follow(SOURCE, {});
  const ids = [true, false, true].flatMap((value) => read({ rows: [{ value }] }).events.map(({ id }) => id));

  expect(new Set(ids).size).toBe(2);
});

test('takes no row for not true', () => {
  const { read } = follow(SOURCE, {});
  read({ rows: [{ value: true }] });

  expect(read({ rows: [] })).toMatchObject({ events: [], to: { value: 'false' } });
});
