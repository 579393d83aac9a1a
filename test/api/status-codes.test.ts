import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { REQUIRED_ROLES } from '../../api/roles.ts';
import { stringifyJson } from '../../connector/json.ts';
import { engineActor } from '../../engine/access/audit.ts';
import { idempotent } from '../../engine/access/idempotency.ts';
import { setSuspended } from '../../engine/access/suspension.ts';
import { until } from '../context.ts';
import { BODIES } from './bodies.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openDoor } from './door.ts';
import { openApiWorkspace } from './workspace.ts';

/*
 * The status codes that the kind of a route implies, of each route. Those of one route are in the file of that route;
 * scripts/answers/check.ts holds both against OpenAPI after a run of all tests.
 */

interface Route {
  name: string;
  method: string;
  /** With ids that are not there. */
  path: string;
  body: object | undefined;
  isOpen: boolean;
  /** For anyone who has a link, which is in the path. */
  isLinked: boolean;
  /** Statuses that OpenAPI declares. */
  statuses: readonly string[];
}

/** Every route, as OpenAPI describes it. */
async function routesOf({ send }: TestApi): Promise<Route[]> {
  const { paths } = (await send('GET', '/openapi.json', { key: null })).body;
  return Object.entries(REQUIRED_ROLES).map(([name, role]) => {
    const [method, path] = name.split(' ') as [string, string];
    const { responses } = paths[path][method.toLowerCase()];
    const body = BODIES[name] ?? (method === 'GET' || method === 'DELETE' ? undefined : {});
    const where = path.replace('{version}', '1').replaceAll(/\{\w+\}/g, 'none');
    const isOpen = role === 'anyone';
    return {
      name,
      method,
      path: where,
      body,
      isOpen,
      isLinked: isOpen && where !== path,
      statuses: Object.keys(responses),
    };
  });
}

/** Those that declare the status; routes for anyone whose links are not there refuse those before all else. */
const withStatus = (routes: readonly Route[], status: number) =>
  routes.filter(({ statuses, isLinked }) => !isLinked && statuses.includes(String(status)));

/** Asks each of the routes; each must answer the status. */
async function expectEach(
  routes: readonly Route[],
  status: number,
  ask: (route: Route) => Promise<{ status: number | undefined }>,
): Promise<void> {
  const answered: string[] = [];
  for (const route of routes) answered.push(`${route.name} ${(await ask(route)).status}`);
  expect(answered).toEqual(routes.map(({ name }) => `${name} ${status}`));
  expect(routes.length).toBeGreaterThan(20);
}

test('each route with a key refuses none and that of a suspended tenant, and each a query parameter that it does not know', async () => {
  const api = await startTestApi();
  const routes = await routesOf(api);
  const stopped = await api.keyOf('admin', 'stopped');
  await setSuspended(api.ctx, engineActor('default'), { tenant: 'stopped', suspended: true });

  const keyed = routes.filter(({ isOpen }) => !isOpen);
  await expectEach(withStatus(keyed, 401), 401, ({ method, path }) => api.send(method, path, { key: null }));
  await expectEach(withStatus(keyed, 403), 403, ({ method, path }) => api.send(method, path, { key: stopped }));
  const checked = withStatus(routes, 400).filter(({ name }) => name !== 'GET /oauth/callback');
  await expectEach(checked, 400, ({ method, path, body, isOpen }) =>
    api.send(method, `${path}?unknown_parameter=1`, { body, ...(isOpen ? { key: null } : {}) }),
  );
});

test('each route of an object answers 404 when it is not there', async () => {
  const api = await startTestApi();
  const routes = (await routesOf(api)).filter(({ path, name }) => !name.endsWith(path));

  await expectEach(withStatus(routes, 404), 404, ({ method, path, body }) => api.send(method, path, { body }));
});

test('each route that filters by a workflow answers 404 when there is none of the name', async () => {
  const { send } = await startTestApi();

  const answers = [
    ...(await Promise.all(['runs', 'runs/causes', 'runs/events'].map((at) => send('GET', `/v1/${at}?workflow=none`)))),
    await send('POST', '/v1/runs/replay', { body: { filter: { workflow: 'none' } } }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
});

test('each route that takes a body refuses one that is too large, and one that is not JSON', async () => {
  const api = await startTestApi();
  const routes = await routesOf(api);
  const key = await api.keyOf('admin');
  const authorization = `Bearer ${key}`;

  await expectEach(withStatus(routes, 413), 413, async ({ method, path }) => {
    // It is refused by its length, before it is sent.
    const headers = { authorization, 'content-type': 'application/json', 'content-length': 20_000_000 };
    const sent = httpRequest(api.origin + path, { method, headers });
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => {}); // The server ends the connection of a body that it does not read.
    sent.destroy();
    return { status: answer.statusCode };
  });
  await expectEach(withStatus(routes, 415), 415, ({ method, path }) =>
    api.send(method, path, { body: 'a=b', headers: { 'content-type': 'text/plain' } }),
  );
});

test('the pages of links refuse a query parameter, a body that is too large and one that is no form', async () => {
  const api = await openApiWorkspace();
  const made = await api.send('POST', '/v1/connect_links', { body: { linked_account: 'demo' } });
  const steps = [
    { id: 'ask', action: 'core.approve', needs: [], input: {} },
    { id: 'tell', action: 'core.transform', needs: [], input: { value: '{{ run.approvals.ask }}' } },
  ];
  const flow = { name: 'ask', trigger: { id: 'core.manual' }, steps };
  const { id } = (await api.send('POST', '/v1/workflows', { body: flow })).body;
  const run = (await api.send('POST', `/v1/workflows/${id}/run`)).body.id;
  const told = await until('the run asks, and tells where', async () => {
    const { items } = (await api.send('GET', '/v1/approvals')).body;
    const { output } = (await api.send('GET', `/v1/runs/${run}.tell`)).body;
    return items.length > 0 ? (output?.value as string | undefined) : undefined;
  });
  const connect = new URL(made.body.url).pathname;
  const approval = new URL(told).pathname;
  const large = `a=${'x'.repeat(100_000)}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  const answered: Record<string, number[]> = {};
  for (const path of [connect, `${connect}/login`, approval]) {
    const post = (query: string, body: string, headers: Record<string, string>) =>
      api.send('POST', path + query, { key: null, body, headers });
    const answers = [await post('?x=1', 'a=b', form), await post('', large, form), await post('', '{}', {})];
    answered[path] = answers.map(({ status }) => status);
  }
  const looks = [await api.send('GET', `${connect}?x=1`), await api.send('GET', `${approval}?x=1`)];

  expect(answered).toEqual({
    [connect]: [400, 413, 415],
    [`${connect}/login`]: [400, 413, 415],
    [approval]: [400, 413, 415],
  });
  expect(looks.map(({ status }) => status)).toEqual([400, 400]);
  expect((await api.send('GET', `/v1/runs/${run}`)).body.status).not.toBe('failed');
});

test('each POST refuses an Idempotency-Key of another request, and one whose request is in progress', async () => {
  const api = await startTestApi();
  const posts = (await routesOf(api)).filter(({ method, isOpen }) => method === 'POST' && !isOpen);
  const used = { 'idempotency-key': 'of another request' };
  await api.send('POST', '/v1/workflows/check', { body: {}, headers: used });
  const begun: Promise<unknown>[] = [];
  let finish = () => {};
  const answered = new Promise<void>((resolve) => {
    finish = resolve;
  });

  await expectEach(withStatus(posts, 422), 422, ({ path, body }) => api.send('POST', path, { body, headers: used }));
  const inProgress = withStatus(posts, 409).filter(({ name }) => !MAKE_ONE_RUN.has(name));
  await expectEach(inProgress, 409, async ({ name, path, body }) => {
    const fingerprint = `POST ${path} ${stringifyJson(body as never)}`;
    const made = new Promise<void>((resolve) => {
      const make = async () => {
        resolve();
        await answered;
        return { status: 200, body: null };
      };
      begun.push(idempotent(api.ctx, api.tenant, { key: name, fingerprint, make }));
    });
    await made;
    return api.send('POST', path, { body, headers: { 'idempotency-key': name } });
  });
  finish();
  await Promise.all(begun);
});

test('each route with a key makes an address wait that tried many wrong keys', async () => {
  const api = await startTestApi();
  const routes = await routesOf(api);
  const keyed = routes.filter(({ isOpen }) => !isOpen);
  const key = await api.keyOf('admin');
  for (let n = 0; n < 30; n += 1) await api.send('GET', '/v1/runs', { key: `psk_wrong-${n}` });

  await expectEach(withStatus(keyed, 429), 429, ({ method, path }) => api.send(method, path, { key }));
});

test('each route with a key answers 503 while Redis is unavailable', async () => {
  const door = await openDoor();
  const api = await startTestApi({
    env: { REDIS_URL: door.url },
    prefix: `{status-${process.pid}-${door.url}}:`,
  });
  const routes = await routesOf(api);

  const keyed = routes.filter(({ isOpen }) => !isOpen);
  await door.shut();

  await expectEach(withStatus(keyed, 503), 503, ({ method, path, body }) => api.send(method, path, { body }));
});

/** A repeat of these continues the run of the first instead. */
const MAKE_ONE_RUN: ReadonlySet<string> = new Set([
  'POST /v1/runs',
  'POST /v1/runs/{id}/replay',
  'POST /v1/workflows/{id}/run',
  'POST /v1/workflows/{id}/test_step',
  'POST /v1/webhook_endpoints/{id}/test',
  'POST /v1/webhook_endpoints/{id}/deliveries/{run}/redeliver',
]);
