import { expect, test } from 'vitest';
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

test('keys of other tenants, and all but admins, reach none', async () => {
  const { send, keyOf } = await startTestApi();
  const other = await keyOf('admin', 'other');
  const statuses = async (key: string) => [
    (await send('GET', '/v1/tenants', { key })).status,
    (await send('POST', '/v1/tenants', { body: { name: 'x' }, key })).status,
    (await send('GET', '/v1/tenants/other', { key })).status,
    (await send('PATCH', '/v1/tenants/other', { body: { quotas: { workflows: 9 } }, key })).status,
  ];

  expect(await statuses(other)).toEqual([403, 403, 403, 403]);
  expect(await statuses(await keyOf('builder'))).toEqual([403, 403, 403, 403]);
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
