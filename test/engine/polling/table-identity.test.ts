import { describe, expect, test } from 'vitest';
import { pauseCursor, readCursor, readCursorHistory, resumeCursor } from '../../../engine/cursors/cursors.ts';
import { viewTrigger } from '../../../engine/polling/trigger-view.ts';
import { removeSchedule } from '../../../engine/queue/schedules.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import { testClock, until } from '../../context.ts';
import { openSync } from '../sync.ts';

const HOUR_MS = 3_600_000;
const ROWS = 'AS SELECT n AS id, n AS at FROM range(1, 4) AS t(n)';

/** A sync that has read three rows and knows its table. */
async function open(input: Record<string, unknown> = {}) {
  const clock = testClock();
  const setting = await openSync({ context: { context: { clock } } });
  const { ctx, sql, sync, caughtUp } = setting;
  await sql(`CREATE TABLE main.default.events ${ROWS}`);
  const workflow = await sync({ cursor_type: 'BIGINT', ...input });
  await caughtUp(workflow, 3);
  const look = async () => {
    const { lastSuccessAt } = await readCursor(ctx, workflow.id);
    clock.advance(1);
    await enqueueTick(ctx, workflow.id);
    await until('it has looked', async () => {
      const cursor = await readCursor(ctx, workflow.id);
      return cursor.inFlight === null && (cursor.failures > 0 || cursor.lastSuccessAt !== lastSuccessAt);
    });
    await until('it is done', async () => (await readCursor(ctx, workflow.id)).inFlight === null);
  };
  await look();
  await pauseCursor(ctx, workflow.id, { by: 'ada', reason: 'no look at a table that is not there' });
  await until('no look is under way', async () => (await readCursor(ctx, workflow.id)).inFlight === null);
  return {
    ...setting,
    workflow,
    look,
    async later() {
      clock.advance(HOUR_MS);
      await resumeCursor(ctx, workflow.id);
      await look();
    },
    ids: async () => (await setting.delivered()).map(({ data }) => data.id),
  };
}

test('a table that was recreated with the row of the cursor is noticed within the hour', async () => {
  const { ctx, sql, workflow, later, ids } = await open();
  await sql('DROP TABLE main.default.events');
  await sql(`CREATE TABLE main.default.events ${ROWS}`);
  await sql('INSERT INTO main.default.events VALUES (4, 4)');

  await later();

  expect((await readCursor(ctx, workflow.id)).lastError).toContain('was recreated');
  expect(await ids()).toEqual(['1', '2', '3']);
});

test('a table that was recreated with the row of the cursor is read from its start when asked', async () => {
  const { sql, workflow, later, caughtUp, ids } = await open({ on_history_gone: 'snapshot' });
  await sql('DROP TABLE main.default.events');
  await sql(`CREATE TABLE main.default.events ${ROWS}`);

  await later();

  await caughtUp(workflow, 6);
  expect(await ids()).toEqual(['1', '2', '3', '1', '2', '3']);
});

test('a table that is replaced where it is, with the row of the cursor, is read on and told of', async () => {
  const { ctx, sql, workflow, later, caughtUp, ids } = await open();
  await sql('CREATE OR REPLACE TABLE main.default.events AS SELECT n AS id, n AS at FROM range(1, 5) AS t(n)');

  await later();
  await caughtUp(workflow, 4);

  const { state, warnings } = await viewTrigger(ctx, workflow);
  expect(state).toBe('ok');
  expect(warnings).toMatchObject([{ pointer: '/trigger/input/table', code: 'table_replaced' }]);
  expect(await ids()).toEqual(['1', '2', '3', '4']);
});

test('looks within the hour cost one statement, and leave the history to moves', async () => {
  const { ctx, emulator, workflow, look } = await open();
  // Only the looks of the test count, not one of the schedule, which goes by the machine's time.
  await removeSchedule(ctx, workflow.id);
  await resumeCursor(ctx, workflow.id);
  const count = () =>
    emulator.requests.list().filter(({ method, path }) => method === 'POST' && path.includes('/sql/'));
  const before = count().length;

  await look();
  await look();

  expect(count().length - before).toBe(2);
  expect((await readCursorHistory(ctx, workflow.id)).items).toHaveLength(1);
});

describe('a cursor whose type is read from the table', () => {
  test('is warned of by the health of the trigger when it is a day', async () => {
    const { ctx, sql, sync, caughtUp } = await openSync();
    await sql("CREATE TABLE main.default.events AS SELECT 1L AS id, DATE '2026-01-01' AS at");
    const workflow = await sync({ cursor_type: undefined });
    await caughtUp(workflow, 1);

    expect((await viewTrigger(ctx, workflow)).warnings).toMatchObject([{ code: 'day_cursor' }]);
  });

  test('is not warned of when it is a number', async () => {
    const { ctx, sql, sync, caughtUp } = await openSync();
    await sql('CREATE TABLE main.default.events AS SELECT 1L AS id, 1L AS at');
    const workflow = await sync({ cursor_type: undefined });
    await caughtUp(workflow, 1);

    expect((await viewTrigger(ctx, workflow)).warnings).toEqual([]);
  });
});
