import { describe, expect, test } from 'vitest';
import { readCursor, writeCursor } from '../../../engine/cursors/cursors.ts';
import { acceptPosition } from '../../../engine/polling/cursor-preview.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import { until } from '../../context.ts';
import { openSync } from '../sync.ts';

const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)';
const FOUR =
  "INSERT INTO main.default.events VALUES (1, '2026-01-01 00:00:01', 'a'), (2, '2026-01-01 00:00:02', 'b'), (3, '2026-01-01 00:00:02', 'c'), (4, '2026-01-01 00:00:04', 'd')";

async function open(input: Record<string, unknown> = {}, table = TABLE) {
  const setting = await openSync();
  await setting.sql(table);
  return {
    ...setting,
    begin: () => setting.sync(input),
    ids: async () => (await setting.delivered()).map(({ data }) => Number(data.id)),
    /** Waits until the cursor stands somewhere. */
    started: (workflow: { id: string }) =>
      until('it knows where it begins', async () => {
        const { position, inFlight } = await readCursor(setting.ctx, workflow.id);
        return position !== null && inFlight === null;
      }),
  };
}

describe('composite keys', () => {
  test('tell rows of one cursor value apart over the edges of pages, whatever their types', async () => {
    const { sql, begin, caughtUp, delivered } = await open(
      {
        cursor_type: 'DATE',
        cursor_column: 'day',
        key_column: undefined,
        key_columns: ['shop', 'line'],
        key_type: 'STRING',
        page_size: 4,
      },
      'CREATE TABLE main.default.events (day DATE, shop STRING, line STRING, id BIGINT)',
    );
    await sql(
      "INSERT INTO main.default.events SELECT DATE '2026-01-01', concat('it''s ', CAST(n % 3 AS STRING)), CAST(n AS STRING), n FROM range(23) AS t(n)",
    );
    const workflow = await begin();
    await caughtUp(workflow, 23);
    await sql(
      "INSERT INTO main.default.events VALUES (DATE '2026-01-01', 'z', '0', 23), (DATE '2026-01-02', 'a', '0', 24)",
    );

    await caughtUp(workflow, 25);

    const events = await delivered();
    expect(events.map(({ data }) => Number(data.id)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(25);
  });
});

test('a query is read as a table is', async () => {
  const query = 'SELECT id, `at`, upper(name) AS name FROM main.default.events WHERE id <> 2 -- not the second';
  const { sql, begin, caughtUp, delivered } = await open({ source: 'query', query, table: undefined, page_size: 2 });
  await sql(FOUR);
  const workflow = await begin();
  await caughtUp(workflow, 3);
  await sql("INSERT INTO main.default.events VALUES (5, '2026-01-01 00:00:05', 'e')");

  await caughtUp(workflow, 4);

  expect((await delivered()).map(({ data }) => data.name)).toEqual(['A', 'C', 'D', 'E']);
});

test.each([
  ['STRING', 'STRING', "'a', 'b', 'ä'", "'ö'"],
  ['DECIMAL(10,2)', 'DECIMAL(10,2)', '1.05, 1.5, 10', '10.01'],
  ['DOUBLE', 'DOUBLE', '-0.5, 1e3, 1e10', '1e11'],
  [
    'TIMESTAMP_NTZ',
    'TIMESTAMP_NTZ',
    "'2026-03-29 02:30:00', '2026-03-29 02:30:00.000001', '2026-03-30'",
    "'2026-03-31'",
  ],
])('a cursor column of %s keeps its order', async (type, cursor_type, values, later) => {
  const { sql, begin, caughtUp, ids } = await open(
    { cursor_type, page_size: 1 },
    `CREATE TABLE main.default.events (id BIGINT, at ${type})`,
  );
  const [a, b, c] = values.split(', ');
  await sql(`INSERT INTO main.default.events VALUES (3, ${c}), (1, ${a}), (2, ${b})`);
  const workflow = await begin();
  await caughtUp(workflow, 3);
  await sql(`INSERT INTO main.default.events VALUES (4, ${later})`);

  await caughtUp(workflow, 4);

  expect(await ids()).toEqual([1, 2, 3, 4]);
});

describe('a start', () => {
  test.each([[{}], [{ lookback_seconds: 3600 }]])('now gives only what comes, with %j', async (more) => {
    const { sql, begin, caughtUp, started, ids } = await open({ start: 'now', ...more });
    await sql(FOUR);
    const workflow = await begin();
    await started(workflow);
    await sql("INSERT INTO main.default.events VALUES (5, '2026-01-01 00:00:05', 'e')");

    await caughtUp(workflow, 1);

    expect(await ids()).toEqual([5]);
  });

  test.each([[{}], [{ lookback_seconds: 3600 }]])(
    'after a value leaves out what is up to it, with %j',
    async (more) => {
      const { sql, begin, caughtUp, ids } = await open({ start_from: '2026-01-01T00:00:02Z', ...more });
      await sql(FOUR);
      const workflow = await begin();
      await caughtUp(workflow, 1);
      await sql("INSERT INTO main.default.events VALUES (5, '2026-01-01 00:00:05', 'e')");

      await caughtUp(workflow, 2);

      expect(await ids()).toEqual([4, 5]);
    },
  );

  test.each([[{}], [{ lookback_seconds: 3600 }]])('a manual backfill gives what is after it, with %j', async (more) => {
    const { ctx, sql, begin, caughtUp, ids } = await open(more);
    await sql(FOUR);
    const workflow = await begin();
    await caughtUp(workflow, 4);
    const position = await acceptPosition(ctx, workflow, { value: '2026-01-01T00:00:02Z', key: '2' });
    await writeCursor(ctx, workflow.id, { position, by: 'ada' });
    await enqueueTick(ctx, workflow.id);
    await caughtUp(workflow, 6);
    await sql("INSERT INTO main.default.events VALUES (5, '2026-01-01 00:00:05', 'e')");

    await caughtUp(workflow, 7);

    expect((await ids()).slice(4)).toEqual([3, 4, 5]);
  });
});
