import { expect, test } from 'vitest';
import { emitEvent } from '../../engine/events/life-events.ts';
import { tick } from '../../engine/polling/ticks.ts';
import { getRun } from '../../engine/runs/runs.ts';
import { submitAction } from '../../engine/runs/submit.ts';
import { deliverEvents } from '../../engine/webhook-endpoints/event-delivery.ts';
import { until } from '../context.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const STEPS = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];
const SUSPENDED = { status: 403, body: { code: 'ERR_TENANT_SUSPENDED' } };

async function makeTenant({ send }: Pick<TestApi, 'send'>) {
  const { body } = await send('POST', '/v1/tenants', { body: { name: 'Acme' } });
  return { id: body.id as string, key: body.api_key.key as string, at: `/v1/tenants/${body.id}` };
}

test('keys, sessions and links of a suspended tenant are refused at once, and work again when it is resumed', async () => {
  const api = await startTestApi();
  const { send } = api;
  const { id, key, at } = await makeTenant(api);
  const signIn = await send('POST', '/v1/session', { body: { key }, key: null });
  const cookie = signIn.headers.get('set-cookie')!.split(';')[0]!;
  const { body: link } = await send('POST', '/v1/sign_in_links', { key });
  const { body: flow } = await send('POST', '/v1/workflows', {
    body: { name: 'incoming', trigger: { id: 'core.incoming_webhook' }, steps: STEPS },
    key,
  });
  const { body: account } = await send('POST', '/v1/linked_accounts', { body: { name: 'a' }, key });
  const { body: connect } = await send('POST', '/v1/connect_links', {
    body: { linked_account: account.id, kinds: ['pat'] },
    key,
  });
  const url = new URL(flow.url).pathname;
  const page = new URL(connect.url).pathname;
  const asBrowser = () => send('GET', '/v1/me', { key: null, headers: { cookie } });
  expect([(await send('GET', '/v1/me', { key })).status, (await asBrowser()).status]).toEqual([200, 200]);

  const suspended = await send('POST', `${at}/suspend`, { body: { reason: 'unpaid' } });
  const again = await send('POST', `${at}/suspend`, { body: { reason: 'other' } });
  const listed = await send('GET', '/v1/tenants');

  expect(suspended).toMatchObject({ status: 200, body: { status: 'suspended', suspended: { reason: 'unpaid' } } });
  expect(again.body).toEqual(suspended.body);
  expect(listed.body.items.find((tenant: { id: string }) => tenant.id === id).status).toBe('suspended');
  expect(await send('GET', '/v1/me', { key })).toMatchObject(SUSPENDED);
  expect(await send('POST', '/v1/runs', { body: {}, key })).toMatchObject(SUSPENDED);
  expect(await asBrowser()).toMatchObject(SUSPENDED);
  expect(await send('POST', '/v1/session', { body: { key }, key: null })).toMatchObject(SUSPENDED);
  const secret = new URL(link.url).hash.slice('#link='.length);
  expect(await send('POST', '/v1/session', { body: { link: secret }, key: null })).toMatchObject(SUSPENDED);
  for (const path of [url, `${url}/test`])
    expect(await send('POST', path, { body: {}, key: null })).toMatchObject(SUSPENDED);
  expect((await send('GET', page, { key: null })).status).toBe(403);
  expect((await send('GET', '/v1/me')).status).toBe(200);

  const resumed = await send('POST', `${at}/resume`);
  expect(resumed.body.status).toBe('active');
  expect(resumed.body.suspended).toBeUndefined();
  expect((await send('POST', `${at}/resume`)).body).toEqual(resumed.body);
  expect([(await send('GET', '/v1/me', { key })).status, (await asBrowser()).status]).toEqual([200, 200]);
  expect((await send('POST', url, { body: {}, key: null })).status).toBe(202);
  const { items } = (await send('GET', '/v1/audit?action=tenant')).body;
  expect(items.map(({ action }: { action: string }) => action)).toEqual([
    'tenant.resume',
    'tenant.suspend',
    'tenant.create',
  ]);
});

test('the first tenant cannot be suspended, nor one that is not there, and only by an operator', async () => {
  const api = await startTestApi();
  const { key, at } = await makeTenant(api);
  for (const word of ['suspend', 'resume']) {
    expect((await api.send('POST', `/v1/tenants/default/${word}`)).status).toBe(409);
    expect((await api.send('POST', `/v1/tenants/none/${word}`)).status).toBe(404);
    expect((await api.send('POST', `${at}/${word}`, { key })).status).toBe(403);
    expect((await api.send('POST', `${at}/${word}`, { key: await api.keyOf('builder') })).status).toBe(403);
  }
  expect((await api.send('POST', `${at}/suspend`, { body: { reason: 1 } })).status).toBe(400);
});

test('runs that had not started wait until the tenant is resumed, and those of others do not', async () => {
  const api = await openApiWorkspace();
  const { id: tenant, key, at } = await makeTenant(api);
  const { body: flow } = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'two',
      trigger: { id: 'core.manual' },
      steps: [
        { id: 'go', action: 'core.approve', input: { message: 'Go?' } },
        { ...STEPS[0], needs: ['go'] },
      ],
    },
    key,
  });
  const { body: run } = await api.send('POST', `/v1/workflows/${flow.id}/run`, { key });
  const step = `${run.id}.go`;
  await until('it asks', async () => (await api.send('GET', '/v1/approvals', { key })).body.items.length === 1);
  const late = { id: 'run_late0', action: 'core.transform' };
  await api.send('POST', `/v1/runs/${step}/approve`, { key });
  await api.send('POST', `${at}/suspend`);
  await submitAction(api.ctx, tenant, {
    request: { action: late.action, input: { value: 1 } },
    origin: { id: late.id },
  });
  await until(
    'a worker has looked',
    async () => (await api.ctx.redis.scard(api.ctx.keys.other('paused-runs', tenant))) >= 1,
  );
  const ours = await api.send('POST', '/v1/runs', {
    body: { action: 'core.transform', input: { value: 1 } },
    headers: { prefer: 'wait=20' },
  });
  const waiting = await getRun(api.ctx, tenant, late.id);

  await api.send('POST', `${at}/resume`);
  const done = await api.send('GET', `/v1/runs/${late.id}`, { key, headers: { prefer: 'wait=20' } });
  const whole = await api.send('GET', `/v1/runs/${run.id}`, { key, headers: { prefer: 'wait=20' } });

  expect(ours.body.status).toBe('succeeded');
  expect(waiting).toMatchObject({ status: 'queued', launches: [] });
  expect(done.body.status).toBe('succeeded');
  expect(whole.body.status).toBe('succeeded');
});

test('schedules and deliveries of events of a suspended tenant stop, and continue when it is resumed', async () => {
  const api = await startTestApi();
  const { ctx, send } = api;
  const { id: tenant, key, at } = await makeTenant(api);
  const { body: flow } = await send('POST', '/v1/workflows', {
    body: { name: 'nightly', trigger: { id: 'core.schedule', schedule: { every_seconds: 60 } }, steps: STEPS },
    key,
  });
  await send('POST', '/v1/webhook_endpoints', { body: { url: 'http://127.0.0.1:1/hook' }, key });
  await send('POST', `${at}/suspend`);

  await tick(ctx, flow.id);
  await emitEvent(ctx, tenant, { type: 'run.failed', data: { n: 1 } });
  const delivered = await deliverEvents(ctx);
  const started = await ctx.redis.zcard(ctx.keys.runs(tenant));
  await send('POST', `${at}/resume`);
  await tick(ctx, flow.id);

  expect([delivered, started]).toEqual([0, 0]);
  expect(await ctx.redis.zcard(ctx.keys.runs(tenant))).toBe(1);
  expect(await deliverEvents(ctx)).toBe(1);
});
