import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadManifests } from '../../../connector/load-manifests.ts';
import { databaseOf } from '../../../services/postgres/connections.ts';
import { toFailure } from '../../../services/postgres/failures.ts';
import { SERVICES } from '../../../services/registry.ts';
import { replayExample } from '../../manifests/replay.ts';
import { rowsOf, runAction } from './run-action.ts';
import { HAS_POSTGRES, PASSWORD, USER, usePostgres } from './server.ts';

const manifests = await loadManifests(new URL('../../../manifests/', import.meta.url), { services: SERVICES });
const examples = [...manifests.actions.values()]
  .filter(({ connector }) => connector.id === 'postgres')
  .flatMap(({ id, manifest }) => manifest.examples.map((example) => ({ id, title: example.title, example })));
const postgres = usePostgres();

describe.skipIf(!HAS_POSTGRES)('postgres', () => {
  test.each(examples)('replays its examples: $id: $title', async ({ id, example }) => {
    const { access } = await postgres().database();

    await replayExample(
      { manifests, emulator: { url: 'http://127.0.0.1:9', token: '', accountId: '', login: access } },
      id,
      example,
    );
  });

  test('shows each type exactly', async () => {
    const database = await postgres().database();
    await database.client.query(`CREATE TYPE mood AS ENUM ('sad', 'happy')`);
    const { output } = await runAction(database, 'query', {
      statement: `SELECT 9007199254740993::int8 AS big, 12345678901234567890.12::numeric(30,2) AS exact, 7::int2 AS small, 0.1::float8 AS real,
        'NaN'::float8 AS nan, true AS yes, NULL::int AS none, '2026-01-02 03:04:05.123456+01'::timestamptz AS instant,
        '2026-01-02 03:04:05'::timestamp AS local, '2026-01-02'::date AS day, '{"id": 9007199254740993, "b": [1, "x"]}'::jsonb AS doc,
        ARRAY[9007199254740993, NULL]::int8[] AS bigs, ARRAY[['a,"b', 'c'], ['d', 'NULL']] AS texts, '\\x00ff'::bytea AS bytes,
        ARRAY['happy']::mood[] AS moods, 'sad'::mood AS mood, 1 AS again, 2 AS again`,
    });

    expect(output.rows).toEqual([
      {
        big: '9007199254740993',
        exact: '12345678901234567890.12',
        small: 7,
        real: 0.1,
        nan: 'NaN',
        yes: true,
        none: null,
        instant: '2026-01-02T02:04:05.123456Z',
        local: '2026-01-02T03:04:05',
        day: '2026-01-02',
        doc: { id: '9007199254740993', b: [1, 'x'] },
        bigs: ['9007199254740993', null],
        texts: [
          ['a,"b', 'c'],
          ['d', 'NULL'],
        ],
        bytes: 'AP8=',
        moods: ['happy'],
        mood: 'sad',
        again: 1,
        again_2: 2,
      },
    ]);
    const types = (output.columns as { name: string; type_text: string }[]).map(({ type_text }) => type_text);
    expect(types).toEqual(expect.arrayContaining(['numeric(30,2)', 'ARRAY<bigint>', 'ARRAY<mood>', 'mood']));
  });

  test.each([
    ['a text', 'SELECT $1::text AS v', ["o'clock \\ "], "o'clock \\ "],
    ['an exact number as text', 'SELECT $1::int8 AS v', ['9007199254740993'], '9007199254740993'],
    ['null', 'SELECT $1::int IS NULL AS v', [null], true],
    ['a list for an array', "SELECT 'b' = ANY($1::text[]) AS v", [['a"', 'b', null]], true],
    ['a list for JSON', 'SELECT $1::jsonb AS v', [[1, 'a', []]], [1, 'a', []]],
    ['an empty list for JSON', 'SELECT $1::jsonb AS v', [[]], []],
    ['an object', 'SELECT $1::jsonb AS v', [{ a: [1] }], { a: [1] }],
    ['a truth value', 'SELECT NOT $1::bool AS v', [false], true],
  ])('binds %s', async (_, statement, parameters, value) => {
    const database = await postgres().database();

    expect(await rowsOf(database, statement, parameters)).toEqual([{ v: value }]);
  });

  test('a query cannot write, and says what can', async () => {
    const database = await postgres().database();
    await database.client.query('CREATE TABLE t (id int)');

    await expect(
      rowsOf(database, 'WITH w AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM w'),
    ).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'permission',
      hint: expect.stringContaining('Execute Statement'),
      upstream: { sql_state: '25006' },
    });
  });

  test('settings and locks of one statement are gone for the next', async () => {
    const { access: of, ...database } = await postgres().database();
    const { databaseOf } = await import('../../../services/postgres/connections.ts');
    const kept = databaseOf(of);
    const access = { ...of, keep: () => kept as never };
    await rowsOf({ ...database, access }, "SELECT set_config('search_path', 'elsewhere', false), pg_advisory_lock(1)");

    const after = await rowsOf({ ...database, access }, "SELECT current_setting('search_path') AS path");
    const { rows } = await database.client.query('SELECT pg_try_advisory_lock(1) AS free');
    await kept.close();

    expect([after, rows]).toEqual([[{ path: '"$user", public' }], [{ free: true }]]);
  });

  test('a large result goes to an artifact in parts, with its first rows in the output', async () => {
    const database = await postgres().database();
    const { output, bench } = await runAction(database, 'query', {
      statement: "SELECT n, repeat('x', 1000) AS text FROM generate_series(1, 20000) AS n",
    });

    const lines = bench
      .artifact((output.artifact as { id: string }).id)
      .toString()
      .trimEnd()
      .split('\n');
    expect(output).toMatchObject({ row_count: 20_000, preview: true });
    expect(output.rows).toHaveLength(20);
    expect(lines.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  });

  test('a statement that ends its transaction is refused before it is sent', async () => {
    const database = await postgres().database();

    await expect(runAction(database, 'execute_statement', { statement: '/* x */ commit' })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/statement' }],
    });
  });

  test.each([
    ['COPY t TO STDOUT', { code: 'ERR_INPUT_INVALID', errors: [{ pointer: '/statement' }] }],
    ['COPY t FROM STDIN', { code: 'ERR_UPSTREAM', upstream: { sql_state: '57014' } }],
    ['VACUUM t', { code: 'ERR_UPSTREAM', upstream: { sql_state: '25001' } }],
    ['SELECT 1; SELECT 2', { code: 'ERR_UPSTREAM', upstream: { sql_state: '42601' } }],
  ])('refuses %s', async (statement, failure) => {
    const database = await postgres().database();
    await database.client.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)');

    await expect(runAction(database, 'execute_statement', { statement })).rejects.toMatchObject(failure);
  });

  test('a statement that is only a comment gives nothing', async () => {
    const database = await postgres().database();

    expect((await runAction(database, 'query', { statement: '-- nothing' })).output).toMatchObject({
      rows: [],
      row_count: 0,
    });
  });

  test('a statement beyond its time limit is canceled, and says what to do', async () => {
    const database = await postgres().database();

    await expect(
      runAction(database, 'query', { statement: 'SELECT pg_sleep(30)', timeout_seconds: 1 }),
    ).rejects.toMatchObject({ upstream: { sql_state: '57014' }, hint: expect.stringContaining('timeout_seconds') });
  });

  test('a page of a trigger that is too large says so', async () => {
    const database = await postgres().database();
    const statement = "SELECT repeat('x', 1000000) AS text FROM generate_series(1, 40)";
    const inline = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

    await expect(runAction(database, 'query', { statement }, { inline })).rejects.toMatchObject({
      code: 'ERR_RESPONSE_TOO_LARGE',
    });
  });

  test('the environment of the process says nothing to a connection', async () => {
    const database = await postgres().database();
    vi.stubEnv('PGOPTIONS', '-c search_path=pg_catalog');
    vi.stubEnv('PGSSLNEGOTIATION', 'direct');
    onTestFinished(() => void vi.unstubAllEnvs());

    expect(await rowsOf(database, "SELECT current_setting('search_path') AS path")).toEqual([
      { path: '"$user", public' },
    ]);
  });

  test('an account with a limit of its own has as many connections', async () => {
    const { access } = await postgres().database();
    const database = databaseOf({ ...access, concurrent: 12 });
    onTestFinished(() => database.close());

    const clients = await Promise.all(Array.from({ length: 12 }, () => database.take()));

    for (const client of clients) client.release();
    expect(new Set(clients).size).toBe(12);
  });

  test('a run for which no connection is free is told so', async () => {
    const { access } = await postgres().database();
    const settings = { user: USER, password: PASSWORD, host: access.hostname, port: Number(access.account.port) };
    const pool = new pg.Pool({ ...settings, database: 'postgres', ssl: false, max: 1 });
    const first = await pool.connect();
    pool.options.connectionTimeoutMillis = 50;
    const error = await pool.connect().catch((thrown: unknown) => thrown);
    first.release();
    await pool.end();

    expect(toFailure(error, { moment: 'connect', access })).toMatchObject({
      code: 'ERR_NOT_SENT',
      message: expect.stringContaining('are in use'),
      hint: expect.stringContaining('limits.concurrent'),
      sent: 'no',
    });
  });
});
