import { expect, test } from 'vitest';
import { REQUIRED_ROLES } from '../../api/roles.ts';
import { ROLES } from '../../engine/access/roles.ts';
import { BODIES } from './bodies.ts';
import { startTestApi, type TestApi } from './client.ts';

test.each([
  ['no header', {}],
  ['another scheme', { authorization: 'Basic abc' }],
  ['an empty key', { authorization: 'Bearer ' }],
  ['an unknown key', { authorization: 'Bearer psk_unknown' }],
])('answers 401 and asks for a key: %s', async (_what, headers) => {
  const { send } = await startTestApi();

  const answer = await send('GET', '/v1/runs', { key: null, headers });

  expect(answer).toMatchObject({ status: 401, body: { code: 'ERR_UNAUTHORIZED' } });
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
});

test('does not read the body of a request without a key', async () => {
  const { send } = await startTestApi();

  const { status } = await send('POST', '/v1/runs', { key: null, body: 'not JSON' });

  expect(status).toBe(401);
});

test('makes an address wait that tries many wrong keys, and says how long', async () => {
  const { send, keyOf } = await startTestApi();
  const fresh = await keyOf('viewer');
  for (let n = 0; n < 30; n++) await send('GET', '/v1/runs', { key: `psk_wrong-${n}` });

  const answer = await send('GET', '/v1/runs', { key: fresh });

  expect(answer).toMatchObject({ status: 429, body: { code: 'ERR_RATE_LIMITED' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('stops a deleted key at once', async () => {
  const { send } = await startTestApi();
  const made = await send('POST', '/v1/api_keys', { body: { name: 'short-lived', role: 'viewer' } });
  const key = made.body.key as string;
  expect((await send('GET', '/v1/runs', { key })).status).toBe(200);
  expect(await send('GET', `/v1/api_keys/${made.body.id}`)).toMatchObject({
    status: 200,
    body: { name: 'short-lived' },
  });

  await send('DELETE', `/v1/api_keys/${made.body.id}`);

  expect((await send('GET', '/v1/runs', { key })).status).toBe(401);
});

test('has a required role for every route that OpenAPI describes, and for no other', async () => {
  const { origin } = await startTestApi();
  const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: Record<string, object> };

  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

  expect(described.sort()).toEqual(Object.keys(REQUIRED_ROLES).sort());
});

test('lets each role do what its table says, and no more', async () => {
  const api = await startTestApi();
  const keys = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await api.keyOf(role)] as const)));

  for (const [route, least] of Object.entries(REQUIRED_ROLES)) {
    if (least === 'anyone') continue;
    for (const role of ROLES) {
      const { status, code } = await probe(api, route, keys[role]!);
      const mayDo = ROLES.indexOf(role) >= ROLES.indexOf(least);
      expect(`${route} ${role} ${code === 'ERR_FORBIDDEN'}`).toBe(`${route} ${role} ${!mayDo}`);
      expect(status === 403).toBe(!mayDo);
    }
  }
});

test('answers without a key what is for anyone', async () => {
  const { send } = await startTestApi();

  for (const [route, least] of Object.entries(REQUIRED_ROLES)) {
    if (least !== 'anyone') continue;
    const [method, path] = route.split(' ') as [string, string];
    const { status, body } = await send(method, path.replace('{link}', 'none'), { key: null });
    expect(`${route} ${[401, 403].includes(status)} ${body?.code}`).toBe(`${route} false ${body?.code}`);
  }
});

test("answers 404 for every route to another tenant's objects", async () => {
  const api = await startTestApi();
  const { send } = api;
  const account = (await send('POST', '/v1/linked_accounts', { body: { name: 'mine' } })).body;
  const workflow = (await send('POST', '/v1/workflows', { body: WORKFLOW })).body;
  const run = (await send('POST', `/v1/workflows/${workflow.id}/run`)).body;
  const apiKey = (await send('GET', '/v1/api_keys')).body.items[0];
  const app = (await send('POST', '/v1/oauth_apps', { body: { name: 'app', account_id: 'a', client_id: 'c' } })).body;
  const webhook = (await send('POST', '/v1/webhook_endpoints', { body: { url: 'http://127.0.0.1:1/hook' } })).body;
  const stranger = await api.keyOf('admin', 'another');
  const ids: Record<string, string> = {
    '/v1/linked_accounts/{id}': account.id,
    '/v1/runs/{id}': run.id,
    '/v1/workflows/{id}': workflow.id,
    '/v1/api_keys/{id}': apiKey.id,
    '/v1/oauth_apps/{id}': app.id,
    '/v1/webhook_endpoints/{id}': webhook.id,
  };

  const tried: string[] = [];
  for (const route of Object.keys(REQUIRED_ROLES)) {
    const [method, path] = route.split(' ') as [string, string];
    const prefix = Object.keys(ids).find((known) => path.startsWith(known));
    if (prefix === undefined) continue;
    const there = path.replace('{id}', ids[prefix]!).replace('{auth_id}', 'auth_x');
    const body = method === 'GET' || method === 'DELETE' ? undefined : BODIES[route];
    const { status, body: problem } = await send(method, there, { key: stranger, body });
    expect(`${route} ${status} ${problem?.code}`).toBe(`${route} 404 ERR_NOT_FOUND`);
    tried.push(route);
  }
  for (const list of ['linked_accounts', 'runs', 'workflows', 'oauth_apps', 'webhook_endpoints'].map(
    (name) => `/v1/${name}`,
  )) {
    expect((await send('GET', list, { key: stranger })).body.items).toEqual([]);
  }

  expect(tried.length).toBeGreaterThan(20);
  expect((await send('GET', `/v1/workflows/${workflow.id}`)).status).toBe(200);
});

test("answers 404 for another tenant's objects that a body or a query names", async () => {
  const api = await startTestApi();
  const { send } = api;
  const account = (await send('POST', '/v1/linked_accounts', { body: { name: 'mine' } })).body.id;
  const app = (await send('POST', '/v1/oauth_apps', { body: { name: 'app', account_id: 'a', client_id: 'c' } })).body
    .id;
  const key = await api.keyOf('admin', 'another');
  await send('POST', '/v1/linked_accounts', { key, body: { name: 'own' } });
  const step = { id: 'one', action: 'databricks.query_warehouses' };
  const named: [string, unknown][] = [
    ['/v1/runs', { action: step.action, linked_account: account }],
    ['/v1/connect_links', { linked_account: account }],
    ['/v1/connect_links', { linked_account: 'own', oauth_app: app }],
    ['/v1/oauth/authorize', { name: 'x', oauth_app: app, linked_account: 'own' }],
    ['/v1/actions/databricks.execute_statement/options', { field: 'warehouse_id', linked_account: account }],
  ];

  for (const [path, body] of named) {
    const { status, body: problem } = await send('POST', path, { key, body });
    expect(`${path} ${status} ${problem.code}`).toBe(`${path} 404 ERR_NOT_FOUND`);
  }
  expect((await send('GET', `/v1/runs?linked_account=${account}`, { key })).body.items).toEqual([]);

  // A workflow is told all that is wrong with it at once; this is told in the words for what never was.
  const save = async (linked_account: string) => {
    const body = { name: 'w', trigger: { id: 'core.manual' }, steps: [{ ...step, linked_account, input: {} }] };
    const { status, text } = await send('POST', '/v1/workflows', { key, body });
    return { status, text: text.replaceAll(linked_account, 'ID') };
  };
  expect(await save(account)).toEqual(await save(account.replace(/.$/, (last: string) => (last === 'x' ? 'y' : 'x'))));
  expect(await save(account)).toMatchObject({ status: 400, text: expect.stringContaining('does not exist') });
});

const WORKFLOW = {
  name: 'manual',
  trigger: { id: 'core.manual' },
  steps: [{ id: 'file', action: 'core.file', input: { path: 'x', rows: [] } }],
};

/** Asks with ids that are not there and without a body: the role is looked at before either. */
async function probe(
  { send }: TestApi,
  route: string,
  key: string,
): Promise<{ status: number; code: string | undefined }> {
  const [method, path] = route.split(' ') as [string, string];
  // A stream would stay open; what is wrong in a query is looked at after the role, too.
  const query = ['/v1/events', '/v1/runs/events', '/v1/replays/events'].includes(path) ? '?after=x' : '';
  const { status, body } = await send(method, path.replaceAll(/\{\w+\}/g, 'none') + query, { key });
  return { status, code: body?.code };
}
