import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../emulator/server.ts';
import { startTestApi } from './client.ts';

test('makes a linked account with its authentication in one request, and never shows the secret', async () => {
  const { send, emulator } = await openAccounts();

  const made = await send('POST', '/v1/linked_accounts', {
    body: {
      name: 'acme',
      default_warehouse_id: emulator.warehouseId,
      authentication: {
        kind: 'oauth_m2m',
        host: emulator.url,
        client_id: emulator.clientId,
        client_secret: emulator.clientSecret,
      },
    },
  });
  const { id, default_authentication: auth } = made.body;
  const answers = [
    made,
    await send('GET', '/v1/linked_accounts/acme'),
    await send('GET', '/v1/linked_accounts'),
    await send('GET', `/v1/linked_accounts/${id}/authentications`),
    await send('GET', `/v1/linked_accounts/${id}/authentications/${auth}`),
    await send('POST', `/v1/linked_accounts/acme/authentications/${auth}/test`),
  ];

  expect(made).toMatchObject({
    status: 201,
    body: { status: 'active', host: emulator.url, authentication: { kind: 'oauth_m2m', status: 'active' } },
  });
  expect(made.headers.get('location')).toBe(`/v1/linked_accounts/${id}`);
  const { user_name, tested_at } = answers[4]!.body;
  expect([answers[1]!.body, answers[2]!.body.items[0]]).toMatchObject([
    { user_name, tested_at },
    { user_name, tested_at },
  ]);
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 200]);
  expect(answers[5]!.body).toMatchObject({ ok: true, status: 'active' });
  expect(answers.map(({ text }) => text).join()).not.toContain(emulator.clientSecret);
});

test('replaces a secret and keeps the id, changes an account, deletes both', async () => {
  const { send, emulator } = await openAccounts();
  const { body: account } = await send('POST', '/v1/linked_accounts', { body: { name: 'acme' } });
  const where = `/v1/linked_accounts/${account.id}/authentications`;
  const { body: auth } = await send('POST', where, {
    body: { name: 'token', kind: 'pat', host: emulator.url, token: emulator.token },
  });

  const wrong = await send('PUT', `${where}/${auth.id}`, { body: { token: 'dapi-wrong' } });
  const untested = await send('PUT', `${where}/${auth.id}`, { body: { token: 'dapi-wrong', test: false } });
  const tested = await send('POST', `${where}/${auth.id}/test`);
  const renamed = await send('PATCH', '/v1/linked_accounts/acme', { body: { name: 'acme ltd' } });

  expect(wrong).toMatchObject({
    status: 422,
    body: { code: 'ERR_AUTH_FAILED', upstream: { status: expect.any(Number) } },
  });
  expect(untested).toMatchObject({ status: 200, body: { id: auth.id } });
  expect(tested).toMatchObject({ status: 200, body: { ok: false, error: { code: 'ERR_AUTH_FAILED' } } });
  expect(renamed).toMatchObject({ status: 200, body: { id: account.id, name: 'acme ltd' } });
  expect(await send('DELETE', `${where}/${auth.id}`)).toMatchObject({
    status: 200,
    body: { id: auth.id, revocation: 'not_possible' },
  });
  expect((await send('GET', `${where}/${auth.id}`)).status).toBe(404);
  expect((await send('DELETE', `/v1/linked_accounts/${account.id}`)).status).toBe(204);
  expect((await send('GET', `/v1/linked_accounts/${account.id}`)).status).toBe(404);
});

test.each([
  [{}, 400, 'ERR_INPUT_INVALID', '/name'],
  [{ name: 'a', color: 1 }, 400, 'ERR_INPUT_INVALID', '/color'],
  [{ name: 'a', default_warehouse_id: '' }, 400, 'ERR_WAREHOUSE_MISSING', '/default_warehouse_id'],
  [{ name: 'a', authentication: { kind: 'pat', token: 't' } }, 400, 'ERR_HOST_MISSING', '/authentication/host'],
  [
    { name: 'a', authentication: { kind: 'pat', token: 't', host: 'not a host' } },
    400,
    'ERR_HOST_INVALID',
    '/authentication/host',
  ],
  [
    { name: 'a', authentication: { kind: 'pat', token: 't', host: 'https://evil.example' } },
    400,
    'ERR_HOST_NOT_ALLOWED',
    '/authentication/host',
  ],
  [
    { name: 'a', authentication: { kind: 'pat', host: 'https://x.cloud.databricks.com' } },
    400,
    'ERR_CREDENTIALS_MISSING',
    '/authentication/token',
  ],
  [{ name: 'a', authentication: { kind: 'magic' } }, 400, 'ERR_INPUT_INVALID', '/authentication/kind'],
])('refuses the linked account %j', async (body, status, code, pointer) => {
  const { send } = await startTestApi();

  const answer = await send('POST', '/v1/linked_accounts', { body });

  expect(answer).toMatchObject({
    status,
    body: { code, errors: expect.arrayContaining([expect.objectContaining({ pointer })]) },
  });
  expect((await send('GET', '/v1/linked_accounts')).body.items).toEqual([]);
});

test('tells of a workspace that refuses the credentials, or is not there, and stores nothing', async () => {
  const { send, emulator } = await openAccounts();
  const body = (host: string) => ({ name: 'acme', authentication: { kind: 'pat', host, token: 'dapi-wrong' } });

  const wrong = await send('POST', '/v1/linked_accounts', { body: body(emulator.url) });
  const away = await send('POST', '/v1/linked_accounts', { body: body('http://127.0.0.1:9') });

  expect(wrong).toMatchObject({
    status: 422,
    body: { code: 'ERR_AUTH_FAILED', hint: expect.any(String), upstream: { message: expect.any(String) } },
  });
  expect(away).toMatchObject({ status: 502, body: { code: 'ERR_NOT_SENT' } });
  expect(wrong.text + away.text).not.toContain('dapi-wrong');
  expect((await send('GET', '/v1/linked_accounts')).body.items).toEqual([]);
});

test('shows a key once, and lists keys in pages without it', async () => {
  const { send } = await startTestApi();
  const made = [];
  for (const name of ['a', 'b', 'c'])
    made.push((await send('POST', '/v1/api_keys', { body: { name, role: 'viewer' } })).body);

  const first = await send('GET', '/v1/api_keys?limit=2');
  const second = await send('GET', `/v1/api_keys?limit=2&cursor=${first.body.next_cursor}`);

  expect(first.body.items).toHaveLength(2);
  expect([...first.body.items, ...second.body.items].map(({ name }) => name).sort()).toEqual([
    'a',
    'admin key',
    'b',
    'c',
  ]);
  expect(second.body.next_cursor).toBeNull();
  for (const { key } of made) expect(first.text + second.text).not.toContain(key);
});

async function openAccounts() {
  const emulator = await createEmulator({ samples: 'none' });
  onTestFinished(() => emulator.close());
  const api = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: `${emulator.url},http://127.0.0.1:9` } });
  return { ...api, emulator };
}

test('keeps what a workspace may be asked at most, and names a limit that is none', async () => {
  const { send } = await startTestApi();
  const limits = { per_second: 5, concurrent: 2 };

  const made = await send('POST', '/v1/linked_accounts', { body: { name: 'acme', limits } });
  const changed = await send('PATCH', '/v1/linked_accounts/acme', { body: { limits: { concurrent: 1 } } });
  const wrong = await send('PATCH', '/v1/linked_accounts/acme', { body: { limits: { per_second: 0 } } });

  expect(made.body.limits).toEqual(limits);
  expect(changed.body.limits).toEqual({ concurrent: 1 });
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/limits/per_second' }] } });
});
