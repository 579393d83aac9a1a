import { expect, test } from 'vitest';
import type { JsonObject, SourceManifest } from '../../connector/manifest.ts';
import { follow } from '../services/databricks/readers/setting.ts';

const SOURCE: SourceManifest = {
  reader: 'listing',
  action: 'shop.list_orders',
  input: {},
  cursor: { items: 'orders', key: 'id', value: '$input.change_field', page_size: '$input.page_size' },
};

function list(input: JsonObject = {}) {
  const followed = follow(SOURCE, { page_size: 100, ...input });
  return {
    followed,
    read: followed.read,
    source: followed.source,
    poll: followed.poll,
    look: (...orders: JsonObject[]) =>
      followed.read({ orders }).events.map(({ change, data }) => [change, (data as JsonObject).id]),
    ids: (...orders: JsonObject[]) => followed.read({ orders }).events.map(({ id }) => id),
  };
}

test('gives every item once, and one that changed in its content again', () => {
  const { look } = list();

  expect(look({ id: 'a', n: 1 }, { id: 'b', n: 1 })).toEqual([
    ['new', 'a'],
    ['new', 'b'],
  ]);
  expect(look({ id: 'a', n: 1 }, { n: 2, id: 'b' }, { id: 'c', n: 1 })).toEqual([
    ['changed', 'b'],
    ['new', 'c'],
  ]);
  expect(look({ n: 1, id: 'a' }, { id: 'b', n: 2 }, { id: 'c', n: 1 })).toEqual([]);
});

test('looks at the change field alone when there is one', () => {
  const { look } = list({ change_field: 'version' });
  look({ id: 'a', version: 1, noise: 'x' });

  expect(look({ id: 'a', version: 1, noise: 'y' })).toEqual([]);
  expect(look({ id: 'a', version: 2, noise: 'y' })).toEqual([['changed', 'a']]);
});

test('tells a change back to an earlier state from that state', () => {
  const { ids } = list();
  const [first] = ids({ id: 'a', n: 1 });
  const [second] = ids({ id: 'a', n: 2 });
  const [third] = ids({ id: 'a', n: 1 });

  expect(new Set([first, second, third]).size).toBe(3);
});

test('gives the same ids again when the same news is read again', () => {
  const answer = { orders: [{ id: 'a' }, { id: 'b' }] };
  const { source, poll } = list();

  expect(source.read(poll(), answer)).toEqual(source.read(poll(), answer));
});

test('takes what is there at the start as known when it starts now', () => {
  const { look } = list({ start: 'now' });

  expect(look({ id: 'a' }, { id: 'b' })).toEqual([]);
  expect(look({ id: 'a' }, { id: 'b' }, { id: 'c' })).toEqual([['new', 'c']]);
});

test('spreads many news over pages and loses none', () => {
  const listed = list({ page_size: 2 });
  const orders = Array.from({ length: 5 }, (_, i) => ({ id: `o${i}` }));
  const pages = [listed.read({ orders }), listed.read({ orders }), listed.read({ orders })];

  expect(pages.map(({ events, more }) => [events.length, more])).toEqual([
    [2, true],
    [2, true],
    [1, false],
  ]);
  expect(listed.read({ orders })).toMatchObject({ events: [], to: null });
});

test('forgets what is gone from the listing', () => {
  const listed = list();
  listed.look({ id: 'a' }, { id: 'b' });
  listed.look({ id: 'b' });

  expect(JSON.parse(listed.followed.memory!)).toEqual({ b: [1, expect.any(String)] });
});

test('goes from old to new through a listing that begins with the newest, and only through what its condition takes', () => {
  const { read } = follow(
    { ...SOURCE, cursor: { ...SOURCE.cursor!, order: 'newest_first', where: { state: ['DONE'] } } },
    { page_size: 10 },
  );

  const { events } = read({
    orders: [
      { id: 3, state: 'DONE' },
      { id: 2, state: 'OPEN' },
      { id: 1, state: 'DONE' },
    ],
  });

  expect(events.map(({ data }) => (data as JsonObject).id)).toEqual([1, 3]);
});

test.each([
  ['no id', [{ n: 1 }], 'an item has none'],
  ['the id of another', [{ id: 1 }, { id: 1 }], 'two items have "1"'],
])('refuses an item with %s', (_, orders, message) => {
  const { read } = follow(SOURCE, { page_size: 10 });

  expect(() => read({ orders })).toThrow(
    expect.objectContaining({ code: 'ERR_CURSOR_COLUMN', message: expect.stringContaining(message) }),
  );
});

test.each([
  ['epoch ms', Date.parse('2026-01-01T10:00:00Z'), '2026-01-01T10:00:00.000Z'],
  ['epoch ms in text', String(Date.parse('2026-01-01T10:00:00Z')), '2026-01-01T10:00:00.000Z'],
  ['a time with an offset', '2026-01-01T11:00:00+01:00', '2026-01-01T10:00:00.000Z'],
  ['a time without a zone', '2026-01-01 10:00:00', '2026-01-01T10:00:00.000Z'],
  ['a version', 7, null],
  ['a large number that is no time', '9007199254740993', null],
  ['a text', 'etag-1', null],
])('tells the oldest item that is left where what changes is %s', (_, at, oldest) => {
  const { read } = list({ change_field: 'at', page_size: 1 });

  const { backlog } = read({
    orders: [
      { id: 'a', at: 1 },
      { id: 'b', at },
    ],
  });

  expect(backlog!.after).toEqual({ rows: 1, versions: null, oldest, future: 0 });
});

test('a listing that continues after what was read is an error, unless it was asked for so', () => {
  const output = { orders: [{ id: 'a' }], more: true };

  expect(() => list().read(output)).toThrow(/the list has more than the 1 items that were read/);
  expect(list({ action_input: { max_items: 1 } }).read(output).events).toHaveLength(1);
});
