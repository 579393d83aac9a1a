import { expect, test } from 'vitest';
import type { TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const ask = {
  id: 'ask',
  action: 'databricks.execute_statement',
  linked_account: '{{ run.linked_account }}',
  input: { statement: 'SELECT 7 AS n' },
};

test('one workflow serves the account that each run is started with', async () => {
  const api = await openApiWorkspace();
  const { id } = await make(api, [
    ask,
    { id: 'say', action: 'core.transform', input: { value: '{{ run.linked_account }}' } },
  ]);
  const account = (await api.send('GET', '/v1/linked_accounts/demo')).body.id;

  const { body } = await api.send('POST', `/v1/workflows/${id}/run`, {
    body: { linked_account: 'demo' },
    headers: { prefer: 'wait=20' },
  });
  const listed = await api.send('GET', '/v1/runs?linked_account=demo');
  const step = await api.send('GET', `/v1/runs/${body.id}.ask`);

  expect(body).toMatchObject({ status: 'succeeded', linked_account: account, output: { value: account } });
  expect(listed.body.items.map((run: { id: string }) => run.id)).toEqual([body.id]);
  expect(step.body).toMatchObject({ linked_account: account, output: { rows: [{ n: 7 }] } });
});

test.each([
  ['none', {}, 400, 'is required by step "ask"'],
  ['one that does not exist', { linked_account: 'nobody' }, 404, 'does not exist'],
])('a run that is started with %s is refused at start', async (_, body, status, message) => {
  const api = await openApiWorkspace({ worker: false });
  const { id } = await make(api, [ask]);

  const refused = await api.send('POST', `/v1/workflows/${id}/run`, { body });

  expect(refused).toMatchObject({
    status,
    body: { errors: [{ pointer: '/linked_account', message: expect.stringContaining(message) }] },
  });
  expect((await api.send('GET', '/v1/runs')).body.items).toEqual([]);
});

test('an account that no step would use is refused', async () => {
  const api = await openApiWorkspace({ worker: false });
  const { id } = await make(api, [{ ...ask, linked_account: 'demo' }]);

  const refused = await api.send('POST', `/v1/workflows/${id}/run`, { body: { linked_account: 'demo' } });

  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/linked_account' }] } });
});

test('a workflow that a schedule starts cannot use the account of its run', async () => {
  const api = await openApiWorkspace({ worker: false });

  const refused = await api.send('POST', '/v1/workflows', {
    body: { name: 'hourly', trigger: { id: 'core.schedule', schedule: { every_seconds: 3600 } }, steps: [ask] },
  });

  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/steps/0/linked_account', message: expect.stringContaining('core.manual') }] },
  });
});

test('a replay and a workflow inside another run on the same account', async () => {
  const api = await openApiWorkspace();
  const inner = await make(api, [ask]);
  const outer = await make(
    api,
    [ask, { id: 'in', action: 'core.run_workflow', input: { workflow: inner.id } }],
    'outer',
  );
  const headers = { prefer: 'wait=20' };
  const run = await api.send('POST', `/v1/workflows/${outer.id}/run`, { body: { linked_account: 'demo' }, headers });

  const replay = await api.send('POST', `/v1/runs/${run.body.id}/replay`, { body: {}, headers });

  expect(run.body).toMatchObject({ status: 'succeeded', output: { rows: [{ n: 7 }] } });
  expect(replay.body).toMatchObject({ status: 'succeeded', linked_account: run.body.linked_account });
});

async function make(api: TestApi, steps: object[], name = 'per account'): Promise<{ id: string }> {
  const made = await api.send('POST', '/v1/workflows', { body: { name, trigger: { id: 'core.manual' }, steps } });
  expect(made.status).toBe(201);
  return made.body;
}
