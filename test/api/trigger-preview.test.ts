import { expect, test } from 'vitest';
import { readCursor } from '../../engine/cursors/cursors.ts';
import { poll } from '../../engine/polling/polls.ts';
import { readRun } from '../../engine/runs/runs.ts';
import { getWorkflow } from '../../engine/workflows/workflows.ts';
import { runCli } from '../cli/cli.ts';
import { until } from '../context.ts';
import { startOrdersApi } from '../services/http/orders-api.ts';
import { startTestApi } from './client.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const SYNC = 'databricks.incremental_sync';
const SECRET = 'c4n4ry-of-a-preview';

test('the events are those that the first poll delivers, with how many come, and no cursor moves', async () => {
  const { send, sql, workspace, preview, ...api } = await open();
  await sql(
    "INSERT INTO main.default.events SELECT n, timestampadd(SECOND, CAST(n AS INT), TIMESTAMP '2026-01-01 00:00:00'), CASE WHEN n = 2 THEN NULL ELSE concat('name ', CAST(n AS STRING)) END FROM range(25) AS t(n)",
  );
  const { body: workflow } = await send('POST', '/v1/workflows', { body: flow(input(), { enabled: false }) });
  const before = await readCursor(workspace.ctx, workflow.id);

  const shown = await preview({ input: input(), workflow: workflow.id, limit: 3 });
  const alone = await preview({ input: { ...input(), page_size: 2 }, limit: 100 });
  const after = await readCursor(workspace.ctx, workflow.id);
  const kept = await send('GET', `/v1/runs?workflow=${workflow.id}`);
  await send('POST', `/v1/workflows/${workflow.id}/enable`);
  const runs = await until('everything was delivered', async () => {
    const { events } = await readCursor(workspace.ctx, workflow.id);
    return events === 25 && (await send('GET', `/v1/runs?workflow=${workflow.id}`)).body.items;
  });
  const first = (await send('GET', `/v1/runs/${runs.at(-1).id}`)).body.input;

  expect(shown).toMatchObject({
    status: 200,
    body: {
      truncated: false,
      total: { events: 25, exact: true },
      held_back: 0,
      from: null,
      to: { key: '2' },
      cursor: { column: 'at', type: 'TIMESTAMP' },
      request: { action: 'databricks.execute_statement', input: { statement: expect.stringContaining('LIMIT 4') } },
    },
  });
  expect(first.events).toHaveLength(10);
  expect(shown.body.events).toEqual(first.events.slice(0, 3));
  expect(shown.body.events[2].data.name).toBeNull();
  expect(shown.body.columns).toEqual(first.columns);
  expect(alone.body).toMatchObject({ total: { events: 25, exact: true }, to: { key: '1' } });
  expect(alone.body.events).toHaveLength(2);
  expect(alone.body.events[0].data).toEqual(first.events[0].data);
  expect(after).toEqual(before);
  expect(kept.body.items).toEqual([]);

  const env = { PENSTOCK_URL: api.origin, PENSTOCK_API_KEY: await api.keyOf('operator') };
  const cli = (...more: string[]) => runCli(['triggers', 'preview', ...more], { env });
  const printed = await cli('--workflow', 'sync', '--from-start', '--limit', '2');
  const nothing = await cli(SYNC, '--account', 'demo', '--workflow', 'sync', '--input', JSON.stringify(input()));
  const unnamed = await cli();

  expect(printed).toMatchObject({ code: 0, err: '' });
  expect(printed.out.split('\n')).toEqual([
    expect.stringMatching(/^id +at +name$/),
    expect.stringMatching(/^0 +2026-01-01T00:00:00.000Z +name 0$/),
    expect.stringMatching(/^1 +/),
    '25 events would be delivered from the start of at (TIMESTAMP). Nothing was delivered.',
    '',
  ]);
  expect(nothing.out).toMatch(/^0 events would be delivered after 2026-01-01T00:00:24\S* of at \(TIMESTAMP\)/);
  expect(unnamed).toMatchObject({ code: 2, err: expect.stringContaining('--workflow') });

  const caughtUp = await preview({ input: input(), workflow: workflow.id });
  const again = await preview({ input: input(), workflow: 'sync', from: 'start', limit: 1 });
  const moved = await preview({ input: { ...input(), key_column: 'name' }, workflow: workflow.id });

  expect(caughtUp.body).toMatchObject({ events: [], total: { events: 0, exact: true }, from: { key: '24' } });
  expect(again.body).toMatchObject({ from: null, total: { events: 25, exact: true }, events: [first.events[0]] });
  expect(moved).toMatchObject({
    status: 422,
    body: {
      code: 'ERR_CURSOR_COLUMN',
      errors: expect.arrayContaining([{ pointer: '/input/key_column', message: expect.any(String) }]),
    },
  });
});

test('every kind of source is previewed: queries, changes, listings, files, job runs and conditions', async () => {
  const { sql, preview, workspace } = await open();
  const { warehouseId } = workspace.emulator;
  await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01 00:00:01', 'a'), (2, '2026-01-01 00:00:02', 'b')");
  await sql("INSERT INTO main.default.events VALUES (3, '2126-01-01 00:00:00', 'in the future')");
  await sql("CREATE TABLE main.default.feed (id BIGINT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')");
  await sql('INSERT INTO main.default.feed VALUES (1), (2), (3)');
  const query = 'SELECT id, at, upper(name) AS name FROM main.default.events';
  const feed = { source: 'change_feed', table: 'main.default.feed', key_column: 'id', warehouse_id: warehouseId };
  const listing = { source: 'endpoint', action: 'databricks.query_warehouses', items: 'warehouses', id_field: 'id' };
  const of = async (given: Record<string, unknown>, id = SYNC) => (await preview({ input: given, limit: 2 }, id)).body;

  const ofQuery = await of({
    ...input(),
    source: 'query',
    query,
    table: undefined,
    start_from: '2026-01-01T00:00:01Z',
  });
  const back = await of({ ...input(), lookback_seconds: 60 });
  const changes = await of(feed);
  const items = await of(listing);
  const fromNow = await of({ ...listing, start: 'now' });
  const met = await of(
    { warehouse_id: warehouseId, statement: 'SELECT count(*) > 1 FROM main.default.events' },
    'databricks.condition_met',
  );
  const ended = await of({}, 'databricks.job_run_finished');
  const none = await of({ types: ['run.failed'] }, 'core.event');

  expect(ofQuery).toMatchObject({ events: [{ data: { name: 'B' } }], total: { events: 1, exact: true }, held_back: 1 });
  expect(back).toMatchObject({ events: [{}, {}], total: { events: 2, exact: true } });
  expect(changes).toMatchObject({
    events: [{ data: { change_type: 'snapshot' } }, {}],
    total: { events: 3, exact: true },
  });
  expect(changes.cursor).toBeNull();
  expect(items).toMatchObject({ events: [{ change: 'new' }], total: { exact: true }, cursor: null });
  expect(items.total.events).toBeGreaterThan(0);
  expect(fromNow).toMatchObject({ events: [], total: { events: 0, exact: true } });
  expect(met).toMatchObject({ events: [{ data: { value: true } }], total: { events: 1, exact: true } });
  expect([ended, none].map(({ events }) => events)).toEqual([[], []]);
});

test('what is too large is left out, and said so', async () => {
  const { sql, preview } = await open();
  await sql(
    "INSERT INTO main.default.events SELECT n, timestampadd(SECOND, CAST(n AS INT), TIMESTAMP '2026-01-01 00:00:00'), repeat('x', 200000) FROM range(5) AS t(n)",
  );

  const { body } = await preview({ input: input() });

  expect(body.events).toHaveLength(2);
  expect(body).toMatchObject({ truncated: true, total: { events: 5, exact: true } });
});

test('a look back that finds nothing new in thirty requests says so', async () => {
  const { send, sql, preview, workspace } = await open();
  await sql(
    "INSERT INTO main.default.events SELECT n, timestampadd(SECOND, CAST(n AS INT), TIMESTAMP '2026-01-01 00:00:00'), 'a' FROM range(40) AS t(n)",
  );
  const back = { ...input(), lookback_seconds: 3600, page_size: 1, cursor_type: 'TIMESTAMP' };
  const { body: workflow } = await send('POST', '/v1/workflows', { body: flow({ ...back, page_size: 40 }) });
  await until('everything was delivered', async () => (await readCursor(workspace.ctx, workflow.id)).events === 40);
  await send('POST', `/v1/workflows/${workflow.id}/disable`);

  const vain = await preview({ input: back, workflow: workflow.id });
  const whole = await preview({ input: { ...back, page_size: 40 }, workflow: workflow.id, limit: 1 });

  expect(vain).toMatchObject({
    status: 504,
    body: { code: 'ERR_TIMEOUT', hint: expect.stringContaining('look back') },
  });
  expect(whole.body).toMatchObject({ events: [], total: { events: 0, exact: true } });
});

test('errors of the service keep their code, words and request id, and point at the fields that they name', async () => {
  const { preview } = await open();

  const table = await preview({ input: { ...input(), table: 'main.default.evnts' } });
  const column = await preview({ input: { ...input(), cursor_column: 'updated_att' } });
  const query = await preview({ input: { ...input(), source: 'query', table: undefined, query: 'SELECT * FRM x' } });
  const warehouse = await preview({ input: { ...input(), warehouse_id: 'ffffffffffffffff' } });

  expect(table).toMatchObject({
    status: 422,
    body: {
      code: 'ERR_REMOTE_FAILED',
      errors: [{ pointer: '/input/table', message: expect.stringContaining('evnts') }],
      upstream: { message: expect.stringContaining('evnts') },
    },
  });
  expect(column.body.errors).toEqual([{ pointer: '/input/cursor_column', message: expect.any(String) }]);
  expect(query).toMatchObject({
    status: 422,
    body: { code: 'ERR_REMOTE_FAILED', upstream: { message: expect.any(String) } },
  });
  expect(warehouse.body.upstream.request_id).toMatch(/./);
});

test('what cannot be previewed is refused at the field', async () => {
  const { send, keyOf, preview } = await open();
  await send('POST', '/v1/linked_accounts', { body: { name: 'theirs' }, key: await keyOf('admin', 'other') });
  await send('POST', '/v1/linked_accounts', { body: { name: 'empty' } });
  const { body: foreign } = await send('POST', '/v1/workflows', {
    body: { name: 'theirs', trigger: { id: 'core.manual' }, steps: flow({}).steps },
    key: await keyOf('admin', 'other'),
  });
  const other = (account: string) => preview({ input: input(), linked_account: account });

  const answers = [
    await preview({ input: { ...input(), cursor_column: undefined } }),
    await preview({ input: { ...input(), emit_everything: true } }),
    await preview({ input: { source: 'endpoint', action: 'databricks.delete_job', items: 'jobs', id_field: 'id' } }),
    await other('theirs'),
    await other('empty'),
    await preview({ input: input(), workflow: foreign.id }),
    await preview({ input: {} }, 'core.incoming_webhook'),
    await preview({ input: {} }, 'databricks.incremental_sink'),
    await preview({ input: input(), limit: 101 }),
  ];

  expect(answers.map(({ status, body }) => [status, body.code, body.errors?.[0]?.pointer])).toEqual([
    [400, 'ERR_INPUT_INVALID', '/input/cursor_column'],
    [400, 'ERR_INPUT_INVALID', '/input/emit_everything'],
    [400, 'ERR_INPUT_INVALID', '/input/action'],
    [404, 'ERR_NOT_FOUND', '/linked_account'],
    [409, 'ERR_NO_AUTHENTICATION', '/linked_account'],
    [404, 'ERR_NOT_FOUND', undefined],
    [409, 'ERR_CONFLICT', undefined],
    [404, 'ERR_TRIGGER_UNKNOWN', undefined],
    [400, 'ERR_INPUT_INVALID', '/limit'],
  ]);
  expect(answers[7]!.body.hint).toContain(SYNC);
});

test('a secret of the input is used by polls and previews, shown by none, and sent with no other account', async () => {
  const api = await openApiWorkspace();
  const { send } = api;
  const orders = await startOrdersApi(({ headers }) => headers['x-token'] === SECRET);
  for (const name of ['orders', 'elsewhere'])
    await send('POST', '/v1/linked_accounts', {
      body: {
        name,
        connector: 'http',
        base_url: `${orders.origin}/v1`,
        authentication: { name: 'none', kind: 'none' },
      },
    });
  const given = {
    path: '/orders',
    id_field: 'id',
    pages: { style: 'link_header' },
    start: 'beginning',
    headers: { 'X-Token': SECRET },
  };
  const trigger = { id: 'http.new_items', linked_account: 'orders', input: given };
  const { body: workflow } = await send('POST', '/v1/workflows', {
    body: { ...flow({}), trigger, enabled: false },
  });
  const later = { ...trigger, input: { ...given, start: 'now' } };
  await send('PUT', `/v1/workflows/${workflow.id}/draft`, { body: { ...flow({}), trigger: later } });
  const { definition } = (await send('GET', `/v1/workflows/${workflow.id}/draft`)).body;
  const preview = (body: object) => send('POST', '/v1/triggers/http.new_items/preview', { body });
  const hidden = { input: definition.trigger.input, linked_account: 'orders', workflow: workflow.id };

  const typed = await preview({ input: given, linked_account: 'orders' });
  const kept = await preview({ ...hidden, from: 'beginning' });
  const fromNow = await preview({ ...hidden, from: 'start' });
  const elsewhere = await preview({ ...hidden, linked_account: 'elsewhere' });
  const changed = await preview({ ...hidden, input: { ...hidden.input, path: '/by_page' } });
  const wrong = await preview({ ...hidden, input: { ...given, headers: { 'X-Token': `${SECRET}-wrong` } } });
  const text = await preview({ linked_account: 'orders', input: { ...given, path: '/reports/2026.csv' } });
  await send('POST', `/v1/workflows/${workflow.id}/enable`);
  await until('the poll delivered', async () => (await readCursor(api.ctx, workflow.id)).events === 5);

  expect(JSON.stringify(definition)).not.toContain(SECRET);
  for (const { body } of [typed, kept]) {
    expect(body).toMatchObject({ events: [1, 2, 3, 4, 5].map((n) => ({ data: { id: 1000 + n } })) });
    expect(body.request.input.headers).toEqual({ 'X-Token': '[secret]' });
  }
  expect(fromNow).toMatchObject({ status: 200, body: { events: [] } });
  for (const refused of [elsewhere, changed])
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_INPUT_INVALID' } });
  expect(wrong.status).toBe(422);
  expect(text).toMatchObject({ status: 502, body: { code: 'ERR_RESPONSE_INVALID' } });
  for (const { text } of [typed, kept, fromNow, elsewhere, changed, wrong]) expect(text).not.toContain(SECRET);
  expect(await everythingIn(api.ctx)).not.toContain(SECRET);
});

test('a viewer may not preview; an operator may', async () => {
  const { send, keyOf } = await startTestApi();
  const body = { input: {} };
  const path = `/v1/triggers/${SYNC}/preview`;

  const viewer = await send('POST', path, { body, key: await keyOf('viewer') });
  const operator = await send('POST', path, { body, key: await keyOf('operator') });

  expect([viewer.status, operator.status]).toEqual([403, 400]);
});

test('a poll of job runs asks with what it remembers', async () => {
  const { send, workspace } = await open();
  const { ctx } = workspace;
  const trigger = { id: 'databricks.job_run_finished', linked_account: 'demo', input: { start: 'now' } };
  const { body: made } = await send('POST', '/v1/workflows', { body: { ...flow({}), trigger, enabled: false } });
  const workflow = await getWorkflow(ctx, 'default', made.id);
  const memory = JSON.stringify({ seen: {}, active: { 77: [1_000, 0, 0] }, from: 5, since: 5 });
  await ctx.redis.hset(ctx.keys.cursorMemory(made.id), 'now', memory);

  const asked = await poll(ctx, { workflow, trigger: ctx.manifests.triggers.get(trigger.id)!, cursor: made.id });

  const run = await readRun(ctx, (asked as { run: string }).run);
  expect(run?.input).toMatchObject({ start_time_from: 5, watch: [{ run_id: '77', start_time: 1_000 }] });
});

function input() {
  return { table: 'main.default.events', cursor_column: 'at', key_column: 'id', page_size: 10 };
}

function flow(given: Record<string, unknown>, more: object = {}) {
  return {
    name: 'sync',
    trigger: { id: SYNC, linked_account: 'demo', input: given, schedule: { every_seconds: 1 } },
    steps: [{ id: 'keep', action: 'core.transform', input: { value: '{{ $count(trigger.rows) }}' } }],
    ...more,
  };
}

/** A workspace with an empty table of events. */
async function open() {
  const api = await openApiWorkspace();
  const { workspace, send } = api;
  const sql = async (statement: string) => {
    const run = await workspace.run('databricks.execute_statement', {
      warehouse_id: workspace.emulator.warehouseId,
      statement,
    });
    if (run.status !== 'succeeded') throw new Error(`${statement}: ${run.error?.message}`);
  };
  await sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)');
  return {
    ...api,
    sql,
    preview: (body: object, id = SYNC) =>
      send('POST', `/v1/triggers/${id}/preview`, {
        body: { linked_account: id.startsWith('core.') ? undefined : 'demo', ...body },
      }),
  };
}
