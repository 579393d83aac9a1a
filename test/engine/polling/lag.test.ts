import { expect, test } from 'vitest';
import { readCursor, writeCursor } from '../../../engine/cursors/cursors.ts';
import { viewTrigger } from '../../../engine/polling/trigger-view.ts';
import { until } from '../../context.ts';
import { openSync } from '../sync.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

const FEED = { source: 'change_feed', cursor_column: undefined, cursor_type: undefined };

/** A change feed whose endpoint refuses what comes after some pages. */
async function openFeed(pages: number, start_from?: string) {
  const setting = await openSync();
  const { ctx, sql, post } = setting;
  let taken = 0;
  const endpoint = await startEndpoint(() => {
    taken += 1;
    return taken > pages ? 400 : 204;
  });
  await sql('CREATE TABLE main.default.events (id BIGINT, n INT) TBLPROPERTIES (delta.enableChangeDataFeed = true)');
  await sql('INSERT INTO main.default.events SELECT n, 0 FROM range(25) AS t(n)');
  await sql('INSERT INTO main.default.events VALUES (100, 0), (101, 0)');
  await sql('UPDATE main.default.events SET n = 1 WHERE id = 101');
  const input = { ...FEED, page_size: 10, ...(start_from !== undefined && { start_from }) };
  const workflow = await post(endpoint.url, input);
  await until('it fails', async () => (await readCursor(ctx, workflow.id)).failures > 0);
  return { ...setting, workflow, lag: async () => (await viewTrigger(ctx, workflow)).lag! };
}

test('of a change feed is told before the first of many pages', async () => {
  const { lag } = await openFeed(0, '0');

  const { seconds, ...counts } = await lag();

  expect(counts).toEqual({ rows: 28, versions: 3 });
  expect(seconds).toBeGreaterThanOrEqual(0);
});

test('of a change feed is told between two of its pages', async () => {
  const { ctx, workflow, lag } = await openFeed(1, '0');

  const { seconds, ...counts } = await lag();

  expect((await readCursor(ctx, workflow.id)).events).toBe(10);
  expect(counts).toEqual({ rows: 18, versions: 3 });
  expect(seconds).toBeGreaterThanOrEqual(0);
});

test('of a change feed counts the rows of a snapshot, whose versions are not known yet', async () => {
  const { lag } = await openFeed(1);

  expect(await lag()).toEqual({ seconds: null, rows: 17, versions: null });
});

test('is not known once the cursor was reset, until the source is asked', async () => {
  const { ctx, workflow, lag } = await openFeed(0, '0');
  await ctx.redis.hset(ctx.keys.cursor(workflow.id), 'paused', '{}');

  await writeCursor(ctx, workflow.id, { position: null, by: 'ada' });

  expect(await lag()).toEqual({ seconds: null, rows: null, versions: null });
});
