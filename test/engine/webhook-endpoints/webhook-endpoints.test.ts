import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { engineActor, listAudit } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { revokeAuthentication } from '../../../engine/credentials/authentications/revoke.ts';
import { emitEvent } from '../../../engine/events/life-events.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { deliverEvents } from '../../../engine/webhook-endpoints/event-delivery.ts';
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  listWebhookEndpoints,
} from '../../../engine/webhook-endpoints/webhook-endpoints.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { readBody, startHttpServer } from '../../servers.ts';

const admin = engineActor('acme');

test('posts each event signed, again when the endpoint failed, and none of another tenant', async () => {
  const { ctx, endpoint, posts, fail } = await opened();
  const { secret } = await createWebhookEndpoint(ctx, admin, { url: endpoint });
  fail(1);

  const account = await connect(ctx, 'acme');
  await connect(ctx, 'other');
  await revokeAuthentication(ctx, admin, { account: account.id, id: account.authentication!.id });

  await until('both events have come', () => posts.filter(({ status }) => status === 204).length === 2);
  const taken = posts.filter(({ status }) => status === 204);
  const events = taken.map(({ body, headers }) => new Webhook(secret).verify(body, headers) as { type: string });
  expect(events.map(({ type }) => type).sort()).toEqual(['authentication.created', 'authentication.revoked']);
  const refused = posts.find(({ status }) => status === 503)!;
  expect(taken.map(({ headers }) => headers['webhook-id'])).toContain(refused.headers['webhook-id']);
  expect(posts.map(({ body }) => body).join()).not.toContain('dapi-canary');
});

test('makes one run of an event, however often and by how many it is handed over', async () => {
  const { ctx, endpoint } = await opened({ worker: false });
  await createWebhookEndpoint(ctx, admin, { url: endpoint });
  const account = await connect(ctx, 'acme');

  await Promise.all([deliverEvents(ctx), deliverEvents(ctx)]);
  await deliverEvents(ctx);

  const { items: runs } = await listRuns(ctx, 'acme', { filter: { action: 'core.webhook' }, limit: 50 });
  expect(runs).toHaveLength(1);
  expect(JSON.stringify(runs[0]!.input)).toContain(account.authentication!.id);
  expect(JSON.stringify(runs[0]!.input)).not.toContain('whsec_');
});

test('delivers only the types that were asked for, and nothing from before or after', async () => {
  const { ctx, endpoint } = await opened({ worker: false });
  const before = await connect(ctx, 'acme', 'before');
  const made = await createWebhookEndpoint(ctx, admin, { url: endpoint, types: ['authentication.revoked'] });

  await connect(ctx, 'acme');
  await revokeAuthentication(ctx, admin, { account: before.id, id: before.authentication!.id });
  expect(await deliverEvents(ctx)).toBe(1);
  await deleteWebhookEndpoint(ctx, admin, made.id);
  await connect(ctx, 'acme', 'after');

  expect(await deliverEvents(ctx)).toBe(0);
  expect((await listWebhookEndpoints(ctx, 'acme')).items).toEqual([]);
  const { items } = await listAudit(ctx, 'acme');
  expect(items.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['webhook_endpoint.create', 'webhook_endpoint.delete']),
  );
});

test('delivers what happens to triggers and approvals as well', async () => {
  const { ctx, endpoint } = await opened({ worker: false });
  await createWebhookEndpoint(ctx, admin, { url: endpoint, types: ['trigger.paused'] });

  await emitEvent(ctx, 'acme', { type: 'trigger.paused', data: { workflow: 'wf_1', reason: 'too many failures' } });
  await emitEvent(ctx, 'acme', { type: 'trigger.resumed', data: { workflow: 'wf_1' } });

  expect(await deliverEvents(ctx)).toBe(1);
});

test('refuses an endpoint on a private address that nobody listed, when it is registered', async () => {
  const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:4000' } });
  const register = (url: string) => createWebhookEndpoint(ctx, admin, { url });

  for (const url of ['http://127.0.0.1:4001/hook', 'https://10.0.0.7/hook', 'https://[fd00::1]/hook'])
    await expect(register(url)).rejects.toMatchObject({
      code: 'ERR_HOST_NOT_ALLOWED',
      hint: expect.stringContaining('PENSTOCK_ALLOWED_HOSTS'),
      errors: [{ pointer: '/url' }],
    });

  expect(await register('http://127.0.0.1:4000/hook')).toMatchObject({ url: 'http://127.0.0.1:4000/hook' });
});

test.each([
  ['http://example.com/hook', 'must be an https URL'],
  ['https://user:secret@example.com/hook', 'must not contain a user name or password'],
])('refuses the endpoint %s', async (url, said) => {
  const { ctx } = await opened({ worker: false });

  await expect(createWebhookEndpoint(ctx, admin, { url })).rejects.toMatchObject({
    code: 'ERR_INPUT_INVALID',
    message: expect.stringContaining(said),
  });
});

interface Post {
  status: number;
  headers: Record<string, string>;
  body: string;
}

async function opened({ worker = true } = {}) {
  const ctx = await testContext();
  const posts: Post[] = [];
  let failures = 0;
  const server = await startHttpServer(async (request, response) => {
    const status = failures-- > 0 ? 503 : 204;
    posts.push({ status, headers: request.headers as Record<string, string>, body: await readBody(request) });
    response.writeHead(status, status === 503 ? { 'retry-after': '0' } : {}).end();
  });
  if (worker) {
    const running = await startWorker(ctx);
    onTestFinished(() => running.close());
  }
  return {
    ctx,
    posts,
    endpoint: `${server.origin}/hook`,
    fail(times: number) {
      failures = times;
    },
  };
}

function connect(ctx: Parameters<typeof createLinkedAccount>[0], tenant: string, name = 'demo') {
  return createLinkedAccount(ctx, engineActor(tenant), {
    name,
    connector: 'databricks',
    authentication: { name: 't', kind: 'pat', host: 'http://127.0.0.1:1', token: 'dapi-canary', test: false },
  });
}
