import { expect, test } from 'vitest';
import { listRanges } from '../../../engine/cursors/backfills.ts';
import { pauseCursor, readCursor, readCursorHistory, writeCursor } from '../../../engine/cursors/cursors.ts';
import { acceptPosition, previewCursor } from '../../../engine/polling/cursor-preview.ts';
import { startRange } from '../../../engine/polling/start-backfill.ts';
import { resume } from '../../../engine/polling/trigger-health.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import type { Workflow } from '../../../engine/workflows/workflow-record.ts';
import { setEnabled, updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { testClock, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openSync } from '../sync.ts';

const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)';

async function openWithRows(count: number, input: Record<string, unknown> = {}) {
  const setting = await openSync();
  const insert = (ids: number[]) =>
    setting.sql(
      `INSERT INTO main.default.events VALUES ${ids.map((id) => `(${id}, timestamp_micros(${1_700_000_000 + id}000000), 'row ${id}')`).join(', ')}`,
    );
  await setting.sql(TABLE);
  if (count > 0) await insert(Array.from({ length: count }, (_, i) => i));
  const workflow = await setting.sync(input);
  await setting.caughtUp(workflow, count);
  return {
    ...setting,
    workflow,
    insert,
    ids: async () => (await setting.delivered()).map(({ data }) => Number(data.id)),
    count: async (to: Parameters<typeof previewCursor>[2]) => {
      const { run, count } = await previewCursor(setting.ctx, workflow, to);
      return count((await ended(setting.ctx, run)).output);
    },
  };
}

function at(second: number): string {
  return new Date((1_700_000_000 + second) * 1000).toISOString();
}

test('a rewind delivers again what lies after it, with the ids it had, and says before how much that is', async () => {
  const { ctx, workflow, caughtUp, delivered, ids, count } = await openWithRows(12);
  const to = await acceptPosition(ctx, workflow, { value: at(8), key: null });

  expect(await count(to)).toBe(3);
  await writeCursor(ctx, workflow.id, { position: to, by: 'ada' });
  await enqueueTick(ctx, workflow.id);
  await caughtUp(workflow, 15);

  expect((await ids()).slice(12)).toEqual([9, 10, 11]);
  const events = await delivered();
  expect(events.slice(12).map(({ id }) => id)).toEqual(events.slice(9, 12).map(({ id }) => id));
  expect((await readCursorHistory(ctx, workflow.id)).items).toMatchObject([
    { events: 3 },
    { action: 'set', by: 'ada', value: to.value },
    { events: 2 },
    { events: 10 },
  ]);
});

test('a reset delivers everything again, and its preview counts it', async () => {
  const { ctx, workflow, caughtUp, ids, count } = await openWithRows(4);

  expect(await count(null)).toBe(4);
  await writeCursor(ctx, workflow.id, { position: null, by: 'ada' });
  await enqueueTick(ctx, workflow.id);
  await caughtUp(workflow, 8);

  expect(await ids()).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
});

test.each([
  ['yesterday', null],
  ['12', null],
])('a cursor cannot be set to %s', async (value, key) => {
  const { ctx, workflow } = await openWithRows(0);

  await expect(acceptPosition(ctx, workflow, { value, key })).rejects.toMatchObject({ code: 'ERR_CURSOR_COLUMN' });
});

test('a cursor that moved meanwhile is not set over', async () => {
  const { ctx, workflow } = await openWithRows(1);
  const { version } = await readCursor(ctx, workflow.id);

  const late = writeCursor(ctx, workflow.id, { position: null, by: 'ada', expectedVersion: version - 1 });

  await expect(late).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
});

test('a pause stops polling and a resume continues where it stopped', async () => {
  const { ctx, workflow, insert, caughtUp, ids } = await openWithRows(1);
  await pauseCursor(ctx, workflow.id, { by: 'ada', reason: 'maintenance' });
  await insert([1]);
  await enqueueTick(ctx, workflow.id);
  const { lastTickAt } = await readCursor(ctx, workflow.id);
  await until('a tick has passed', async () => (await readCursor(ctx, workflow.id)).lastTickAt! > lastTickAt! + 900);
  expect(await readCursor(ctx, workflow.id)).toMatchObject({ events: 1, paused: { by: 'ada', reason: 'maintenance' } });

  await resume(ctx, { tenant: 'default', workflow: workflow.id, cursor: workflow.id });
  await caughtUp(workflow, 2);

  expect(await ids()).toEqual([0, 1]);
});

test('the cursor outlives a new version of the workflow, and being disabled', async () => {
  const { ctx, workflow, insert, caughtUp, ids, account } = await openWithRows(2);
  await setEnabled(ctx, 'default', { id: workflow.id, enabled: false });
  await insert([2]);
  const body = { ...definition(account, { page_size: 5 }), enabled: true };
  const { version } = await updateWorkflow(ctx, 'default', { id: workflow.id, body });

  await caughtUp(workflow, 3);

  expect(version).toBe(2);
  expect(await ids()).toEqual([0, 1, 2]);
});

test('a new version with another cursor column is stopped until the cursor is reset', async () => {
  const { ctx, workflow, account, caughtUp } = await openWithRows(2);
  const body = definition(account, { cursor_column: 'id', cursor_type: 'BIGINT' });
  await updateWorkflow(ctx, 'default', { id: workflow.id, body });

  const { lastError } = await until('it has failed', async () => {
    const cursor = await readCursor(ctx, workflow.id);
    return cursor.failures > 0 && cursor;
  });
  expect(lastError).toContain('the cursor belongs to a different source');

  await writeCursor(ctx, workflow.id, { position: null, by: 'ada' });
  await caughtUp(workflow, 4);
});

test('a range is delivered again beside the live sync', async () => {
  const { ctx, workflow, insert, caughtUp, ids } = await openWithRows(6, { page_size: 2 });

  const range = await startRange(ctx, workflow, { after: at(0), until: at(4), by: 'ada' });
  await insert([6]);
  await caughtUp(workflow, 7);
  await until('the range is done', async () => (await listRanges(ctx, workflow.id)).items[0]?.status === 'done');

  expect((await ids()).slice(6).sort()).toEqual([1, 2, 3, 4, 6]);
  expect((await listRanges(ctx, workflow.id)).items).toMatchObject([{ id: range.id, events: 4 }]);
  expect((await readCursor(ctx, workflow.id)).position).toMatchObject({ key: '6' });
});

test('rows of the last seconds are held back until nothing earlier can come', async () => {
  const clock = testClock();
  const { sql, sync, caughtUp, delivered } = await openSync({ context: { context: { clock } } });
  const now = clock.now();
  await sql(TABLE);
  const old = (now - 3_600_000) * 1000;
  await sql(
    `INSERT INTO main.default.events VALUES (1, timestamp_micros(${old}), 'old'), (2, timestamp_micros(${now * 1000}), 'new')`,
  );
  const workflow = await sync({ lag_seconds: 2 });
  await caughtUp(workflow, 1);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1']);
  clock.advance(2001);
  await caughtUp(workflow, 2);
});

test('rows that were committed before the cursor are found by looking back, and none is given twice', async () => {
  const { insert, workflow, caughtUp, ids, sql } = await openWithRows(0, { lookback_seconds: 5, page_size: 3 });
  await insert([10, 11, 12, 13]);
  await caughtUp(workflow, 4);

  await insert([9]);
  await caughtUp(workflow, 5);
  await insert([14]);
  await caughtUp(workflow, 6);
  await sql("INSERT INTO main.default.events VALUES (1, timestamp_micros(1700000001000000), 'too late')");

  expect(await ids()).toEqual([10, 11, 12, 13, 9, 14]);
});

function definition(account: string, input: Record<string, unknown>) {
  return {
    name: 'sync',
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: account,
      input: {
        table: 'main.default.events',
        cursor_column: 'at',
        cursor_type: 'TIMESTAMP',
        key_column: 'id',
        key_type: 'BIGINT',
        ...input,
      },
      schedule: { every_seconds: 1 },
    },
    steps: [{ id: 'write', action: 'core.file', input: { path: 'out.ndjson', rows: '{{ trigger.events }}' } }],
  } satisfies Record<string, unknown> & { name: Workflow['name'] };
}
