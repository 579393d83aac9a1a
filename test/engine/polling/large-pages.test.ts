import { expect, test } from 'vitest';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { openSync } from '../sync.ts';

const FEED = { source: 'change_feed', cursor_column: undefined, cursor_type: undefined };

async function openFeed() {
  const setting = await openSync();
  await setting.sql(
    "CREATE TABLE main.default.events (id BIGINT, text STRING) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
  );
  return setting;
}

test('a snapshot and changes that do not fit into an answer are read in smaller pages', async () => {
  const { sql, sync, caughtUp, delivered } = await openFeed();
  const insert = (from: number) =>
    sql(`INSERT INTO main.default.events SELECT n + ${from}, repeat('x', 30000) FROM range(900) AS t(n)`);
  await insert(0);
  const workflow = await sync({ ...FEED, page_size: 1000 });
  await caughtUp(workflow, 900);
  await insert(900);
  await caughtUp(workflow, 1800);

  const changes = (await delivered()).map(({ data }) => data as { change_type: string; after: { id: string } });

  expect(changes.map(({ after }) => Number(after.id))).toEqual(Array.from({ length: 1800 }, (_, n) => n));
  expect(changes.filter(({ change_type }) => change_type === 'snapshot')).toHaveLength(900);
}, 60_000);

test.each([
  ['a table', { cursor_column: 'id', cursor_type: 'BIGINT' }],
  ['a change feed', FEED],
])(
  'one row that does not fit comes through cloud storage, and the pages after it grow again: %s',
  async (_, input) => {
    const { sql, sync, caughtUp, delivered, emulator } = await openFeed();
    await sql("INSERT INTO main.default.events VALUES (1, repeat('x', 27000000))");
    await sql("INSERT INTO main.default.events SELECT n + 2, 'small' FROM range(12) AS t(n)");

    const workflow = await sync({ ...input, page_size: 4 });
    await caughtUp(workflow, 1);
    await caughtUp(workflow, 13);

    expect(
      (await delivered()).map(({ data }) => Number((data.after as { id: string } | undefined)?.id ?? data.id)),
    ).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
    const statements = emulator.requests
      .list()
      .filter(({ method, path }) => method === 'POST' && path.includes('/sql/'));
    expect(statements.length).toBeLessThan(16);
  },
  60_000,
);

test('a condition reads the first row of a query, however much it gives', async () => {
  const { ctx, account, emulator, sql, caughtUp, delivered } = await openFeed();
  await sql("INSERT INTO main.default.events SELECT n + 1, repeat('x', 30000) FROM range(900) AS t(n)");
  const workflow = await createWorkflow(ctx, 'default', {
    name: 'condition',
    trigger: {
      id: 'databricks.condition_met',
      linked_account: account,
      input: { warehouse_id: emulator.warehouseId, statement: 'SELECT * FROM main.default.events ORDER BY id' },
      schedule: { every_seconds: 1 },
    },
    steps: [{ id: 'write', action: 'core.file', input: { path: 'out.ndjson', rows: '{{ trigger.events }}' } }],
  });

  await caughtUp(workflow, 1);

  expect((await delivered())[0]!.data.value).toBe('1');
}, 60_000);
