import { expect, test } from 'vitest';
import { REQUIRED_ROLES } from '../../api/roles.ts';
import { BODIES } from './bodies.ts';
import { startTestApi } from './client.ts';

test('an admin of the first tenant makes tenants, lists them and sets their quotas', async () => {
  const { send } = await startTestApi();

  const made = await send('POST', '/v1/tenants', { body: { name: 'Acme' } });
  const at = made.headers.get('location')!;
  const own = await send('GET', '/v1/tenant', { key: made.body.api_key.key });
  const set = await send('PATCH', at, { body: { quotas: { workflows: 3 } } });
  const back = await send('PATCH', at, { body: { quotas: { workflows: null } } });
  await send('POST', '/v1/tenants', { body: { name: 'Second' } });
  const first = await send('GET', '/v1/tenants?limit=1');
  const second = await send('GET', `/v1/tenants?limit=1&cursor=${first.body.next_cursor}`);

  expect(made).toMatchObject({ status: 201, body: { name: 'Acme', api_key: { role: 'admin' } } });
  expect(own.body).toMatchObject({ id: made.body.id, name: 'Acme' });
  expect(set.body).toMatchObject({ id: made.body.id, quotas: { workflows: { limit: 3, used: 0 } } });
  expect(back.body.quotas.workflows.limit).toBeGreaterThan(3);
  expect((await send('GET', at)).body).toEqual(back.body);
  expect([first, second].map(({ body }) => body.items[0].name)).toEqual(['Second', 'Acme']);
  expect((await send('GET', '/v1/audit?action=tenant')).text).not.toContain(made.body.api_key.key);
});

test('keys of other tenants, and all but admins, reach none, and change nothing', async () => {
  const { send, keyOf } = await startTestApi();
  const routes = Object.keys(REQUIRED_ROLES).filter((route) => route.includes(' /v1/tenants'));
  const keys = [await keyOf('admin', 'other'), await keyOf('builder'), await keyOf('operator'), await keyOf('viewer')];
  const before = await send('GET', '/v1/tenants');

  const answered: string[] = [];
  for (const route of routes) {
    const [method, path] = route.split(' ') as [string, string];
    for (const key of keys) {
      const { status, body } = await send(method, path.replace('{id}', 'other'), { key, body: BODIES[route] });
      answered.push(`${route} ${status} ${body.code}`);
    }
  }

  expect(answered).toEqual(routes.flatMap((route) => keys.map(() => `${route} 403 ERR_FORBIDDEN`)));
  expect(routes.length).toBeGreaterThan(6);
  expect((await send('GET', '/v1/tenants')).body).toEqual(before.body);
});

test.each([
  ['GET', '/v1/tenants/none', undefined, 404],
  ['PATCH', '/v1/tenants/none', { quotas: { workflows: 1 } }, 404],
  ['PATCH', '/v1/tenants/default', { quotas: { unknown: 1 } }, 400],
  ['PATCH', '/v1/tenants/default', { quotas: { workflows: -1 } }, 400],
  ['PATCH', '/v1/tenants/default', { quotas: {} }, 400],
  ['POST', '/v1/tenants', { name: ' ' }, 400],
  ['POST', '/v1/tenants', {}, 400],
])('%s %s with %j: %d', async (method, path, body, status) => {
  const { send } = await startTestApi();

  expect((await send(method, path, body === undefined ? {} : { body })).status).toBe(status);
});
