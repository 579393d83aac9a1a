import { expect, test } from 'vitest';
import { getRun } from '../../engine/runs/runs.ts';
import { until } from '../context.ts';
import { openApiWorkspace } from './workspace.ts';

const QUERY = { action: 'databricks.execute_statement', linked_account: 'demo', input: { statement: 'SELECT 7 AS n' } };

test('runs of a paused account wait, those of others do not, and all start when it is resumed', async () => {
  const api = await openApiWorkspace();
  await api.send('POST', '/v1/linked_accounts/demo/pause', { body: { reason: 'month end' } });
  const waiting = (await api.send('POST', '/v1/runs', { body: QUERY })).body.id;
  const other = { action: 'core.transform', input: { value: 1 } };

  const ended = await api.send('POST', '/v1/runs', { body: other, headers: { prefer: 'wait=20' } });
  await until('a worker has looked', async () => (await getRun(api.ctx, 'default', waiting)).status === 'waiting');
  const paused = await api.send('GET', '/v1/linked_accounts/demo');
  const resumed = await api.send('POST', '/v1/linked_accounts/demo/resume');
  const run = await api.send('GET', `/v1/runs/${waiting}`, { headers: { prefer: 'wait=20' } });

  expect(ended.body.status).toBe('succeeded');
  expect(paused.body.paused).toEqual({ at: expect.any(String), by: 'admin key', reason: 'month end' });
  expect(resumed.body.paused).toBeUndefined();
  expect(run.body).toMatchObject({ status: 'succeeded', launches: [{ number: 1 }], output: { rows: [{ n: 7 }] } });
  const { items } = (await api.send('GET', '/v1/audit')).body;
  expect(items.map(({ action }: { action: string }) => action).slice(0, 2)).toEqual([
    'linked_account.resume',
    'linked_account.pause',
  ]);
});

test('a run that waits for a paused account can be canceled, and twice paused is paused once', async () => {
  const api = await openApiWorkspace();
  await api.send('POST', '/v1/linked_accounts/demo/pause');
  await api.send('POST', '/v1/linked_accounts/demo/pause');
  const { id } = (await api.send('POST', '/v1/runs', { body: QUERY })).body;
  await until('a worker has looked', async () => (await getRun(api.ctx, 'default', id)).status === 'waiting');

  await api.send('POST', `/v1/runs/${id}/cancel`);
  const run = await api.send('GET', `/v1/runs/${id}`, { headers: { prefer: 'wait=20' } });

  expect(run.body).toMatchObject({ status: 'canceled', launches: [] });
  const { items } = (await api.send('GET', '/v1/audit')).body;
  expect(items.filter(({ action }: { action: string }) => action === 'linked_account.pause')).toHaveLength(1);
});

test('the syncs of a paused account do not look', async () => {
  const api = await openApiWorkspace();
  await api.send('POST', '/v1/linked_accounts/demo/pause');
  const input = { source: 'query', query: 'SELECT 1 AS id', cursor_column: 'id', key_column: 'id', cursor_type: 'INT' };
  const made = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'sync',
      trigger: { id: 'databricks.incremental_sync', linked_account: 'demo', input },
      steps: [{ id: 'keep', action: 'core.transform', input: { value: 1 } }],
    },
  });
  expect(made.status).toBe(201);

  const { body } = await api.send('GET', `/v1/workflows/${made.body.id}/trigger`);

  expect(body.state).toBe('paused');
});
