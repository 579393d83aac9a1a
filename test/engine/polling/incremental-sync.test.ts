import { expect, test } from 'vitest';
import { readCursor, readCursorHistory } from '../../../engine/cursors/cursors.ts';
import { until } from '../../context.ts';
import { openSync } from '../sync.ts';

const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)';

test('delivers every row once, in order, over pages whose edges fall between equal timestamps', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql(TABLE);
  // 95 rows with 19 different timestamps: with pages of 10, most edges fall between equal ones.
  await sql(
    "INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + CAST(n / 5 AS BIGINT) * 1000001), concat('row ', n) FROM range(95) AS t(n)",
  );

  await caughtUp(await sync(), 95);

  const events = await delivered();
  expect(events.map(({ data }) => data.id)).toEqual(Array.from({ length: 95 }, (_, n) => String(n)));
  expect(new Set(events.map(({ id }) => id)).size).toBe(95);
});

test('delivers only what is new at the next tick, with the types of its columns', async () => {
  const { ctx, sql, sync, caughtUp, delivered } = await openSync();
  await sql(
    'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, n INT, ok BOOLEAN, amount DECIMAL(10,2), tags ARRAY<STRING>)',
  );
  await sql(
    "INSERT INTO main.default.events VALUES (9007199254740993, '2026-01-01 00:00:00.000001', 1, true, 1.50, array('a'))",
  );
  const workflow = await sync();
  await caughtUp(workflow, 1);

  await sql("INSERT INTO main.default.events VALUES (2, '2026-01-01 00:00:00.000002', NULL, false, 2.25, array())");
  await caughtUp(workflow, 2);

  const events = await delivered();
  expect(events.map(({ data }) => data)).toMatchObject([
    { id: '9007199254740993', n: 1, ok: true, amount: '1.50', tags: ['a'] },
    { id: '2', n: null, ok: false, amount: '2.25', tags: [] },
  ]);
  expect((await readCursor(ctx, workflow.id)).position).toMatchObject({
    value: '2026-01-01T00:00:00.000002Z',
    key: '2',
  });
  expect((await readCursorHistory(ctx, workflow.id)).items).toMatchObject([
    { events: 1, version: 2 },
    { events: 1, version: 1 },
  ]);
});

test('includes rows with the timestamp of the cursor and a higher key', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql(TABLE);
  await sql("INSERT INTO main.default.events VALUES (5, '2026-01-01 00:00:00', 'first')");
  const workflow = await sync();
  await caughtUp(workflow, 1);

  await sql("INSERT INTO main.default.events VALUES (10, '2026-01-01 00:00:00', 'same time')");
  await caughtUp(workflow, 2);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['5', '10']);
});

test('a tick that finds nothing costs one statement and leaves no run behind', async () => {
  const { ctx, emulator, sql, sync, caughtUp } = await openSync();
  await sql(TABLE);
  await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01 00:00:00', 'one')");
  const workflow = await sync();
  await caughtUp(workflow, 1);
  await until('a quiet tick has passed', async () => {
    const { lastTickAt, lastSuccessAt } = await readCursor(ctx, workflow.id);
    return lastTickAt !== null && lastSuccessAt! > lastTickAt;
  });
  const before = emulator.requests.list().length;
  const ticks = (await readCursor(ctx, workflow.id)).lastTickAt!;

  await until(
    'two more ticks have passed',
    async () => (await readCursor(ctx, workflow.id)).lastTickAt! > ticks + 1500,
  );

  const sent = emulator.requests.list().slice(before);
  const statementOf = ({ body }: { body?: unknown }) => (body as { statement: string }).statement;
  // Once a minute it is looked whether the table is still the same.
  const checks = sent.filter((request) => statementOf(request).startsWith('DESCRIBE DETAIL'));
  expect(checks.length).toBeLessThanOrEqual(1);
  expect(sent.length - checks.length).toBeLessThanOrEqual(3);
  expect(sent.every((request) => request.path === '/api/2.0/sql/statements')).toBe(true);
  expect(await ctx.redis.zcard(ctx.keys.openRuns())).toBeLessThanOrEqual(1);
});
