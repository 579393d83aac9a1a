import { describe, expect, test } from 'vitest';
import { rowsOf, runAction } from './run-action.ts';
import { HAS_POSTGRES, usePostgres } from './server.ts';

const postgres = usePostgres();

describe.skipIf(!HAS_POSTGRES)('rows are written to postgres:', () => {
  test('rows are inserted in their order, all or none', async () => {
    const database = await postgres().database();
    await database.client.query(
      'CREATE TABLE "Odd ""Name" (id serial, "Big" int8 UNIQUE, bytes bytea, tags text[], doc json, at timestamptz)',
    );
    const rows = [
      {
        Big: '9007199254740993',
        bytes: 'AP8=',
        tags: ['a', 'b"'],
        doc: { b: 1, a: '9007199254740993' },
        at: '2026-01-02T03:04:05',
      },
      { Big: 2 },
      { Big: 3, tags: null },
    ];
    const { output } = await runAction(database, 'insert_rows', { table: 'Odd "Name', rows });
    const failing = runAction(database, 'insert_rows', { table: 'Odd "Name', rows: [{ Big: 4 }, { Big: 2 }] });

    await expect(failing).rejects.toMatchObject({
      kind: 'conflict',
      upstream: { sql_state: '23505', message: expect.stringContaining('Key ("Big")=(2) already exists') },
      hint: expect.stringContaining('No row was written.'),
    });
    expect(output).toEqual({ rows: 3 });
    expect(await rowsOf(database, 'SELECT * FROM "Odd ""Name" ORDER BY id')).toEqual([
      {
        id: 1,
        Big: '9007199254740993',
        bytes: 'AP8=',
        tags: ['a', 'b"'],
        doc: { b: 1, a: '9007199254740993' },
        at: '2026-01-02T03:04:05Z',
      },
      { id: 2, Big: '2', bytes: null, tags: null, doc: null, at: null },
      { id: 3, Big: '3', bytes: null, tags: null, doc: null, at: null },
    ]);
  });

  test.each([
    ['a column that is not there', [{ id: 1, nope: 1 }], '/rows/0/nope'],
    ['bytes that are not base64', [{ id: 1 }, { id: 2, bytes: '%%' }], '/rows/1/bytes'],
  ])('rows with %s are refused', async (_, rows, pointer) => {
    const database = await postgres().database();
    await database.client.query('CREATE TABLE t (id int, bytes bytea)');

    await expect(runAction(database, 'insert_rows', { table: 't', rows })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer }],
    });
    expect(await rowsOf(database, 'SELECT * FROM t')).toEqual([]);
  });

  test('an upsert keeps what it does not name, also where that is NOT NULL', async () => {
    const database = await postgres().database();
    await database.client.query(
      "CREATE TABLE t (a int, b text, name text NOT NULL, n numeric DEFAULT 5, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 'x', 'old', 1)",
    );
    const rows = [
      { a: '01', b: 'x', n: '1.50' },
      { a: 2, b: 'x', name: 'new' },
    ];
    const input = { table: 't', key_columns: ['a', 'b'], rows };
    const first = await runAction(database, 'upsert_rows', input);
    await runAction(database, 'upsert_rows', input);

    expect(first.output).toEqual({ rows: 2 });
    expect(await rowsOf(database, 'SELECT * FROM t ORDER BY a')).toEqual([
      { a: 1, b: 'x', name: 'old', n: '1.50' },
      { a: 2, b: 'x', name: 'new', n: '5' },
    ]);
  });

  test('an upsert with IGNORE leaves rows that are there', async () => {
    const database = await postgres().database();
    await database.client.query(
      "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL); INSERT INTO t VALUES (1, 'old')",
    );
    const rows = [
      { id: 1, name: 'other' },
      { id: 2, name: 'new' },
    ];
    const { output } = await runAction(database, 'upsert_rows', {
      table: 't',
      key_columns: ['id'],
      rows,
      when_matched: 'IGNORE',
    });

    expect(output).toEqual({ rows: 1 });
    expect(await rowsOf(database, 'SELECT name FROM t ORDER BY id')).toEqual([{ name: 'old' }, { name: 'new' }]);
  });

  test.each([
    ['numbers that are equal', 'numeric', ['1.0', '1.00']],
    ['integers written differently', 'int8', ['7', '07']],
    ['times with other offsets', 'timestamptz', ['2026-01-02T00:00:00Z', '2026-01-02T01:00:00+01:00']],
    ['padded texts', 'char(5)', ['a', 'a  ']],
  ])('two rows with one key are refused: %s', async (_, type, [one, other]) => {
    const database = await postgres().database();
    await database.client.query(`CREATE TABLE t (id ${type} PRIMARY KEY, n int)`);
    const rows = [
      { id: one, n: 1 },
      { id: other, n: 2 },
    ];

    await expect(runAction(database, 'upsert_rows', { table: 't', key_columns: ['id'], rows })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/rows/1', message: 'has the same key as row 0' }],
    });
    expect(await rowsOf(database, 'SELECT * FROM t')).toEqual([]);
  });

  test.each([
    [
      'without a unique index',
      { key_columns: ['n'], rows: [{ id: 1, n: 1 }] },
      { kind: 'invalid', hint: expect.stringContaining('unique index') },
    ],
    ['without its key', { key_columns: ['id'], rows: [{ n: 1 }] }, { errors: [{ pointer: '/rows/0/id' }] }],
    ['with a NULL key', { key_columns: ['id'], rows: [{ id: null }] }, { errors: [{ pointer: '/rows/0/id' }] }],
    [
      'by a column that is not there',
      { key_columns: ['nope'], rows: [{ id: 1 }] },
      { errors: [{ pointer: '/key_columns/0', allowed: ['id', 'n'] }] },
    ],
    [
      'into a table that is not there',
      { table: 'nope', key_columns: ['id'], rows: [{ id: 1 }] },
      { kind: 'not_found' },
    ],
  ])('an upsert %s fails', async (_, input, failure) => {
    const database = await postgres().database();
    await database.client.query('CREATE TABLE t (id int PRIMARY KEY, n int)');

    await expect(runAction(database, 'upsert_rows', { table: 't', ...input })).rejects.toMatchObject(failure);
  });

  test('deletes by the given values, in the types of the columns', async () => {
    const database = await postgres().database();
    await database.client.query(
      "CREATE TABLE t (id int8, kind text); INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b')",
    );
    const { output } = await runAction(database, 'delete_rows', {
      table: 't',
      rows: [{ id: '01' }, { kind: 'b' }, { id: 9 }],
    });

    expect(output).toEqual({ rows: 2 });
    expect(await rowsOf(database, 'SELECT id FROM t')).toEqual([{ id: '2' }]);
  });
});
