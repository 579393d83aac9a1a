import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { startWorker } from '../../../engine/worker.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { testContext, until } from '../../context.ts';
import { HAS_POSTGRES, PASSWORD, USER, usePostgres } from './server.ts';

const postgres = usePostgres();

/** A workflow that writes down the rows that its trigger gives. */
async function follow(create: string, input: Record<string, unknown> = {}) {
  const { client, name } = await postgres().database();
  await client.query(create);
  const ctx = await testContext();
  const { id: account } = await createLinkedAccount(ctx, engineActor('default'), {
    name: 'shop',
    connector: 'postgres',
    hostname: '127.0.0.1',
    port: String(postgres().port),
    database: name,
    ssl_mode: 'disable',
    authentication: { kind: 'password', username: USER, password: PASSWORD, test: false },
  });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const workflow = await createWorkflow(ctx, 'default', {
    name: 'follow',
    trigger: {
      id: 'postgres.new_or_changed_rows',
      linked_account: account,
      input: { table: 'events', cursor_column: 'at', key_column: 'id', page_size: 3, ...input },
      schedule: { every_seconds: 1 },
    },
    steps: [{ id: 'write', action: 'core.file', input: { path: 'out.ndjson', rows: '{{ trigger.events }}' } }],
  });
  const cursor = () => readCursor(ctx, workflow.id);
  return {
    sql: (statement: string) => client.query(statement),
    cursor,
    caughtUp: (events: number) =>
      until(`${events} events were delivered`, async () => {
        const { events: count, inFlight, failures, lastError } = await cursor();
        if (failures > 3) throw new Error(`it fails: ${lastError}`);
        return count >= events && inFlight === null;
      }),
    async delivered(): Promise<Record<string, unknown>[]> {
      const path = join(ctx.config.dataFolder, 'files', 'default', 'out.ndjson');
      const text = await readFile(path, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).data);
    },
  };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const ids = (rows: Record<string, unknown>[]) => rows.map(({ id }) => id);

describe.skipIf(!HAS_POSTGRES)('new or changed rows', () => {
  test('each row once, in the order of times to the microsecond, then what changed', async () => {
    const { sql, caughtUp, delivered } = await follow(
      `CREATE TABLE events (id int8 PRIMARY KEY, at timestamptz, n numeric);
       INSERT INTO events SELECT 9007199254740990 + n, '2026-01-02T03:04:05Z'::timestamptz + n * interval '1 microsecond', n FROM generate_series(1, 10) AS n`,
    );
    await caughtUp(10);
    await sql("UPDATE events SET n = 99, at = at + interval '1 day' WHERE n = 2");
    await caughtUp(11);

    const rows = await delivered();
    expect(rows.map(({ n }) => n)).toEqual([...numbers(1, 10), 99].map(String));
    expect(rows.at(-1)).toEqual({ id: '9007199254740992', at: '2026-01-03T03:04:05.000002Z', n: '99' });
  });

  test.each([
    ['a day', 'date', "'2026-01-02'"],
    ['a number', 'int8', '20260102'],
    ['an exact number', 'numeric(10,3)', '7.250'],
    ['a text', 'text', "'ä'"],
    ['a time without a zone', 'timestamp', "'2026-01-02 10:00:00'"],
  ])('rows that come later with a lower key are delivered once: %s', async (_, type, value) => {
    const { sql, caughtUp, delivered } = await follow(
      `CREATE TABLE events (id int, at ${type}); INSERT INTO events VALUES (5, ${value}), (7, ${value})`,
      { page_size: 2 },
    );
    await caughtUp(2);
    await sql(`INSERT INTO events SELECT n, ${value} FROM unnest(ARRAY[1, 2, 3, 6, 9]) AS n`);
    await caughtUp(7);

    expect(ids(await delivered()).toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 5, 6, 7, 9]);
  });

  test('texts are in one order whatever the collation, and names may hold anything', async () => {
    const texts = ['B', 'a', 'Z', 'ä', 'A', 'z', '_', 'é', 'É', '0'];
    const { caughtUp, delivered } = await follow(
      `CREATE SCHEMA "Odd"; CREATE TABLE "Odd"."E""vents" (id text COLLATE "und-x-icu", "At ""x" text COLLATE "und-x-icu");
       INSERT INTO "Odd"."E""vents" SELECT t, t FROM unnest(ARRAY['${texts.join("','")}']) AS t`,
      { schema: 'Odd', table: 'E"vents', cursor_column: 'At "x' },
    );
    await caughtUp(10);

    expect(ids(await delivered())).toEqual(texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  test('keys of several columns and of any type, among equal values', async () => {
    const { caughtUp, delivered } = await follow(
      `CREATE TABLE events (id uuid DEFAULT gen_random_uuid(), kind text, at timestamptz DEFAULT '2026-01-02');
       INSERT INTO events (kind) SELECT (ARRAY['a', 'B', 'c'])[n % 3 + 1] FROM generate_series(1, 20) AS n`,
      { key_column: undefined, key_columns: ['kind', 'id'] },
    );
    await caughtUp(20);

    expect(new Set(ids(await delivered())).size).toBe(20);
  });

  test('a query, from now on; rows without a value and in the future wait', async () => {
    const { sql, cursor, caughtUp, delivered } = await follow(
      "CREATE TABLE events (id int, at timestamptz); INSERT INTO events VALUES (1, '2026-01-01')",
      { source: 'query', table: undefined, query: 'SELECT *, id * 2 AS twice FROM events -- all;', start: 'now' },
    );
    await until('the start is known', async () => (await cursor()).position?.value != null);
    await sql("INSERT INTO events VALUES (2, '2026-01-02'), (3, NULL), (4, 'infinity'), (5, now() + interval '1 day')");
    await caughtUp(1);

    expect(await delivered()).toEqual([{ id: 2, at: '2026-01-02T00:00:00Z', twice: 4 }]);
  });

  test('rows that are too large for one answer come in smaller pages', async () => {
    const { caughtUp, delivered } = await follow(
      `CREATE TABLE events (id int, at int, text text);
       INSERT INTO events SELECT n, n, repeat('x', 3000000) FROM generate_series(1, 8) AS n`,
      { page_size: 100 },
    );
    await caughtUp(8);

    expect(ids(await delivered())).toEqual(numbers(1, 8));
  });

  test('a table that was recreated is noticed', async () => {
    const { sql, cursor, caughtUp } = await follow(
      'CREATE TABLE events (id int, at int); INSERT INTO events VALUES (1, 10), (2, 20)',
    );
    await caughtUp(2);
    await until('the table is known', async () => (await cursor()).position?.at?.table !== undefined);
    await sql('DROP TABLE events; CREATE TABLE events (id int, at int); INSERT INTO events VALUES (1, 1)');

    await until('it is said', async () => /recreated/.test((await cursor()).lastError ?? ''));
  });

  test('a cursor column without an order is refused with what to do', async () => {
    const { cursor } = await follow('CREATE TABLE events (id int, at jsonb)');

    await until('it is said', async () => /is of type jsonb/.test((await cursor()).lastError ?? ''));
  });
});
