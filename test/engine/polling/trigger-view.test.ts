import { describe, expect, test } from 'vitest';
import { sharedText } from '../../../api/shared-metrics.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { discardDeadLetter } from '../../../engine/polling/dead-letters.ts';
import { lookNow } from '../../../engine/polling/poll-now.ts';
import { readTriggerSeries, recentTriggerSeries } from '../../../engine/polling/trigger-metrics.ts';
import { viewTrigger } from '../../../engine/polling/trigger-view.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { loadDefinition } from '../../../engine/workflows/definitions.ts';
import { updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { testClock, until } from '../../context.ts';
import { openSync } from '../sync.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)';

describe('a sync whose pages are all given up', () => {
  async function open() {
    const setting = await openSync();
    let status = 400;
    const endpoint = await startEndpoint(() => status);
    await setting.sql(TABLE);
    await setting.sql(
      'INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + n) FROM range(30) AS t(n)',
    );
    const workflow = await setting.post(endpoint.url, { page_size: 10 }, { trigger: { dead_letter_after: 1 } });
    await until(
      'three pages were given up',
      async () => (await viewTrigger(setting.ctx, workflow)).deadLettersOpen === 3,
    );
    return { ...setting, workflow, accept: () => (status = 200) };
  }

  test('is not delivering, and says how many', async () => {
    const { ctx, workflow } = await open();

    const view = await viewTrigger(ctx, workflow);

    expect(view).toMatchObject({ state: 'not_delivering', deadLettersOpen: 3, cursor: { events: 0 } });
  });

  test('is well again once replays have delivered them', async () => {
    const { ctx, workflow, accept } = await open();
    const letters = await ctx.redis.zrange(ctx.keys.deadLetters(workflow.id), '0', '-1');
    accept();

    for (const id of letters) await replayRun(ctx, (await readRun(ctx, id))!);

    await until('none is open', async () => (await viewTrigger(ctx, workflow)).deadLettersOpen === 0);
    expect((await viewTrigger(ctx, workflow)).state).toBe('ok');
  });

  test('is well again once a person has discarded them, also twice', async () => {
    const { ctx, workflow } = await open();
    const letters = await ctx.redis.zrange(ctx.keys.deadLetters(workflow.id), '0', '-1');

    for (const id of [...letters, letters[0]!]) await discardDeadLetter(ctx, (await readRun(ctx, id))!);

    expect(await viewTrigger(ctx, workflow)).toMatchObject({ state: 'ok', deadLettersOpen: 0 });
    expect(await readRun(ctx, letters[0]!)).toMatchObject({ status: 'failed', dead_letter: 'closed' });
  });

  test('delivers again once a later page arrives', async () => {
    const { ctx, workflow, accept, sql, caughtUp } = await open();
    accept();
    await sql("INSERT INTO main.default.events VALUES (99, '2026-01-01')");
    await caughtUp(workflow, 1);

    expect(await viewTrigger(ctx, workflow)).toMatchObject({ state: 'ok', deadLettersOpen: 3 });
  });

  test('is counted in the metrics', async () => {
    const { ctx, workflow } = await open();

    const text = await sharedText(ctx);

    const labels = `tenant="default",workflow="${workflow.id}"`;
    expect(text).toContain(`penstock_trigger_dead_letters_open{${labels}} 3`);
    expect(text).toContain(`penstock_trigger_state{${labels},state="not_delivering"} 1`);
    expect(text).toContain(`penstock_trigger_events_total{${labels}} 0`);
    expect(text).toContain(`penstock_trigger_failures_total{${labels}} 3`);
    expect(text).toContain(`penstock_trigger_future_rows{${labels}} 0`);
    expect(text).toMatch(/penstock_trigger_poll_seconds_count\{.*\} [1-9]/);
  });
});

describe('lag', () => {
  test('is 0 when everything is read, however old the last row is', async () => {
    const { ctx, sql, sync, caughtUp } = await openSync();
    await sql(TABLE);
    await sql("INSERT INTO main.default.events VALUES (1, '2020-01-01')");
    const workflow = await sync();
    await caughtUp(workflow, 1);

    expect((await viewTrigger(ctx, workflow)).lag).toEqual({ seconds: 0, rows: 0, versions: 0 });
  });

  test('is what was not delivered, and the age of the oldest of it', async () => {
    const { ctx, sql, post } = await openSync();
    const endpoint = await startEndpoint(() => 400);
    await sql(TABLE);
    await sql(
      'INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + n) FROM range(25) AS t(n)',
    );
    const workflow = await post(endpoint.url, { page_size: 10 });
    await until('it fails', async () => (await readCursor(ctx, workflow.id)).failures > 0);

    const before = ctx.clock.now();
    const { lag } = await viewTrigger(ctx, workflow);
    const after = ctx.clock.now();

    expect(lag).toMatchObject({ rows: 25, versions: null });
    // The first row is of 1700000000, and the lag of a moment between the two.
    const seenAt = lag!.seconds! * 1000 + 1_700_000_000_000;
    expect(seenAt).toBeGreaterThanOrEqual(before - 1);
    expect(seenAt).toBeLessThanOrEqual(after + 1);
  });

  test('is of rows alone where the cursor is no time', async () => {
    const { ctx, sql, post } = await openSync();
    const endpoint = await startEndpoint(() => 400);
    await sql('CREATE TABLE main.default.events (id BIGINT, at BIGINT)');
    await sql('INSERT INTO main.default.events VALUES (1, 1), (2, 2)');
    const workflow = await post(endpoint.url, { cursor_type: 'BIGINT' });
    await until('it fails', async () => (await readCursor(ctx, workflow.id)).failures > 0);

    expect((await viewTrigger(ctx, workflow)).lag).toEqual({ seconds: null, rows: 2, versions: null });
  });
});

test('more workflows than the bound are one series of each tenant', async () => {
  const { ctx, sql, sync } = await openSync({ context: { worker: false } } as never);
  await sql(TABLE).catch(() => {});
  for (const name of ['a', 'b', 'c']) await sync({}, { name });

  const { events, state } = await readTriggerSeries(ctx, 1);

  expect(events.map(({ labels }) => labels.workflow)).toEqual([expect.stringMatching(/^wf_/), 'other']);
  expect(state.filter(({ labels }) => labels.workflow === 'other').reduce((sum, { value }) => sum + value, 0)).toBe(2);
});

test('many who scrape at once are given one reading, and a later one is given a new one', async () => {
  const clock = testClock();
  const { ctx } = await openSync({ worker: false, context: { context: { clock } } });

  const [first, second] = [recentTriggerSeries(ctx), recentTriggerSeries(ctx)];
  clock.advance(5000);
  const third = recentTriggerSeries(ctx);

  expect(second).toBe(first);
  expect(third).not.toBe(first);
  await Promise.all([first, third]);
});

test('a workflow that cannot be read hides no other from the metrics, which say what its health says', async () => {
  const { ctx, sync } = await openSync({ worker: false });
  const [a, b] = [await sync({}, { name: 'a' }), await sync({}, { name: 'b' })];
  await ctx.redis.set(ctx.keys.object('workflow', a.id), '{');
  await ctx.redis.hset(ctx.keys.cursor(b.id), 'failures', '2', 'failures_total', '7');

  const series = await readTriggerSeries(ctx);

  const labels = { tenant: 'default', workflow: b.id };
  expect(series.failures).toEqual([{ labels, value: 7 }]);
  expect(series.state.filter(({ value }) => value === 1)).toEqual([
    { labels: { ...labels, state: (await viewTrigger(ctx, b)).state }, value: 1 },
  ]);
});

describe('a backoff', () => {
  async function failing() {
    const clock = testClock();
    const setting = await openSync({ context: { context: { clock } } });
    const workflow = await setting.sync();
    await enqueueTick(setting.ctx, workflow.id);
    await until('it backs off', async () => (await readCursor(setting.ctx, workflow.id)).notBefore !== null);
    return { ...setting, workflow };
  }

  test('is told by the time of the next tick', async () => {
    const { ctx, workflow } = await failing();
    const { nextTickAt, cursor } = await viewTrigger(ctx, workflow);

    expect(nextTickAt).toBeGreaterThanOrEqual(cursor!.notBefore!);
  });

  test('does not hold a person who asks', async () => {
    const { ctx, workflow, sql, caughtUp } = await failing();
    await sql(TABLE);
    await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01')");

    await lookNow(ctx, workflow, (await loadDefinition(ctx, workflow.id, 1)).trigger);

    await caughtUp(workflow, 1);
  });

  test('ends when a corrected version is published', async () => {
    const { ctx, workflow, sql, caughtUp } = await failing();
    await sql('CREATE TABLE main.default.right (id BIGINT, at TIMESTAMP)');
    await sql("INSERT INTO main.default.right VALUES (1, '2026-01-01')");
    const { plan: _, ...before } = await loadDefinition(ctx, workflow.id, 1);
    const trigger = { ...before.trigger, input: { ...before.trigger.input, table: 'main.default.right' } };

    await updateWorkflow(ctx, 'default', { id: workflow.id, body: { ...before, trigger } });

    await caughtUp(workflow, 1);
  });
});
