import { describe, expect, test } from 'vitest';
import type { JsonObject, SourceManifest } from '../../../../connector/manifest.ts';
import { follow as followSource } from './setting.ts';

const SOURCE: SourceManifest = {
  reader: 'table',
  action: 'databricks.execute_statement',
  input: { warehouse_id: '$input.warehouse_id' },
  identity: ['table', 'cursor_column'],
};
const INPUT = {
  warehouse_id: 'w',
  table: 'a.b.c',
  cursor_column: 'at',
  cursor_type: 'BIGINT',
  key_column: 'id',
  page_size: 2,
};

function rows(...values: [cursor: string | number | null, key: string | number | null][]) {
  return {
    rows: values.map(([at, id]) => ({
      at,
      id,
      _penstock_cursor: at === null ? null : String(at),
      _penstock_key_0: id === null ? null : String(id),
    })),
  };
}

/** A table that is the same one whenever it is asked. */
function follow(...of: Parameters<typeof followSource>): ReturnType<typeof followSource> {
  const followed = followSource(...of);
  const tellIdentity = () => {
    if (String(followed.ask().input.statement).startsWith('DESCRIBE DETAIL'))
      followed.read({ rows: [{ location: 's3://bucket/table', createdAt: '1969-01-01T00:00:00Z' }] });
  };
  return {
    ...followed,
    ask() {
      tellIdentity();
      return followed.ask();
    },
    read(output) {
      tellIdentity();
      return followed.read(output);
    },
    get position() {
      return followed.position;
    },
    get memory() {
      return followed.memory;
    },
  };
}

describe('a page', () => {
  test('is known to be followed by another through one row that is not given', () => {
    const { read } = follow(SOURCE, INPUT);

    expect(read(rows([1, 1], [1, 2], [2, 1]))).toMatchObject({
      events: [{}, {}],
      to: { value: '1', key: '2' },
      more: true,
    });
    expect(read(rows([2, 1]))).toMatchObject({ events: [{}], to: { value: '2', key: '1' }, more: false });
    expect(read(rows())).toMatchObject({ events: [], to: null, more: false });
  });

  test('leaves the helper columns out of the events', () => {
    const { read } = follow(SOURCE, INPUT);

    expect(read(rows([1, 7])).events[0]!.data).toEqual({ at: 1, id: 7 });
  });

  test('is refused when two rows cannot be told apart, also over its edge', () => {
    const { read } = follow(SOURCE, INPUT);

    expect(() => read(rows([1, 1], [2, 2], [2, 2]))).toThrow(expect.objectContaining({ code: 'ERR_CURSOR_COLUMN' }));
  });

  test.each([
    ['cursor', rows([null, 1])],
    ['key', rows([1, null])],
  ])('is refused when a row has no %s', (role, output) => {
    const { read } = follow(SOURCE, INPUT);

    expect(() => read(output)).toThrow(
      expect.objectContaining({ code: 'ERR_CURSOR_COLUMN', message: expect.stringContaining(role) }),
    );
  });

  test('is refused when the cursor column is of another type than it is compared as', () => {
    const { read } = follow(SOURCE, INPUT);
    const columns = [{ name: 'AT', type_name: 'STRING', type_text: 'STRING' }];

    expect(() => read({ ...rows(['10', 1]), columns })).toThrow(
      expect.objectContaining({
        code: 'ERR_CURSOR_COLUMN',
        message: expect.stringContaining('"at" is of type STRING, not BIGINT'),
      }),
    );
  });
});

describe('a composite key', () => {
  const input = { ...INPUT, key_column: undefined, key_columns: ['a', 'b`c'] } as unknown as JsonObject;
  const row = (at: number, a: string, b: string) => ({
    _penstock_cursor: String(at),
    _penstock_key_0: a,
    _penstock_key_1: b,
  });

  test('is compared column after column and quoted', () => {
    const { read, ask } = follow(SOURCE, input);
    read({ rows: [row(1, 'x', 'y'), row(1, 'x', 'z')] });

    const { statement, parameters } = ask().input;

    expect(statement).toContain(
      '`at` >= :cursor AND ((`at` > :cursor) OR (`at` = :cursor AND `a` > :cursor_key_0) OR (`at` = :cursor AND `a` = :cursor_key_0 AND `b``c` > :cursor_key_1))',
    );
    expect(parameters).toMatchObject([
      { name: 'table', value: '`a`.`b`.`c`' },
      { name: 'cursor', value: '1', type: 'BIGINT' },
      { name: 'cursor_key_0', value: 'x' },
      { name: 'cursor_key_1', value: 'z' },
    ]);
  });
});

describe('where it begins', () => {
  test('is after a value', () => {
    const { ask } = follow(SOURCE, { ...INPUT, start_from: '41' });

    expect(ask().input.statement).toContain('`at` > :cursor');
    expect(ask().input.parameters).toContainEqual({ name: 'cursor', value: '41', type: 'BIGINT' });
  });

  test('is the last row of all when it starts now, even when there is none', () => {
    const some = follow(SOURCE, { ...INPUT, start: 'now' });
    expect(some.ask().input.statement).toMatch(/ORDER BY `at` DESC, `id` DESC\nLIMIT 1/);
    expect(some.read(rows([9, 3]))).toMatchObject({ events: [], to: { value: '9', key: '3' } });

    const none = follow(SOURCE, { ...INPUT, start: 'now' });
    none.read(rows());
    expect(none.read(rows([1, 1])).events).toHaveLength(1);
  });
});

test('holds the newest rows back', () => {
  const { ask } = follow(SOURCE, { ...INPUT, cursor_type: 'TIMESTAMP', lag_seconds: 60 });

  expect(ask().input.statement).toContain('`at` <= timestamp_micros(:through)');
  expect(ask().input.parameters).toContainEqual({
    name: 'through',
    value: String(Date.parse('2026-01-01T11:59:00Z') * 1000),
    type: 'BIGINT',
  });
});

test('puts a query into brackets that its last comment cannot swallow', () => {
  const { ask } = follow(SOURCE, { ...INPUT, query: 'SELECT 1 AS at, 2 AS id -- all' });

  expect(ask().input.statement).toContain('FROM (\nSELECT 1 AS at, 2 AS id -- all\n)');
});

test('refuses a cursor of another table', () => {
  const { read, source, poll } = follow(SOURCE, INPUT);
  read(rows([1, 1]));
  const other = follow(SOURCE, { ...INPUT, table: 'a.b.d' });

  expect(() => other.source.ask({ ...other.poll(), position: poll().position })).toThrow(
    expect.objectContaining({ code: 'ERR_CURSOR_COLUMN', message: expect.stringContaining('a different source') }),
  );
  expect(() => source.ask(poll())).not.toThrow();
});

describe('looking back', () => {
  const input = { ...INPUT, cursor_type: 'TIMESTAMP', lookback_seconds: 10, page_size: 2 };
  const at = (seconds: number, id: number) => ({
    id,
    _penstock_cursor: String(seconds * 1_000_000),
    _penstock_key_0: String(id),
  });
  const given = (page: { events: { data: unknown }[] }) => page.events.map(({ data }) => (data as { id: number }).id);

  test('gives rows that were committed before the cursor, and each row once', () => {
    const { read, ask } = follow(SOURCE, input);
    expect(given(read({ rows: [at(100, 1), at(105, 2)] }))).toEqual([1, 2]);

    expect(ask().input.statement).toContain('`at` >= timestamp_micros(:from_value)');
    expect(ask().input.parameters).toContainEqual({ name: 'from_value', value: '95000000', type: 'BIGINT' });
    expect(given(read({ rows: [at(100, 1), at(101, 3), at(105, 2)].slice(0, 3) }))).toEqual([3]);
    expect(given(read({ rows: [at(105, 2), at(106, 4)] }))).toEqual([4]);
  });

  test('continues through a run of known rows that is longer than a page', () => {
    const { read, ask } = follow(SOURCE, input);
    read({ rows: [at(100, 1), at(100, 2), at(101, 3)] });
    read({ rows: [at(101, 3)] });

    const page = read({ rows: [at(100, 1), at(100, 2), at(101, 3)] });

    expect(page).toMatchObject({
      events: [],
      more: true,
      to: { at: { value: '1970-01-01T00:01:40.000000Z', key: '2' } },
    });
    expect(ask().input.parameters).toContainEqual({ name: 'cursor_key_0', value: '2', type: 'STRING' });
    expect(read({ rows: [at(101, 3), at(101, 4)] })).toMatchObject({
      events: [{}],
      more: false,
      to: { value: '1970-01-01T00:01:41.000000Z' },
    });
  });

  test('writes nothing down when nothing is new', () => {
    const { read } = follow(SOURCE, input);
    read({ rows: [at(100, 1)] });

    expect(read({ rows: [at(100, 1)] })).toMatchObject({ events: [], to: null });
  });

  test('remembers no longer than it looks back', () => {
    const followed = follow(SOURCE, input);
    followed.read({ rows: [at(100, 1), at(200, 2)] });

    expect(followed.memory!.split('\n')).toHaveLength(1);
  });
});
