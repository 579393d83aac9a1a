import { expect, test } from 'vitest';
import { loadDefinition, revealDefinition } from '../../engine/workflows/definitions.ts';
import { until } from '../context.ts';
import { startTestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const MANUAL = {
  name: 'manual run',
  trigger: { id: 'core.manual' },
  steps: [{ id: 'file', action: 'core.file', input: { path: 'x.ndjson', rows: '{{ trigger.rows }}' } }],
};

test('a list shows the newest runs of each workflow where they are asked for', async () => {
  const { send } = await startTestApi();
  const steps = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];
  const { body: made } = await send('POST', '/v1/workflows', { body: { ...MANUAL, steps } });
  await send('POST', '/v1/workflows', { body: { ...MANUAL, steps, name: 'without runs' } });
  const schedule = { id: 'core.schedule', schedule: { every_seconds: 3600 } };
  await send('POST', '/v1/workflows', { body: { ...MANUAL, steps, name: 'hourly', trigger: schedule } });
  const runs = [];
  for (let i = 0; i < 3; i += 1) runs.push((await send('POST', `/v1/workflows/${made.id}/run`)).body);

  const plain = await send('GET', '/v1/workflows');
  const shown = await send('GET', '/v1/workflows?recent_runs=2');
  const many = await send('GET', '/v1/workflows?recent_runs=21');

  expect(plain.body.items[2].recent_runs).toBeUndefined();
  const [hourly, without, recent] = shown.body.items;
  expect(recent.recent_runs).toEqual(
    [runs[2], runs[1]].map(({ id, status, created_at }) => ({ id, status, created_at })),
  );
  expect(without.recent_runs).toEqual([]);
  expect(hourly.trigger.next_tick_at).toEqual(expect.any(String));
  expect(without.trigger.next_tick_at).toBeUndefined();
  expect(many).toMatchObject({ status: 400, body: { errors: [{ pointer: '/recent_runs' }] } });
});

test('a name and a description are changed alone, with the secrets and the state as they are', async () => {
  const { send, keyOf, ctx, tenant } = await startTestApi();
  const steps = [{ id: 'a', action: 'core.transform', input: { value: '{{ secrets.token }}' } }];
  const { body: made } = await send('POST', '/v1/workflows', {
    body: { ...MANUAL, steps, secrets: { token: 'kept-by-renaming' }, enabled: false },
  });
  const at = `/v1/workflows/${made.id}`;
  const secrets = { token: 'of-a-draft' };
  await send('PUT', at, { body: { ...MANUAL, steps, secrets, name: 'not published', publish: false } });

  const stale = await send('PATCH', at, { body: { name: 'x' }, headers: { 'if-match': '"0.old"' } });
  const named = await send('PATCH', at, { body: { name: 'other <b>name</b>', description: 'What it does.' } });
  const viewed = await send('PATCH', at, { body: { name: 'x' }, key: await keyOf('operator') });
  const foreign = await send('PATCH', at, { body: { name: 'x' }, key: await keyOf('admin', 'other') });
  const nothing = await send('PATCH', at, { body: {} });
  const odd = await send('PATCH', at, { body: { steps: [] } });
  await send('POST', '/v1/workflows', { body: { ...MANUAL, steps, name: 'taken', secrets: { token: 'x' } } });
  const taken = await send('PATCH', at, { body: { name: 'taken' } });

  expect([stale.status, viewed.status, foreign.status, nothing.status, odd.status, taken.status]).toEqual([
    412, 403, 404, 400, 400, 409,
  ]);
  expect(named).toMatchObject({
    status: 200,
    body: { name: 'other <b>name</b>', description: 'What it does.', version: 2, latest: 2, enabled: false },
  });
  const stored = await loadDefinition(ctx, made.id, 2);
  expect(revealDefinition(ctx, { id: made.id, tenant }, stored).secrets).toEqual({ token: 'kept-by-renaming' });
});

test('a disabled workflow stays so when it is saved, or its draft is published, without "enabled"', async () => {
  const { send } = await startTestApi();
  const { body: made } = await send('POST', '/v1/workflows', { body: { ...MANUAL, enabled: false } });
  const at = `/v1/workflows/${made.id}`;

  const saved = await send('PUT', at, { body: MANUAL });
  await send('PUT', `${at}/draft`, { body: { ...MANUAL, description: 'of a draft' } });
  const published = await send('POST', `${at}/draft/publish`);
  const enabled = await send('PUT', at, { body: { ...MANUAL, enabled: true } });
  const kept = await send('PUT', at, { body: MANUAL });

  expect([saved, published, enabled, kept].map(({ body }) => [body.version, body.enabled])).toEqual([
    [2, false],
    [3, false],
    [4, true],
    [5, true],
  ]);
});

test('a workflow that was never published is renamed in its draft, and has no version', async () => {
  const { send } = await startTestApi();
  const steps = [{ id: 'a', action: 'core.transform', input: { value: '{{ secrets.token }}' } }];
  const secrets = { token: 'kept-by-renaming' };
  const { body: made } = await send('POST', '/v1/workflows', { body: { ...MANUAL, steps, secrets, publish: false } });
  const at = `/v1/workflows/${made.id}`;

  const named = await send('PATCH', at, {
    body: { name: 'later', description: 'What it does.', metadata: { a: 'b' } },
  });
  const { definition } = (await send('GET', `${at}/draft`)).body;
  const listed = await send('GET', `${at}/versions`);
  const published = await send('POST', `${at}/draft/publish`);

  expect(named.body).toMatchObject({ name: 'later', version: 0, latest: 0, enabled: false, metadata: { a: 'b' } });
  expect(definition).toMatchObject({ name: 'later', description: 'What it does.', steps });
  expect(JSON.stringify(definition)).not.toContain('kept-by-renaming');
  expect(listed.body.items).toEqual([]);
  expect((await send('GET', '/v1/workflows/later')).body.id).toBe(made.id);
  expect(published.body).toMatchObject({ name: 'later', version: 1, latest: 1, metadata: { a: 'b' } });
});

test('a version that an earlier Penstock stored unpublished becomes the draft that a new name changes', async () => {
  const { send, ctx } = await startTestApi();
  const { body: made } = await send('POST', '/v1/workflows', { body: { ...MANUAL, enabled: false } });
  const key = ctx.keys.object('workflow', made.id);
  const stored = JSON.parse((await ctx.redis.get(key))!);
  await ctx.redis.set(key, JSON.stringify({ ...stored, version: 0 }));
  const at = `/v1/workflows/${made.id}`;

  const named = await send('PATCH', at, { body: { name: 'later' } });
  const { definition } = (await send('GET', `${at}/draft`)).body;

  expect(named.body).toMatchObject({ name: 'later', version: 0, latest: 1 });
  expect(definition).toMatchObject({ name: 'later', trigger: MANUAL.trigger, steps: MANUAL.steps });
});

test('a summary names each account that the trigger and the steps use once', async () => {
  const { send } = await openApiWorkspace();
  const { id } = (await send('GET', '/v1/linked_accounts/demo')).body;
  const query = { action: 'databricks.execute_statement', linked_account: 'demo', input: { statement: 'SELECT 1' } };
  const steps = ['a', 'b'].map((step) => ({ id: step, ...query }));
  await send('POST', '/v1/workflows', { body: { ...MANUAL, enabled: false } });
  await send('POST', '/v1/workflows', { body: { name: 'twice', trigger: { id: 'core.manual' }, steps } });

  const { items } = (await send('GET', '/v1/workflows')).body;

  expect(items).toMatchObject([
    { name: 'twice', linked_accounts: [id] },
    { name: 'manual run', linked_accounts: [] },
  ]);
});

test('makes, shows, lists, changes and deletes a workflow', async () => {
  const { send } = await startTestApi();

  const made = await send('POST', '/v1/workflows', { body: MANUAL });
  const shown = await send('GET', '/v1/workflows/manual%20run');
  const listed = await send('GET', '/v1/workflows');
  const changed = await send('PUT', `/v1/workflows/${made.body.id}`, {
    body: { ...MANUAL, name: 'renamed', enabled: false },
  });
  const deleted = await send('DELETE', `/v1/workflows/${made.body.id}`);

  expect(made).toMatchObject({
    status: 201,
    body: { name: 'manual run', version: 1, enabled: true, steps: [{ id: 'file', action: 'core.file' }] },
  });
  expect(made.headers.get('location')).toBe(`/v1/workflows/${made.body.id}`);
  expect(shown.body).toEqual(made.body);
  expect(listed.body).toMatchObject({
    items: [{ id: made.body.id, trigger: { id: 'core.manual' } }],
    next_cursor: null,
  });
  expect(changed).toMatchObject({
    status: 200,
    body: { id: made.body.id, name: 'renamed', version: 2, enabled: false },
  });
  expect(deleted).toMatchObject({ status: 204, text: '' });
  expect((await send('GET', `/v1/workflows/${made.body.id}`)).status).toBe(404);
  const { items } = (await send('GET', '/v1/audit')).body;
  expect(items.slice(0, 3).map(({ action }: { action: string }) => action)).toEqual([
    'workflow.delete',
    'workflow.update',
    'workflow.create',
  ]);
});

test('names every fault of a workflow, and stores nothing', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/workflows', {
    body: {
      name: 'wrong',
      trigger: { id: 'core.manual' },
      steps: [
        { id: 'a', action: 'core.fiel', input: {} },
        { id: 'b', action: 'core.file', input: { path: '{{ 1 + }}' } },
      ],
    },
  });

  expect(status).toBe(400);
  expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
    expect.arrayContaining(['/steps/0/action', '/steps/1/input/path']),
  );
  expect((await send('GET', '/v1/workflows')).body.items).toEqual([]);
});

test('refuses a second workflow of a name', async () => {
  const { send } = await startTestApi();
  await send('POST', '/v1/workflows', { body: MANUAL });

  const { status, body } = await send('POST', '/v1/workflows', { body: MANUAL });

  expect(status).toBe(409);
  expect(body).toMatchObject({ code: 'ERR_NAME_TAKEN', errors: [{ pointer: '/name' }] });
});

test('runs a workflow manually with its input, and shows its steps', async () => {
  const { send } = await openApiWorkspace();
  const { body: workflow } = await send('POST', '/v1/workflows', {
    body: {
      name: 'ask',
      trigger: { id: 'core.manual' },
      steps: [
        {
          id: 'ask',
          action: 'databricks.execute_statement',
          linked_account: 'demo',
          input: { statement: '{{ trigger.statement }}' },
        },
      ],
    },
  });

  const run = await send('POST', `/v1/workflows/${workflow.id}/run`, {
    headers: { prefer: 'wait=20' },
    body: { input: { statement: 'SELECT 7 AS seven' } },
  });

  expect(run).toMatchObject({
    status: 200,
    body: { kind: 'workflow', workflow: workflow.id, status: 'succeeded', output: { rows: [{ seven: 7 }] } },
  });
  const shown = await send('GET', `/v1/runs/${run.body.id}`);
  expect(shown.body.steps).toMatchObject([{ step: 'ask', status: 'succeeded', parent: run.body.id }]);
  expect((await send('GET', '/v1/runs?workflow=ask')).body.items).toMatchObject([{ id: run.body.id }]);
});

test('does not run a disabled workflow', async () => {
  const { send } = await startTestApi();
  const { body: workflow } = await send('POST', '/v1/workflows', { body: MANUAL });
  const disabled = await send('POST', `/v1/workflows/${workflow.id}/disable`);

  const refused = await send('POST', `/v1/workflows/${workflow.id}/run`);
  const enabled = await send('POST', `/v1/workflows/${workflow.id}/enable`);

  expect(disabled.body.enabled).toBe(false);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'ERR_CONFLICT', hint: expect.stringContaining('/enable') },
  });
  expect(enabled.body.enabled).toBe(true);
});

test('asks a polling trigger for a tick, and shows, moves and resets its cursor', async () => {
  const { send, workspace } = await openApiWorkspace();
  await workspace.run('databricks.execute_statement', {
    statement:
      "CREATE TABLE main.default.orders AS SELECT 'a' AS id, CAST(10 AS BIGINT) AS at UNION ALL SELECT 'b', 20",
  });
  const { body: workflow } = await send('POST', '/v1/workflows', { body: sync(workspace.emulator.warehouseId) });
  const cursor = `/v1/workflows/${workflow.id}/cursor`;
  const positionIs = (value: string) => async () => (await send('GET', cursor)).body.position?.value === value;

  const tick = await send('POST', `/v1/workflows/${workflow.id}/run`);

  expect(tick).toMatchObject({ status: 202, body: { kind: 'tick', status: 'requested', workflow: workflow.id } });
  await until('the cursor moved', positionIs('20'));
  expect((await send('GET', cursor)).body).toMatchObject({
    position: { value: '20', key: 'b' },
    events: 2,
    failures: 0,
    last_error: null,
    last_hint: null,
  });

  const set = await send('PUT', cursor, { body: { value: '10' } });
  const stale = await send('PUT', cursor, { body: { value: '0', version: 0 } });
  const reset = await send('DELETE', cursor);
  const history = await send('GET', `${cursor}/history`);

  expect(set).toMatchObject({ status: 200, body: { position: { value: '10', key: null } } });
  expect(stale).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
  expect(reset.body).toMatchObject({ position: null, version: set.body.version + 1 });
  expect(history.body.items.slice(0, 2)).toMatchObject([
    { action: 'reset', by: 'admin key' },
    { action: 'set', value: '10', by: 'admin key' },
  ]);
});

test('says that a workflow without a polling trigger has no cursor', async () => {
  const { send } = await startTestApi();
  const { body: workflow } = await send('POST', '/v1/workflows', { body: MANUAL });

  const { status, body } = await send('GET', `/v1/workflows/${workflow.id}/cursor`);

  expect(status).toBe(404);
  expect(body.detail).toContain('core.manual');
});

test('takes input from manual runs only', async () => {
  const { send } = await startTestApi();
  const body = {
    name: 'hourly',
    trigger: { id: 'core.schedule', schedule: { every_seconds: 3600 } },
    steps: [{ id: 'note', action: 'core.transform', input: { value: '{{ trigger.scheduled_at }}' } }],
  };
  const { body: workflow } = await send('POST', '/v1/workflows', { body });

  const refused = await send('POST', `/v1/workflows/${workflow.id}/run`, { body: { input: {} } });
  const run = await send('POST', `/v1/workflows/${workflow.id}/run`);

  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/input' }] } });
  expect(run).toMatchObject({ status: 202, body: { kind: 'workflow', input: { at: expect.any(String) } } });
});

function sync(warehouse_id: string) {
  return {
    name: 'orders',
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: 'demo',
      input: {
        warehouse_id,
        table: 'main.default.orders',
        cursor_column: 'at',
        cursor_type: 'BIGINT',
        key_column: 'id',
        every_seconds: 3600,
      },
    },
    steps: [
      {
        id: 'count',
        action: 'databricks.execute_statement',
        linked_account: 'demo',
        input: { warehouse_id, statement: 'SELECT 1' },
      },
    ],
  };
}
