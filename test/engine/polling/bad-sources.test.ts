import { expect, test } from 'vitest';
import { pauseCursor, readCursor, resumeCursor, writeCursor } from '../../../engine/cursors/cursors.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import type { Workflow } from '../../../engine/workflows/workflow-record.ts';
import { testClock, until } from '../../context.ts';
import { openSync, type SyncSetting } from '../sync.ts';

function failure({ ctx }: SyncSetting, workflow: Workflow): Promise<string> {
  return until('the sync has failed', async () => {
    const cursor = await readCursor(ctx, workflow.id);
    return cursor.failures > 0 && cursor.lastError!;
  });
}

test('a row without a cursor value is left out until it has one', async () => {
  const setting = await openSync();
  const { sql, sync, caughtUp, delivered } = setting;
  await sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await sql("INSERT INTO main.default.events VALUES (1, NULL), (2, '2026-01-01')");
  const workflow = await sync();
  await caughtUp(workflow, 1);

  await sql("UPDATE main.default.events SET `at` = '2026-01-02' WHERE id = 1");
  await caughtUp(workflow, 2);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['2', '1']);
});

test('a row without a key stops the sync, which names the column', async () => {
  const setting = await openSync();
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await setting.sql("INSERT INTO main.default.events VALUES (1, '2026-01-01'), (NULL, '2026-01-02')");

  expect(await failure(setting, await setting.sync())).toBe('a row has no value in the key column "id"');
});

test('a key that is not unique stops the sync, also over the edge of a page', async () => {
  const setting = await openSync();
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await setting.sql("INSERT INTO main.default.events VALUES (1, '2026-01-01'), (2, '2026-01-02'), (2, '2026-01-02')");

  const message = await failure(setting, await setting.sync({ page_size: 2 }));

  expect(message).toContain('two rows share the cursor value "2026-01-02T00:00:00.000000Z" and the key "2" (id)');
});

test('a cursor column that changes its type stops the sync before a row is passed over', async () => {
  const setting = await openSync();
  const { sql, sync, caughtUp } = setting;
  await sql('CREATE TABLE main.default.events (id BIGINT, at STRING)');
  await sql("INSERT INTO main.default.events VALUES (1, '10')");
  const workflow = await sync({ cursor_type: 'STRING' });
  await caughtUp(workflow, 1);

  // In one statement: a poll in between would find no table, and say that.
  await sql(
    'CREATE OR REPLACE TABLE main.default.events AS SELECT id, n AS at FROM VALUES (1L, 100L), (2L, 11L) AS t(id, n)',
  );

  expect(await failure(setting, workflow)).toContain('the cursor column "at" is of type BIGINT, not STRING');
});

test('a cursor column that falls is not noticed for a row that was given, and the row is not given again', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at BIGINT)');
  await sql('INSERT INTO main.default.events VALUES (1, 10), (2, 20)');
  const workflow = await sync({ cursor_type: 'BIGINT' });
  await caughtUp(workflow, 2);

  await sql('UPDATE main.default.events SET `at` = 5 WHERE id = 1');
  await sql('INSERT INTO main.default.events VALUES (3, 30)');
  await caughtUp(workflow, 3);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '2', '3']);
});

test('a table that is dropped fails the sync in the words of the service, and one that is recreated fails it until the cursor is reset', async () => {
  const clock = testClock();
  const setting = await openSync({ context: { context: { clock } } });
  const { ctx, sql, sync, caughtUp, delivered } = setting;
  const make = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)';
  await sql(make);
  await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01')");
  const workflow = await sync();
  await caughtUp(workflow, 1);
  await sql('DROP TABLE main.default.events');
  await enqueueTick(ctx, workflow.id);

  expect(await failure(setting, workflow)).toContain('TABLE_OR_VIEW_NOT_FOUND');

  await sql(make);
  await sql("INSERT INTO main.default.events VALUES (7, '2025-01-01'), (8, '2026-01-02')");
  clock.advance(10_000);
  await enqueueTick(ctx, workflow.id);
  await until('it is noticed', async () => (await readCursor(ctx, workflow.id)).lastError?.includes('was recreated'));
  await writeCursor(ctx, workflow.id, { position: null, by: 'ada' });
  await caughtUp(workflow, 3);
  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '7', '8']);
});

test.each([
  ['a cursor column that is not there', { cursor_column: 'nope' }, 'nope'],
  ['a key column that is not there', { key_column: 'nope' }, 'nope'],
  ['a query that is no SQL', { source: 'query', query: 'SELEC 1' }, 'SELEC'],
])('%s fails the sync in the words of the service', async (_, input, word) => {
  const setting = await openSync();
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');

  expect(await failure(setting, await setting.sync(input))).toContain(word);
});

test.each([
  ['fail', ['1', '2', '3']],
  ['snapshot', ['1', '2', '3', '1', '2']],
])('a table that is recreated with smaller ids is noticed: %s', async (on_history_gone, ids) => {
  const setting = await openSync();
  const { ctx, sql, sync, caughtUp, delivered } = setting;
  const make = 'CREATE TABLE main.default.events (id BIGINT, at BIGINT)';
  await sql(make);
  await sql('INSERT INTO main.default.events VALUES (1, 1), (2, 2), (3, 3)');
  const workflow = await sync({ cursor_type: 'BIGINT', on_history_gone });
  await caughtUp(workflow, 3);
  await pauseCursor(ctx, workflow.id, { by: 'ada', reason: 'no look at a table that is not there' });

  await sql('DROP TABLE main.default.events');
  await sql(make);
  await sql('INSERT INTO main.default.events VALUES (1, 1), (2, 2)');
  await resumeCursor(ctx, workflow.id);

  if (on_history_gone === 'fail') expect(await failure(setting, workflow)).toContain('was recreated');
  else await caughtUp(workflow, 5);
  expect((await delivered()).map(({ data }) => data.id)).toEqual(ids);
});

test('rows that are deleted are no other table', async () => {
  const setting = await openSync();
  const { sql, sync, caughtUp, delivered } = setting;
  await sql('CREATE TABLE main.default.events (id BIGINT, at BIGINT)');
  await sql('INSERT INTO main.default.events VALUES (1, 1), (2, 2)');
  const workflow = await sync({ cursor_type: 'BIGINT' });
  await caughtUp(workflow, 2);

  await sql('DELETE FROM main.default.events');
  await sql('INSERT INTO main.default.events VALUES (3, 3)');
  await caughtUp(workflow, 3);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '2', '3']);
});

test('a page that does not fit into an answer is read in smaller ones', async () => {
  // test/engine/polling/large-pages.test.ts has answers of the service's own size.
  const { sql, sync, caughtUp, delivered } = await openSync({ emulator: { inlineBytes: 250_000 } });
  await sql('CREATE TABLE main.default.events (id BIGINT, at BIGINT, text STRING)');
  await sql("INSERT INTO main.default.events SELECT n, n, repeat('x', 300) FROM range(1500) AS t(n)");

  await caughtUp(await sync({ cursor_type: 'BIGINT', page_size: 1000 }), 1500);

  const ids = (await delivered()).map(({ data }) => Number(data.id));
  expect(ids).toEqual(Array.from({ length: 1500 }, (_, n) => n));
});

test('changes of a table whose name SQL takes only in backticks are read as others are', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE SCHEMA main.`case-14`');
  await sql('CREATE TABLE main.`case-14`.`order-lines` (id BIGINT) TBLPROPERTIES (delta.enableChangeDataFeed = true)');
  await sql('INSERT INTO main.`case-14`.`order-lines` VALUES (1)');
  const input = { source: 'change_feed', cursor_column: undefined, cursor_type: undefined };
  const workflow = await sync({ ...input, table: 'main.case-14.order-lines' });
  await caughtUp(workflow, 1);

  await sql('INSERT INTO main.`case-14`.`order-lines` VALUES (2)');
  await caughtUp(workflow, 2);

  expect((await delivered()).map(({ data }) => data.change_type)).toEqual(['snapshot', 'insert']);
});

test.each(['default.events', 'events', 'main..events', 'a.b.c.d'])(
  'a table named %s is refused when it is saved',
  async (table) => {
    const { sync } = await openSync();

    await expect(sync({ table })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/trigger/input/table', message: expect.stringContaining('catalog.schema.table') }],
    });
  },
);

test('a query that cuts its own result is refused when it is saved', async () => {
  const { sync } = await openSync();
  const query = 'SELECT * FROM main.default.events ORDER BY id LIMIT 2';

  await expect(sync({ source: 'query', query, table: undefined })).rejects.toMatchObject({
    errors: [{ pointer: '/trigger/input/query' }],
  });
});

test('names that SQL takes only in backticks are read as others are', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE SCHEMA main.`case-14`');
  await sql('CREATE TABLE main.`case-14`.`order-lines` (id BIGINT, `read-at` BIGINT)');
  await sql('INSERT INTO main.`case-14`.`order-lines` VALUES (1, 1)');
  const table = 'main.case-14.order-lines';

  await caughtUp(await sync({ table, cursor_column: 'read-at', cursor_type: 'BIGINT' }), 1);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1']);
});
