import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../engine/context.ts';
import { startWorker } from '../../engine/worker.ts';
import { until } from '../context.ts';
import { startHttpServer } from '../servers.ts';
import { startTestApi, type TestApi } from './client.ts';
import { helpdeskFiles, pingFiles } from './own-connector-files.ts';

/** The API with a worker in another process, so to say: a context of its own on the same Redis. */
async function startBoth(): Promise<{ api: TestApi; worker: Context }> {
  const api = await startTestApi();
  const { ctx: worker } = await startTestApi({ role: 'worker', prefix: api.ctx.keys.prefix });
  const running = await startWorker(worker);
  onTestFinished(() => running.close());
  return { api, worker };
}

/** A service that says at which path it was asked, and with which key. */
async function startService(seen: string[] = []) {
  return startHttpServer((request, response) => {
    seen.push(`${request.url} ${request.headers['x-api-key']}`);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ said: request.url }));
  });
}

/** A linked account of the connector `pinger` with a key. */
async function linkPinger(api: TestApi, origin: string, given: { key?: string; name?: string; secret?: string } = {}) {
  const { key, name = 'pings', secret = 'secret-1' } = given;
  const as = key === undefined ? {} : { key };
  const account = await api.send('POST', '/v1/linked_accounts', {
    ...as,
    body: { name, connector: 'pinger', base_url: origin },
  });
  expect(account.status).toBe(201);
  const auth = await api.send('POST', `/v1/linked_accounts/${account.body.id}/authentications`, {
    ...as,
    body: { name: 'key', kind: 'api_key', api_key: secret, test: false },
  });
  expect(auth.status).toBe(201);
  return account.body.id as string;
}

const ended = (api: TestApi, id: string, key?: string) =>
  api.send('GET', `/v1/runs/${id}`, { headers: { prefer: 'wait=30' }, ...(key === undefined ? {} : { key }) });

test('a connector that is added is listed with its actions and triggers, for its tenant alone, and can be run by a worker at once', async () => {
  const { api } = await startBoth();
  const seen: string[] = [];
  const service = await startService(seen);
  const other = await api.keyOf('admin', 'other');

  const added = await api.send('POST', '/v1/connectors', { body: { files: pingFiles() } });
  await linkPinger(api, service.origin);
  const started = await api.send('POST', '/v1/runs', {
    body: { action: 'pinger.ping', linked_account: 'pings', input: {} },
  });
  const run = await ended(api, started.body.id);
  const shown = await api.send('GET', '/v1/connectors/pinger');
  const actions = await api.send('GET', '/v1/actions?connector=pinger');
  const [theirs, theirAction, theirRun] = await Promise.all([
    api.send('GET', '/v1/connectors/pinger', { key: other }),
    api.send('GET', '/v1/actions/pinger.ping', { key: other }),
    api.send('POST', '/v1/runs', { key: other, body: { action: 'pinger.ping', linked_account: 'pings', input: {} } }),
  ]);

  expect(added).toMatchObject({
    status: 201,
    body: { id: 'pinger', origin: 'tenant', revision: 1, actions: 1, triggers: 0 },
  });
  expect(shown.body).toEqual(added.body);
  expect(actions.body.items).toMatchObject([{ id: 'pinger.ping', connector: 'pinger' }]);
  expect(run.body).toMatchObject({ status: 'succeeded', output: { said: '/ping' } });
  expect(seen).toEqual(['/ping secret-1']);
  expect([theirs.status, theirAction.status, theirRun.status]).toEqual([404, 404, 404]);
  expect((await api.send('GET', '/v1/connectors?limit=100', { key: other })).body.items).toHaveLength(
    api.ctx.manifests.connectors.size,
  );
});

test('connectors of two tenants with the same id are apart: manifests, accounts, keys', async () => {
  const { api } = await startBoth();
  const seen: string[] = [];
  const service = await startService(seen);
  const key = await api.keyOf('admin', 'other');
  await api.send('POST', '/v1/connectors', { body: { files: pingFiles({ path: '/first' }) } });
  await api.send('POST', '/v1/connectors', { key, body: { files: pingFiles({ path: '/second' }) } });
  await linkPinger(api, service.origin, { secret: 'of-first' });
  await linkPinger(api, service.origin, { key, secret: 'of-second' });
  const body = { action: 'pinger.ping', linked_account: 'pings', input: {} };

  for (let i = 0; i < 2; i += 1) {
    const one = await api.send('POST', '/v1/runs', { body });
    const two = await api.send('POST', '/v1/runs', { key, body });
    expect((await ended(api, one.body.id)).body.output).toEqual({ said: '/first' });
    expect((await ended(api, two.body.id, key)).body.output).toEqual({ said: '/second' });
  }

  expect(new Set(seen)).toEqual(new Set(['/first of-first', '/second of-second']));
  expect((await api.send('GET', `/v1/actions/pinger.ping`, { key })).body.request.path).toBe('/second');
});

test('a run that has begun ends with the files it began with; what begins after the change uses the new ones', async () => {
  const { api } = await startBoth();
  const seen: string[] = [];
  const service = await startService(seen);
  await api.send('POST', '/v1/connectors', { body: { files: pingFiles({ path: '/old' }) } });
  await linkPinger(api, service.origin);
  const workflow = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'ask, then ping',
      trigger: { id: 'core.manual' },
      steps: [
        { id: 'go', action: 'core.approve', input: { message: 'Go?' } },
        { id: 'ping', action: 'pinger.ping', linked_account: 'pings', input: {}, needs: ['go'] },
      ],
    },
  });
  expect(workflow.status).toBe(201);
  const begun = await api.send('POST', `/v1/workflows/${workflow.body.id}/run`, { body: {} });
  const approval = await waitForApproval(api);

  const replaced = await api.send('PUT', '/v1/connectors/pinger', { body: { files: pingFiles({ path: '/new' }) } });
  const again = await api.send('PUT', '/v1/connectors/pinger', { body: { files: pingFiles({ path: '/new' }) } });
  await api.send('POST', `/v1/runs/${approval}/approve`, { body: {} });
  const first = await ended(api, begun.body.id);
  const replay = await api.send('POST', `/v1/runs/${begun.body.id}/replay`, { body: { from: { step: 'ping' } } });
  const second = await ended(api, replay.body.id);

  expect(replaced).toMatchObject({ status: 200, body: { revision: 2 } });
  expect(again.body).toEqual(replaced.body);
  expect(first.body).toMatchObject({ status: 'succeeded', output: { said: '/old' } });
  expect(second.body).toMatchObject({ status: 'succeeded', output: { said: '/new' } });
});

async function waitForApproval(api: TestApi): Promise<string> {
  return until('a run waits for an approval', async () => (await api.send('GET', '/v1/approvals')).body.items[0]?.id);
}

test('the connector of the guide is checked whole: every fault with its file, place and remedy', async () => {
  const api = await startTestApi();
  const good = await api.send('POST', '/v1/connectors', { body: { files: helpdeskFiles() } });
  const files = helpdeskFiles();
  files['actions/list_tickets.json'].effekt = 'safe';
  delete files['actions/create_ticket.json'].title;

  const bad = await api.send('PUT', '/v1/connectors/helpdesk', { body: { files } });

  expect(good).toMatchObject({ status: 201, body: { actions: 2, triggers: 1 } });
  expect(bad).toMatchObject({ status: 422, body: { code: 'ERR_MANIFEST_INVALID' } });
  expect(bad.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
    expect.arrayContaining([
      'helpdesk/actions/create_ticket.json#/title',
      'helpdesk/actions/list_tickets.json#/effekt',
    ]),
  );
  expect((await api.send('GET', '/v1/connectors/helpdesk')).body.revision).toBe(1);
});

test('refuses an id of the installation, one that is none, and one that is not that of the path', async () => {
  const api = await startTestApi();
  const named = (id: string) => ({ body: { files: pingFiles({ id }) } });

  const taken = await api.send('POST', '/v1/connectors', named('github'));
  const none = await api.send('POST', '/v1/connectors', named('Ping er'));
  const icon = await api.send('POST', '/v1/connectors', { body: { files: { ...pingFiles(), 'a.svg': {} } } });
  const path = await api.send('POST', '/v1/connectors', { body: { files: { ...pingFiles(), '../x.json': {} } } });
  const empty = await api.send('POST', '/v1/connectors', { body: {} });

  expect(taken).toMatchObject({ status: 422, body: { errors: [{ pointer: 'github/connector.json#/id' }] } });
  expect(none).toMatchObject({ status: 422, body: { errors: [{ pointer: 'connector.json#/id' }] } });
  expect(icon).toMatchObject({ status: 422, body: { errors: [{ pointer: 'pinger/a.svg#' }] } });
  expect([path.status, empty.status]).toEqual([400, 400]);
});

test('refuses what is used: removal, an action that is gone, other addresses for stored keys; says what is in the way', async () => {
  const api = await startTestApi();
  await api.send('POST', '/v1/connectors', { body: { files: pingFiles() } });
  const account = await linkPinger(api, 'http://127.0.0.1:9');
  const workflow = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'pinging',
      trigger: { id: 'core.manual' },
      steps: [{ id: 'ping', action: 'pinger.ping', linked_account: 'pings', input: {} }],
    },
  });
  const renamed = pingFiles();
  renamed['actions/pong.json'] = { ...renamed['actions/ping.json'], id: 'pinger.pong' };
  delete renamed['actions/ping.json'];
  const moved = pingFiles();
  moved['connector.json'].base_urls.api.hosts = '[a-z]+\\.elsewhere\\.example';
  const more = pingFiles();
  more['connector.json'].title = 'Pinger 2';
  const put = (files: object) => api.send('PUT', '/v1/connectors/pinger', { body: { files } });

  const [used, gone, elsewhere] = [
    await api.send('DELETE', '/v1/connectors/pinger'),
    await put(renamed),
    await put(moved),
  ];
  const fine = await put(more);
  const twice = await api.send('POST', '/v1/connectors', { body: { files: pingFiles() } });
  await api.send('DELETE', `/v1/workflows/${workflow.body.id}`);
  await api.send('DELETE', `/v1/linked_accounts/${account}`);
  const removed = await api.send('DELETE', '/v1/connectors/pinger');

  expect(used).toMatchObject({ status: 409, body: { detail: expect.stringContaining('"pinging"') } });
  expect(used.body.detail).toContain('"pings"');
  expect(gone).toMatchObject({ status: 409, body: { detail: expect.stringContaining('pinger.ping') } });
  expect(elsewhere).toMatchObject({ status: 409, body: { detail: expect.stringContaining('credentials are stored') } });
  expect(fine).toMatchObject({ status: 200, body: { title: 'Pinger 2' } });
  expect(twice).toMatchObject({ status: 409, body: { hint: expect.stringContaining('PUT') } });
  expect(removed.status).toBe(204);
  expect((await api.send('GET', '/v1/connectors/pinger')).status).toBe(404);
  expect((await api.send('DELETE', '/v1/connectors/pinger')).status).toBe(404);
  expect((await api.send('DELETE', '/v1/connectors/github')).status).toBe(404);
  expect((await put(more)).status).toBe(404);
});

test('a key goes to no host that the connector does not name', async () => {
  const api = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: '' } });
  await api.send('POST', '/v1/connectors', { body: { files: pingFiles() } });
  const link = (name: string, base_url: string) =>
    api.send('POST', '/v1/linked_accounts', { body: { name, connector: 'pinger', base_url } });

  const [good, bad, local] = [
    await link('good', 'https://eu.pinger.example'),
    await link('bad', 'https://evil.example'),
    await link('local', 'http://127.0.0.1:1'),
  ];

  expect(good.status).toBe(201);
  expect([bad.body.code, local.body.code]).toEqual(['ERR_HOST_NOT_ALLOWED', 'ERR_HOST_NOT_ALLOWED']);
});

test('only an admin changes connectors, and quotas of the tenant hold', async () => {
  const api = await startTestApi();
  const [viewer, builder] = [await api.keyOf('viewer'), await api.keyOf('builder')];
  await api.ctx.redis.hset(api.ctx.keys.quotas('default'), 'connectors', 1);
  const body = { files: pingFiles() };

  const refused = await api.send('POST', '/v1/connectors', { key: builder, body });
  const added = await api.send('POST', '/v1/connectors', { body });
  const beyond = await api.send('POST', '/v1/connectors', { body: { files: pingFiles({ id: 'second' }) } });
  await api.ctx.redis.hset(api.ctx.keys.quotas('default'), 'connector_bytes', 10);
  const large = await api.send('PUT', '/v1/connectors/pinger', { body: { files: pingFiles({ path: '/x' }) } });
  const { body: audit } = await api.send('GET', '/v1/audit?action=connector');

  expect(refused.status).toBe(403);
  expect(added.status).toBe(201);
  expect(beyond).toMatchObject({ status: 403, body: { quota: { name: 'connectors', limit: 1, used: 1 } } });
  expect(large).toMatchObject({ status: 403, body: { quota: { name: 'connector_bytes' } } });
  expect((await api.send('GET', '/v1/connectors/pinger', { key: viewer })).status).toBe(200);
  expect(audit.items).toMatchObject([{ action: 'connector.add', target: { id: 'pinger', name: 'Pinger' } }]);
});

test('of two at once that add the same connector, one is stored', async () => {
  const api = await startTestApi();
  const add = (path: string) => api.send('POST', '/v1/connectors', { body: { files: pingFiles({ path }) } });

  const answers = await Promise.all([add('/a'), add('/b')]);

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  const { body } = await api.send('GET', '/v1/actions/pinger.ping');
  expect(body.request.path).toBe(answers[0]!.status === 201 ? '/a' : '/b');
});
