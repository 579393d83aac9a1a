import { expect, test } from 'vitest';
import { readEvents } from '../../engine/events/event-stream.ts';
import { openDeadLetter } from '../../engine/polling/dead-letters.ts';
import { newId } from '../../engine/store/ids.ts';
import { submitWorkflow } from '../../engine/workflows/submit-workflow.ts';
import { until } from '../context.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const DAY_MS = 86_400_000;

test('tells of a trigger that polls: state, lag, last success, and its pause', async () => {
  const { send, at, ctx, tenant } = await openEvents();
  await send('POST', `${at}/run`);
  await until('all is delivered', async () => (await send('GET', `${at}/cursor`)).body.events === 3);

  const asked = Date.now();
  const well = await send('GET', `${at}/trigger`);
  const answered = Date.now();
  const paused = await send('POST', `${at}/pause`, { body: { reason: 'the endpoint is being moved' } });
  const again = await send('POST', `${at}/pause`);
  const resumed = await send('POST', `${at}/resume`);
  const off = await send('POST', `${at}/disable`);
  const disabled = await send('GET', `${at}/trigger`);

  expect(well.body).toMatchObject({
    state: 'ok',
    next_tick_at: expect.any(String),
    cursor: { failures: 0, paused: null },
  });
  expect(well.body).toMatchObject({ lag: { seconds: 0, rows: 0, versions: 0 }, future_rows: 0, dead_letters_open: 0 });
  // It was reckoned between question and answer, however long that took.
  const succeeded = Date.parse(well.body.cursor.last_success_at);
  expect(well.body.since_success_seconds).toBeGreaterThanOrEqual((asked - succeeded) / 1000);
  expect(well.body.since_success_seconds).toBeLessThanOrEqual((answered - succeeded) / 1000);
  expect(paused.body).toMatchObject({
    state: 'paused',
    cursor: { paused: { by: 'admin key', reason: 'the endpoint is being moved' } },
  });
  expect(again.body.cursor.paused.reason).toBe('the endpoint is being moved');
  expect(resumed.body).toMatchObject({ state: 'ok', cursor: { paused: null } });
  expect(off.body.enabled).toBe(false);
  expect(disabled.body).toMatchObject({ state: 'disabled', next_tick_at: null });
  const { items } = (await send('GET', '/v1/audit')).body;
  const changes = items.map(({ action }: { action: string }) => action);
  expect(changes).toEqual(expect.arrayContaining(['workflow.pause', 'workflow.resume', 'workflow.disable']));
  // Pausing again is no second pause.
  const told = (await readEvents(ctx, tenant)).flatMap(({ event }) => {
    const { type, data } = event as { type: string; data: { reason?: string } };
    return type.startsWith('trigger.') ? [[type, data.reason]] : [];
  });
  expect(told).toEqual([
    ['trigger.paused', 'the endpoint is being moved'],
    ['trigger.resumed', undefined],
  ]);
});

test('has a time series of polls and events, in buckets', async () => {
  const { send, at, keyOf } = await openEvents();
  await send('POST', `${at}/run`);
  await until('all is delivered', async () => (await send('GET', `${at}/cursor`)).body.events === 3);

  const firstDay = () => Math.floor((Date.now() - 7 * DAY_MS) / DAY_MS) * DAY_MS;
  const firstDayBefore = firstDay();
  const fine = await send('GET', `${at}/trigger/series`);
  const day = await send('GET', `${at}/trigger/series?bucket=86400&from=2020-01-01T00:00:00Z`);
  const early = await send('GET', `${at}/trigger/series?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z`);
  const turned = await send('GET', `${at}/trigger/series?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`);
  const odd = await send('GET', `${at}/trigger/series?bucket=7`);
  const foreign = await send('GET', `${at}/trigger/series`, { key: await keyOf('admin', 'other') });

  const sum = (items: { events: number }[]) => items.reduce((all, { events }) => all + events, 0);
  expect(fine.body.bucket_seconds).toBe(300);
  expect(fine.body.items[0]).toMatchObject({ failures: 0, lag: { rows: expect.any(Number) } });
  expect(sum(fine.body.items)).toBe(3);
  expect(sum(day.body.items)).toBe(3);
  // The day may end in between.
  expect([firstDayBefore, firstDay()]).toContain(Date.parse(day.body.from));
  expect(early.body.items).toEqual([]);
  expect([turned.status, odd.status, foreign.status]).toEqual([400, 400, 404]);
});

test('counts what a rewind or a reset would deliver again, and moves nothing', async () => {
  const { send, at } = await openEvents();
  await send('POST', `${at}/run`);
  await until('all is delivered', async () => (await send('GET', `${at}/cursor`)).body.events === 3);
  const before = (await send('GET', `${at}/cursor`)).body;

  const back = await send('PUT', `${at}/cursor?dry_run=true`, { body: { value: '2026-01-01' } });
  const all = await send('DELETE', `${at}/cursor?dry_run=true`);
  const wrong = await send('PUT', `${at}/cursor`, { body: { value: 'yesterday' } });
  const after = (await send('GET', `${at}/cursor`)).body;
  const listed = (await send('GET', '/v1/audit')).body.items;

  expect(back.body).toEqual({
    dry_run: true,
    position: { value: '2026-01-01T00:00:00.000000Z', key: null },
    events: 2,
  });
  expect(all.body).toEqual({ dry_run: true, position: null, events: 3 });
  expect(wrong).toMatchObject({ status: 422, body: { code: 'ERR_CURSOR_COLUMN', errors: [{ pointer: '/value' }] } });
  expect(after).toMatchObject({ version: before.version, position: before.position });
  expect(listed.map(({ action }: { action: string }) => action)).not.toContain('cursor.set');
});

test('delivers a range once more beside the live sync, and leaves its cursor', async () => {
  const { send, at } = await openEvents();
  await send('POST', `${at}/run`);
  await until('all is delivered', async () => (await send('GET', `${at}/cursor`)).body.events === 3);
  const before = (await send('GET', `${at}/cursor`)).body;

  const made = await send('POST', `${at}/backfills`, { body: { until: '2026-01-02T00:00:00Z' } });
  const done = await until('the range is done', async () => {
    const [first] = (await send('GET', `${at}/backfills`)).body.items;
    return first.status === 'done' ? first : undefined;
  });
  const late = await send('POST', `${at}/backfills/${made.body.id}/cancel`);

  expect(made).toMatchObject({ status: 201, body: { status: 'running', after: null, until: '2026-01-02T00:00:00Z' } });
  expect(done).toMatchObject({ id: made.body.id, events: 2, failures: 0 });
  expect(late.body).toMatchObject({ status: 'done' });
  expect((await send('GET', `${at}/cursor`)).body.position).toEqual(before.position);
});

test('cancels a range, and refuses one that is of another workflow or whose end is no value of the column', async () => {
  const { send, at } = await openEvents({ worker: false });

  const made = await send('POST', `${at}/backfills`, { body: { until: '2026-01-02T00:00:00Z' } });
  const canceled = await send('POST', `${at}/backfills/${made.body.id}/cancel`);
  const unknown = await send('POST', `${at}/backfills/rng_other/cancel`);
  const wrong = await send('POST', `${at}/backfills`, { body: { until: 'yesterday' } });

  expect(canceled.body).toMatchObject({ id: made.body.id, status: 'canceled', finished_at: expect.any(String) });
  expect(unknown.status).toBe(404);
  expect(wrong).toMatchObject({ status: 422, body: { code: 'ERR_CURSOR_COLUMN' } });
});

test('has no pause for a trigger that polls nothing', async () => {
  const { send } = await startTestApi();
  const body = {
    name: 'manual',
    trigger: { id: 'core.manual' },
    steps: [{ id: 'a', action: 'core.transform', input: { value: 1 } }],
  };
  const { body: workflow } = await send('POST', '/v1/workflows', { body });

  expect(await send('GET', `/v1/workflows/${workflow.id}/trigger`)).toMatchObject({ body: { state: 'ok' } });
  expect(await send('POST', `/v1/workflows/${workflow.id}/pause`)).toMatchObject({ status: 404 });
});

test('a dead-lettered event batch is discarded once, by an operator, and only where there is one', async () => {
  const { send, at, keyOf, ctx, tenant } = await openEvents({ worker: false });
  const { body: run } = await send('POST', '/v1/runs', { body: { action: 'core.transform', input: { value: 1 } } });
  const workflow = at.split('/').at(-1)!;
  const letter = await submitWorkflow(ctx, tenant, {
    id: newId('run', ctx.clock.now()),
    workflow,
    version: 1,
    trigger: { events: [] },
  });
  await openDeadLetter(ctx, { id: letter.id, tenant, workflow });
  const openOf = async () => (await send('GET', `${at}/trigger`)).body.dead_letters_open;
  const discard = (id: string, key?: string) =>
    send('POST', `/v1/runs/${id}/discard`, key === undefined ? {} : { key });
  expect(await openOf()).toBe(1);

  const viewed = await discard(letter.id, await keyOf('viewer'));
  const foreign = await discard(letter.id, await keyOf('admin', 'other'));
  const none = await discard(run.id);
  const before = await openOf();
  const first = await discard(letter.id, await keyOf('operator'));
  const second = await discard(letter.id);

  expect([viewed.status, foreign.status]).toEqual([403, 404]);
  expect(none).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(first.body.dead_letter).toBeUndefined();
  expect([before, await openOf()]).toEqual([1, 0]);
  const { items } = (await send('GET', '/v1/audit?action=run.discard')).body;
  expect(items).toMatchObject([{ target: { id: letter.id } }]);
});

/** A sync of three rows, of three days, and the path of its workflow. */
async function openEvents(given: Parameters<typeof openApiWorkspace>[0] = {}): Promise<TestApi & { at: string }> {
  const api = await openApiWorkspace(given);
  const { workspace, send } = api;
  const warehouse_id = workspace.emulator.warehouseId;
  if (given?.worker !== false) {
    const made = await workspace.run('databricks.execute_statement', {
      statement:
        "CREATE TABLE main.default.events AS SELECT * FROM VALUES (1L, TIMESTAMP '2026-01-01 00:00:00'), (2L, TIMESTAMP '2026-01-02 00:00:00'), (3L, TIMESTAMP '2026-01-03 00:00:00') AS t(id, seen_at)",
    });
    if (made.status !== 'succeeded') throw new Error(made.error?.message);
  }
  const { body: workflow } = await send('POST', '/v1/workflows', {
    body: {
      name: 'events',
      trigger: {
        id: 'databricks.incremental_sync',
        linked_account: 'demo',
        input: {
          warehouse_id,
          table: 'main.default.events',
          cursor_column: 'seen_at',
          cursor_type: 'TIMESTAMP',
          key_column: 'id',
          key_type: 'BIGINT',
          every_seconds: 3600,
        },
      },
      steps: [{ id: 'write', action: 'core.file', input: { path: 'events.ndjson', rows: '{{ trigger.events }}' } }],
    },
  });
  return { ...api, at: `/v1/workflows/${workflow.id}` };
}
