import { expect, test } from 'vitest';
import type { Json } from '../../../../connector/manifest.ts';
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

const column = (name: string, type_name: string) => ({ name, type_name, position: 0 });

test.each<[type: string, value: Json, isTrue: boolean]>([
  ['DECIMAL', '0.00', false],
  ['DECIMAL', '-0.0', false],
  ['DECIMAL', '0.01', true],
  ['LONG', '0', false],
  ['LONG', '-1', true],
  ['DOUBLE', 0, false],
  ['DOUBLE', '0.0E0', false],
  ['DOUBLE', '1.0E-7', true],
  ['BOOLEAN', 'false', false],
  ['BOOLEAN', true, true],
  ['STRING', 'false', false],
  ['STRING', 'TRUE', true],
  ['STRING', null, false],
])('a %s of %j is true: %s', (type, value, isTrue) => {
  const { read } = follow(SOURCE, {});

  const { events } = read({ columns: [column('n', type)], rows: [{ n: value }] });

  expect(events).toHaveLength(isTrue ? 1 : 0);
});

test.each([
  ['STRING', '0'],
  ['STRING', 'yes'],
  ['STRING', ''],
  ['DOUBLE', 'NaN'],
  ['ARRAY', '[]'],
])('a %s of %j is neither true nor false, and says so', (type, value) => {
  const { read } = follow(SOURCE, {});

  expect(() => read({ columns: [column('n', type)], rows: [{ n: value }] })).toThrow(
    expect.objectContaining({ code: 'ERR_CURSOR_COLUMN', message: expect.stringContaining('neither true nor false') }),
  );
});

test('the first column is that of the result, also beside one that is named as a number', () => {
  const { read } = follow(SOURCE, {});
  const columns = [column('n', 'INT'), { ...column('1', 'INT'), position: 1 }];

  expect(read({ columns, rows: [{ n: 0, 1: 5 }] }).events).toEqual([]);
});
