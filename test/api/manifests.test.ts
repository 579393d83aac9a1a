import { expect, test } from 'vitest';
import { assertSchema, compileSchema } from '../../connector/schema.ts';
import { startHttpServer } from '../servers.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

test('lists every action in pages, each once, in the order of their ids', async () => {
  const api = await startTestApi();

  const ids = await allIds(api, '/v1/actions?limit=10');

  expect(ids).toEqual([...api.ctx.manifests.actions.keys()].sort());
});

test.each([
  ['search=warehouse start', ['databricks.start_warehouse'], ['databricks.query_warehouses', 'databricks.run_job']],
  ['search=CANCEL statement', ['databricks.cancel_statement_execution'], ['databricks.cancel_run']],
  ['connector=core', ['core.file', 'core.webhook'], ['databricks.run_job', 'http.request']],
  ['connector=databricks&group=jobs', ['databricks.run_job'], ['databricks.start_warehouse', 'core.file']],
  ['search=no such words', [], ['core.file', 'databricks.run_job']],
])('finds actions by %s, and no others', async (query, found, others) => {
  const { send } = await startTestApi();

  const { body } = await send('GET', `/v1/actions?limit=200&${new URLSearchParams(query)}`);

  const ids = body.items.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(expect.arrayContaining(found));
  for (const other of others) expect(ids).not.toContain(other);
});

test('shows an action with schemas that can be compiled, and none of its workings', async () => {
  const { send } = await startTestApi();

  const { body } = await send('GET', '/v1/actions/databricks.run_job');

  expect(compileSchema(body.input).validationErrors({})).toMatchObject([{ pointer: '/job_id' }]);
  expect(body.options.properties).toHaveProperty('wait_for_completion');
  expect(body).toMatchObject({ effect: 'token', request: { method: 'POST', path: '/api/2.2/jobs/run-now' } });
  for (const name of ['await', 'errors', 'result']) expect(body).not.toHaveProperty(name);
  expect(Object.keys(body.request)).toEqual(['method', 'path']);
});

test('names the action that was meant', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('GET', '/v1/actions/databricks.start_warehose');

  expect(status).toBe(404);
  expect(body).toMatchObject({
    code: 'ERR_ACTION_UNKNOWN',
    hint: expect.stringContaining('databricks.start_warehouse'),
  });
});

test('lists the connectors and the triggers, the built-in ones too', async () => {
  const api = await startTestApi();

  const connectors = ['core', 'databricks', 'github', 'http', 'postgres', 's3', 'slack'];
  expect(await allIds(api, '/v1/connectors?limit=1')).toEqual(connectors);
  expect(await allIds(api, '/v1/triggers?limit=2')).toEqual(
    expect.arrayContaining(['core.manual', 'core.schedule', 'databricks.incremental_sync']),
  );
  expect((await api.send('GET', '/v1/connectors/databricks')).body).toMatchObject({
    origin: 'shipped',
    id: 'databricks',
    actions: expect.any(Number),
  });
  expect((await api.send('GET', '/v1/triggers/databricks.incremental_sync')).body.input.properties).toHaveProperty(
    'cursor_column',
  );
  expect((await api.send('GET', '/v1/triggers/core.manual')).status).toBe(200);
  expect((await api.send('GET', '/v1/triggers/core.manuel')).body).toMatchObject({
    code: 'ERR_TRIGGER_UNKNOWN',
    hint: expect.stringContaining('core.manual'),
  });
  expect((await api.send('GET', '/v1/connectors/none')).status).toBe(404);
});

test('lists the choices for a field from the workspace, and leaves no run behind', async () => {
  const { send, workspace } = await openApiWorkspace();

  const { status, body } = await send('POST', '/v1/actions/databricks.execute_statement/options', {
    body: { field: 'warehouse_id', linked_account: 'demo' },
  });

  expect(status).toBe(200);
  expect(body.items).toContainEqual({ value: workspace.emulator.warehouseId, label: expect.any(String) });
  expect(body.next_cursor).toBeNull();
  expect((await send('GET', '/v1/runs')).body.items).toEqual([]);
});

test('pages and searches choices', async () => {
  const { send } = await openApiWorkspace();
  const catalogs = await startCatalogs(['alpha', 'beta', 'gamma']);
  await send('POST', '/v1/linked_accounts', {
    body: { name: 'three', authentication: { kind: 'pat', host: catalogs.origin, token: 'dapi-any', test: false } },
  });
  const ask = async (more: object) =>
    (
      await send('POST', '/v1/actions/databricks.query_schemas/options', {
        body: { field: 'catalog_name', linked_account: 'three', ...more },
      })
    ).body;

  const first = await ask({ limit: 2 });
  const second = await ask({ limit: 2, cursor: first.next_cursor });
  const found = await ask({ search: 'AMM' });
  const strange = await ask({ cursor: 'nonsense' });

  expect(first.items).toEqual(['alpha', 'beta'].map((name) => ({ value: name, label: name })));
  expect(second).toEqual({ items: [{ value: 'gamma', label: 'gamma' }], next_cursor: null });
  expect(found.items).toEqual([{ value: 'gamma', label: 'gamma' }]);
  expect(strange).toMatchObject({ status: 400, errors: [{ pointer: '/cursor' }] });
});

test('lists the choices for a field of a trigger', async () => {
  const { send, workspace } = await openApiWorkspace();

  const { body } = await send('POST', '/v1/triggers/databricks.incremental_sync/options', {
    body: { field: '/warehouse_id', linked_account: 'demo' },
  });

  expect(body.items).toContainEqual(expect.objectContaining({ value: workspace.emulator.warehouseId }));
});

test('tells of a field without choices, and of a workspace that refuses', async () => {
  const { send, workspace } = await openApiWorkspace({ kind: 'pat' });
  const ask = (field: string) =>
    send('POST', '/v1/actions/databricks.execute_statement/options', { body: { field, linked_account: 'demo' } });

  const none = await ask('statement');
  const unknown = await ask('nonsense');
  const [auth] = (await send('GET', '/v1/linked_accounts/demo/authentications')).body.items;
  await send('PUT', `/v1/linked_accounts/demo/authentications/${auth.id}`, {
    body: { token: 'dapi-wrong', test: false },
  });
  const refused = await ask('warehouse_id');

  expect(none).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/field', allowed: expect.arrayContaining(['warehouse_id']) }] },
  });
  expect(unknown).toMatchObject({ status: 400, body: { detail: expect.stringContaining('nonsense') } });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.body).toMatchObject({ code: expect.stringMatching(/^ERR_(AUTH_FAILED|NEEDS_REAUTH)$/) });
  expect(workspace.emulator.requests.list().length).toBeGreaterThan(0);
});

async function allIds({ send }: TestApi, path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await send('GET', path + cursor);
    ids.push(...body.items.map(({ id }: { id: string }) => id));
    if (body.next_cursor === null) return ids;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

/** A workspace that has nothing but catalogs, and gives as many at a time as it is asked for. */
function startCatalogs(names: string[]) {
  return startHttpServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    if (request.method !== 'GET' || pathname !== '/api/2.1/unity-catalog/catalogs')
      throw new Error(`${request.method} ${request.url}`);
    const from = Number(searchParams.get('page_token') ?? 0);
    const to = from + Number(searchParams.get('max_results') ?? 100);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        catalogs: names.slice(from, to).map((name) => ({ name })),
        ...(to < names.length ? { next_page_token: String(to) } : {}),
      }),
    );
  });
}

test('shows the icon and the color of a connector, and which actions are destructive', async () => {
  const { send } = await startTestApi();

  const { body: connector } = await send('GET', '/v1/connectors/databricks');
  const { body: list } = await send('GET', '/v1/actions?search=job&limit=200');

  expect(Buffer.from(connector.icon.split(',')[1], 'base64').toString()).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(connector.color).toMatch(/^#[0-9a-f]{6}$/);
  const destructive = Object.fromEntries(
    list.items.map((item: { id: string; destructive: boolean }) => [item.id, item.destructive]),
  );
  expect(destructive).toMatchObject({ 'databricks.delete_job': true, 'databricks.create_job': false });
  expect((await send('GET', '/v1/actions/databricks.delete_job')).body.destructive).toBe(true);
});

test('gives the output skeletons of many actions in one answer', async () => {
  const { send } = await startTestApi();
  const ids = ['databricks.run_job', 'core.delay', 'databricks.list_runs', 'core.delay'];

  const { status, body } = await send('GET', `/v1/actions?ids=${ids}&include=output_skeleton`);

  expect(status).toBe(200);
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([
    'core.delay',
    'databricks.list_runs',
    'databricks.run_job',
  ]);
  const [delay, runs] = body.items;
  expect(delay).toMatchObject({ output_skeleton: { until: expect.any(String) }, output_skeleton_complete: true });
  expect(runs.output_skeleton.runs[0]).toMatchObject({ run_id: '455644833123456789', tasks: [{ task_key: '' }] });
  expect((await send('GET', '/v1/actions?ids=core.delay')).body.items[0]).not.toHaveProperty('output_skeleton');
});

test.each([
  ['include=output_skeleton', 400, '/include'],
  [`ids=${Array.from({ length: 51 }, (_, n) => `core.a${n}`)}&include=output_skeleton`, 400, '/ids'],
  ['ids=core.delay,&include=output_skeleton', 400, '/ids'],
  ['ids=core.delay&include=everything', 400, '/include'],
  ['ids=core.delay,core.dely', 404, '/action'],
])('refuses actions by %s', async (query, status, pointer) => {
  const { send } = await startTestApi();

  expect(await send('GET', `/v1/actions?${query}`)).toMatchObject({ status, body: { errors: [{ pointer }] } });
});

test('tells what events of a trigger look like, for each mode', async () => {
  const { send } = await startTestApi();

  const { body: sync } = await send('GET', '/v1/triggers/databricks.incremental_sync');
  const { body: schedule } = await send('GET', '/v1/triggers/core.schedule');

  expect(sync.events).toMatchObject([
    { when: { source: ['table', 'query'] }, skeleton: { order_id: '1001' } },
    {
      when: { source: ['endpoint'] },
      item_of: { action: '$input.action', items: '$input.items' },
      skeleton: { job_id: '11223344' },
    },
    { when: { source: ['change_feed'] }, skeleton: { change_type: 'update', after: { order_id: '1001' } } },
  ]);
  expect(sync.events[2].trigger_schema.properties.rows.items.properties).toHaveProperty('commit_version');
  expect(schedule.events).toMatchObject([{ skeleton: { missed: 0 }, trigger_schema: schedule.output }]);
  expect((await send('GET', '/v1/triggers?limit=1')).body.items[0]).not.toHaveProperty('events');
});

test('the skeleton and the schemas of every event fit each other', async () => {
  const { send, ctx } = await startTestApi();

  for (const id of ctx.manifests.triggers.keys()) {
    const { body } = await send('GET', `/v1/triggers/${id}`);
    for (const { schema, trigger_schema, skeleton } of body.events) {
      assertSchema(trigger_schema);
      expect(compileSchema(schema).validationErrors(skeleton), id).toEqual([]);
      const batch = { events: [{ id: 'evt_1', data: skeleton }], rows: [skeleton], from: null, to: null };
      const value = body.kind === 'poll' ? batch : skeleton;
      expect(compileSchema(trigger_schema).validationErrors(value), id).toEqual([]);
    }
  }
});
