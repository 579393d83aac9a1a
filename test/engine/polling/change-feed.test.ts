import { expect, test } from 'vitest';
import { readCursor, writeCursor } from '../../../engine/cursors/cursors.ts';
import { acceptPosition, previewCursor } from '../../../engine/polling/cursor-preview.ts';
import { pauseManually, resume } from '../../../engine/polling/trigger-health.ts';
import type { Workflow } from '../../../engine/workflows/workflow-record.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openSync, type SyncSetting } from '../sync.ts';

const FEED = { source: 'change_feed', cursor_column: undefined, cursor_type: undefined };

interface Change {
  change_type: string;
  before: { id: string; n: number } | null;
  after: { id: string; n: number } | null;
  commit_version: string;
}

async function open(input: Record<string, unknown> = {}) {
  const setting = await openSync();
  await setting.sql(
    "CREATE TABLE main.default.events (id BIGINT, n INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'delta.retentionDurationCheck.enabled' = 'false')",
  );
  await setting.sql('INSERT INTO main.default.events VALUES (1, 10), (2, 20), (3, 30)');
  return {
    ...setting,
    begin: () => setting.sync(JSON.parse(JSON.stringify({ ...FEED, ...input }))),
    changes: async () =>
      (await setting.delivered()).map(({ data }) => {
        const { change_type, before, after } = data as unknown as Change;
        return [
          change_type,
          before === null ? null : `${before.id}=${before.n}`,
          after === null ? null : `${after.id}=${after.n}`,
        ];
      }),
  };
}

function failure({ ctx }: Pick<SyncSetting, 'ctx'>, workflow: Workflow): Promise<string> {
  return until('the sync has failed', async () => {
    const cursor = await readCursor(ctx, workflow.id);
    return cursor.failures > 0 && cursor.lastError!;
  });
}

test('begins with a snapshot, then gives inserts, updates with before and after, and deletes', async () => {
  const { sql, begin, caughtUp, changes } = await open();
  const workflow = await begin();
  await caughtUp(workflow, 3);

  await sql('INSERT INTO main.default.events VALUES (4, 40)');
  await sql('UPDATE main.default.events SET n = n + 1 WHERE id <= 2');
  await sql('DELETE FROM main.default.events WHERE id = 3');
  await caughtUp(workflow, 7);

  expect(await changes()).toEqual([
    ['snapshot', null, '1=10'],
    ['snapshot', null, '2=20'],
    ['snapshot', null, '3=30'],
    ['insert', null, '4=40'],
    ['update', '1=10', '1=11'],
    ['update', '2=20', '2=21'],
    ['delete', '3=30', null],
  ]);
});

test('gives only what comes when it starts now', async () => {
  const { ctx, sql, begin, caughtUp, changes } = await open({ start: 'now' });
  const workflow = await begin();
  await until('it knows where it begins', async () => (await readCursor(ctx, workflow.id)).position !== null);

  await sql('DELETE FROM main.default.events WHERE id = 1');
  await caughtUp(workflow, 1);

  expect(await changes()).toEqual([['delete', '1=10', null]]);
});

test('begins after a version', async () => {
  const { begin, caughtUp, changes } = await open({ start_from: '0' });

  await caughtUp(await begin(), 3);

  expect(await changes()).toEqual([
    ['insert', null, '1=10'],
    ['insert', null, '2=20'],
    ['insert', null, '3=30'],
  ]);
});

test('pages through a commit that is larger than a page, and keeps updates whole', async () => {
  const { ctx, sql, begin, caughtUp, changes } = await open({ page_size: 3, start: 'now' });
  const workflow = await begin();
  await until('it knows where it begins', async () => (await readCursor(ctx, workflow.id)).position !== null);
  await sql('INSERT INTO main.default.events SELECT n + 10, n FROM range(20) AS t(n)');
  await sql('UPDATE main.default.events SET n = -1 WHERE id > 9');
  await caughtUp(workflow, 40);

  const all = await changes();
  expect(all).toHaveLength(40);
  expect(all.slice(0, 20).every(([type]) => type === 'insert')).toBe(true);
  expect(
    all.slice(20).every(([type, before, after]) => type === 'update' && before !== null && after!.endsWith('=-1')),
  ).toBe(true);
  expect(new Set(all.map((change) => change.join())).size).toBe(40);
});

test('pages through a snapshot while the table changes, and then gives the changes', async () => {
  const { sql, begin, caughtUp, changes } = await open({ page_size: 2 });
  await sql('INSERT INTO main.default.events SELECT n + 10, n FROM range(7) AS t(n)');
  const workflow = await begin();
  await caughtUp(workflow, 2);
  await sql('UPDATE main.default.events SET n = 99 WHERE id = 16');
  await caughtUp(workflow, 11);

  const all = await changes();
  expect(all.filter(([type]) => type === 'snapshot').map(([, , after]) => after)).toEqual([
    '1=10',
    '2=20',
    '3=30',
    '10=0',
    '11=1',
    '12=2',
    '13=3',
    '14=4',
    '15=5',
    '16=6',
  ]);
  expect(all.filter(([type]) => type !== 'snapshot')).toEqual([['update', '16=6', '16=99']]);
});

test('a tick that finds no new version is no failure and costs one statement', async () => {
  const { ctx, emulator, begin, caughtUp } = await open({ start_from: '0' });
  const workflow = await begin();
  await caughtUp(workflow, 3);
  const before = emulator.requests.list().length;
  const { lastTickAt } = await readCursor(ctx, workflow.id);

  await until(
    'two ticks have passed',
    async () => (await readCursor(ctx, workflow.id)).lastTickAt! > lastTickAt! + 1500,
  );

  const { failures, lastSuccessAt } = await readCursor(ctx, workflow.id);
  expect(failures).toBe(0);
  expect(lastSuccessAt).toBeGreaterThan(lastTickAt!);
  expect(emulator.requests.list().length - before).toBeLessThanOrEqual(3);
});

test.each([
  [{}, '0', 'Reset the cursor to start with a snapshot of the table'],
  [{ start: 'now' }, '0', 'Reset the cursor to continue from now'],
  [{ start_from: '0' }, null, 'Remove start_from from the trigger or raise it, then reset the cursor'],
])('says so when the changes are gone, and what helps with %j', async (input, value, remedy) => {
  const setting = await open(input);
  const { ctx, sql } = setting;
  await sql('INSERT INTO main.default.events VALUES (4, 40)');
  await sql('VACUUM main.default.events RETAIN 0 HOURS');
  const workflow = await setting.begin();
  if (value !== null) {
    await until('it has begun', async () => (await readCursor(ctx, workflow.id)).position !== null);
    const position = await acceptPosition(ctx, workflow, { value, key: null });
    await writeCursor(ctx, workflow.id, { position, by: 'ada' });
  }

  expect(await failure(setting, workflow)).toContain('the changes after version 0 are no longer available');
  expect((await readCursor(ctx, workflow.id)).lastHint).toBe(
    `${remedy}; or set on_history_gone to "snapshot", which starts over with all rows.`,
  );
});

test('counts what a rewind or a reset would deliver again', async () => {
  const { ctx, sql, begin, caughtUp } = await open();
  const workflow = await begin();
  await caughtUp(workflow, 3);
  await sql('UPDATE main.default.events SET n = n + 1');
  await sql('DELETE FROM main.default.events WHERE id = 3');
  await caughtUp(workflow, 7);
  const count = async (value: string | null) => {
    const to = value === null ? null : await acceptPosition(ctx, workflow, { value, key: null });
    const preview = await previewCursor(ctx, workflow, to);
    return preview.count((await ended(ctx, preview.run)).output);
  };

  expect(await count('1')).toBe(4);
  expect(await count('2')).toBe(1);
  expect(await count('3')).toBe(0);
  expect(await count(null)).toBe(2);
});

test('starts over with a snapshot when the changes are gone, if asked', async () => {
  const { sql, begin, caughtUp, changes } = await open({ start_from: '0', on_history_gone: 'snapshot' });
  await sql('INSERT INTO main.default.events VALUES (4, 40)');
  await sql('VACUUM main.default.events RETAIN 0 HOURS');

  await caughtUp(await begin(), 4);

  expect(await changes()).toEqual([1, 2, 3, 4].map((n) => ['snapshot', null, `${n}=${n * 10}`]));
});

test('a table without the feed is refused in the words of the service', async () => {
  const setting = await openSync();
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, n INT)');
  await setting.sql('INSERT INTO main.default.events VALUES (1, 1)');

  const message = await failure(setting, await setting.sync(JSON.parse(JSON.stringify({ ...FEED, start_from: '0' }))));

  expect(message).toContain('the changes after version 0 are no longer available');
});

/** Drops the table and makes it again with as many versions as rows, while the sync is paused. */
async function makeAnew({ ctx, sql }: Pick<SyncSetting, 'ctx' | 'sql'>, workflow: Workflow, ids: number[]) {
  await pauseManually(ctx, { tenant: 'default', workflow: workflow.id, by: 'ada', reason: 'the table is recreated' });
  await sql('DROP TABLE main.default.events');
  await sql(
    "CREATE TABLE main.default.events (id BIGINT, n INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
  );
  for (const id of ids) await sql(`INSERT INTO main.default.events VALUES (${id}, ${id})`);
  await resume(ctx, { tenant: 'default', workflow: workflow.id, cursor: workflow.id });
}

test('a table that was recreated and has more versions than the cursor is noticed before anything of it is delivered', async () => {
  const { ctx, sql, begin, caughtUp, changes } = await open({ start_from: '0' });
  const workflow = await begin();
  await caughtUp(workflow, 3);

  await makeAnew({ ctx, sql }, workflow, [4, 5, 6, 7]);

  expect(await failure({ ctx }, workflow)).toBe('the cursor belongs to a different table: the table was recreated');
  expect(await changes()).toHaveLength(3);
});

test('a table that was recreated before its first change came is noticed, too', async () => {
  const { ctx, sql, emulator, begin, changes } = await open({ start: 'now' });
  const workflow = await begin();
  await until('it has looked for changes', async () =>
    emulator.requests.list().some(({ body }) => JSON.stringify(body ?? null).includes('table_changes')),
  );
  await until('the look has ended', async () => (await readCursor(ctx, workflow.id)).lastSuccessAt !== null);

  await makeAnew({ ctx, sql }, workflow, [4, 5, 6, 7]);

  expect(await failure({ ctx }, workflow)).toContain('the table was recreated');
  expect(await changes()).toEqual([]);
});

test('a table that was recreated with more versions is read as a snapshot when asked, and its changes after it', async () => {
  const { ctx, sql, begin, caughtUp, changes } = await open({ start_from: '0', on_history_gone: 'snapshot' });
  const workflow = await begin();
  await caughtUp(workflow, 3);

  await makeAnew({ ctx, sql }, workflow, [4, 5, 6]);
  await caughtUp(workflow, 6);
  await sql('DELETE FROM main.default.events WHERE id = 4');
  await caughtUp(workflow, 7);

  expect((await changes()).slice(3)).toEqual([
    ['snapshot', null, '4=4'],
    ['snapshot', null, '5=5'],
    ['snapshot', null, '6=6'],
    ['delete', '4=4', null],
  ]);
});

test('a table that was dropped and recreated is noticed', async () => {
  const { ctx, sql, begin, caughtUp } = await open({ start_from: '0' });
  await sql('INSERT INTO main.default.events VALUES (4, 40)');
  const workflow = await begin();
  await caughtUp(workflow, 4);

  await makeAnew({ ctx, sql }, workflow, []);

  expect(await failure({ ctx }, workflow)).toContain(
    'the table is at version 0, but the cursor is at 2: the table was recreated',
  );
});
