import { expect, test } from 'vitest';
import { testClock } from '../context.ts';
import { startTestApi, type TestApi, type TestRequest } from './client.ts';
import { everythingIn } from './dump.ts';

const HOUR_MS = 3_600_000;

test('signs a browser in with an API key, and out again', async () => {
  const api = await startTestApi();
  const key = await api.keyOf('operator');

  const { cookie, answer } = await signIn(api, { key });
  const signedIn = await asBrowser(api, cookie, 'GET', '/v1/me');
  const out = await asBrowser(api, cookie, 'DELETE', '/v1/session');
  const signedOut = await asBrowser(api, cookie, 'GET', '/v1/me');

  expect(answer).toMatchObject({ status: 201, body: { expires_at: expect.any(String) } });
  expect(answer.headers.get('set-cookie')).toMatch(
    /^penstock_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  expect(answer.text).not.toContain(cookie.split('=')[1]);
  expect(signedIn).toMatchObject({
    status: 200,
    body: { tenant: { id: 'default', name: 'default' }, role: 'operator', key: { name: 'operator key' } },
  });
  expect(out.status).toBe(204);
  expect(out.headers.get('set-cookie')).toMatch(/^penstock_session=; Max-Age=0;/);
  expect(signedOut).toMatchObject({ status: 401, body: { code: 'ERR_UNAUTHORIZED', detail: 'the session has ended' } });
});

test('the cookie is Secure when the public URL is HTTPS', async () => {
  const api = await startTestApi({ env: { PENSTOCK_PUBLIC_URL: 'https://penstock.example.com' } });

  const { answer } = await signIn(api, { key: await api.keyOf('viewer') });

  expect(answer.headers.get('set-cookie')).toMatch(/; Secure/);
});

test('names the routes that a role may call', async () => {
  const { send, keyOf } = await startTestApi();

  const viewer = (await send('GET', '/v1/me', { key: await keyOf('viewer') })).body.rights as string[];
  const operator = (await send('GET', '/v1/me', { key: await keyOf('operator') })).body.rights as string[];

  expect(viewer).toContain('GET /v1/runs');
  expect(viewer).not.toContain('POST /v1/runs');
  expect(operator).toContain('POST /v1/runs');
  expect(operator).not.toContain('POST /v1/api_keys');
});

test.each([
  ['neither', {}],
  ['both', { key: 'a', link: 'b' }],
  ['an empty key', { key: '' }],
  ['a key of 501 characters', { key: 'k'.repeat(501) }],
])('refuses to sign in with %s', async (_what, body) => {
  const { send } = await startTestApi();

  const answer = await send('POST', '/v1/session', { key: null, body });

  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_INPUT_INVALID' } });
});

test('refuses a wrong key, and makes its address wait after 30', async () => {
  const { send } = await startTestApi();

  const first = await send('POST', '/v1/session', { key: null, body: { key: 'psk_wrong-0' } });
  for (let n = 1; n < 30; n++) await send('POST', '/v1/session', { key: null, body: { key: `psk_wrong-${n}` } });
  const last = await send('POST', '/v1/session', { key: null, body: { key: 'psk_wrong-30' } });

  expect(first.status).toBe(401);
  expect(last.status).toBe(429);
});

test.each([
  ['without an Origin', {}],
  ['from another origin', { origin: 'https://evil.example.com' }],
  ['from an opaque origin', { origin: 'null' }],
  ['from another port of the host', { origin: 'http://127.0.0.1:1' }],
])('a session cannot write %s', async (_what, headers) => {
  const api = await startTestApi();
  const { cookie } = await signIn(api, { key: await api.keyOf('admin') });

  const write = await api.send('PATCH', '/v1/tenant', {
    key: null,
    body: { name: 'changed' },
    headers: { cookie, ...headers },
  });
  const read = await api.send('GET', '/v1/tenant', { key: null, headers: { cookie, ...headers } });

  expect(write).toMatchObject({
    status: 403,
    body: { code: 'ERR_FORBIDDEN', detail: expect.stringMatching(/Origin/) },
  });
  expect(read).toMatchObject({ status: 200, body: { name: 'default' } });
});

test('a session may write from a page of the public URL or of the host that the request names', async () => {
  const api = await startTestApi({ env: { PENSTOCK_PUBLIC_URL: 'https://penstock.example.com/' } });
  const { cookie } = await signIn(api, { key: await api.keyOf('admin') });

  for (const origin of ['https://penstock.example.com', api.origin]) {
    const body = { name: origin };
    expect((await api.send('PATCH', '/v1/tenant', { key: null, body, headers: { cookie, origin } })).status).toBe(200);
  }
});

test('another site can neither sign a browser in nor out', async () => {
  const api = await startTestApi();
  const key = await api.keyOf('viewer');
  const { cookie } = await signIn(api, { key });
  const origin = 'https://evil.example.com';

  const forced = await api.send('POST', '/v1/session', { key: null, body: { key }, headers: { origin } });
  const out = await api.send('DELETE', '/v1/session', { key: null, headers: { cookie, origin } });

  expect([forced.status, out.status]).toEqual([403, 403]);
  expect((await asBrowser(api, cookie, 'GET', '/v1/me')).status).toBe(200);
});

test('a session ends with its key, and has the role that the key has now', async () => {
  const api = await startTestApi();
  const made = (await api.send('POST', '/v1/api_keys', { body: { name: 'person', role: 'admin' } })).body;
  const { cookie } = await signIn(api, { key: made.key });
  expect((await asBrowser(api, cookie, 'GET', '/v1/audit')).status).toBe(200);

  const changed = await api.send('PATCH', `/v1/api_keys/${made.id}`, { body: { role: 'viewer' } });
  const lowered = await asBrowser(api, cookie, 'GET', '/v1/audit');
  await api.send('DELETE', `/v1/api_keys/${made.id}`);
  const revoked = await asBrowser(api, cookie, 'GET', '/v1/me');

  expect(changed).toMatchObject({ status: 200, body: { name: 'person', role: 'viewer' } });
  expect(lowered).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
  expect(revoked.status).toBe(401);
});

test('a key cannot change its own role, but its name', async () => {
  const api = await startTestApi();
  const made = (await api.send('POST', '/v1/api_keys', { body: { name: 'me', role: 'admin' } })).body;
  const path = `/v1/api_keys/${made.id}`;

  const role = await api.send('PATCH', path, { key: made.key, body: { role: 'viewer' } });
  const name = await api.send('PATCH', path, { key: made.key, body: { name: 'renamed' } });
  const foreign = await api.send('PATCH', path, { key: await api.keyOf('admin', 'other'), body: { role: 'viewer' } });

  expect(role).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
  expect(name).toMatchObject({ status: 200, body: { name: 'renamed', role: 'admin' } });
  expect(foreign.status).toBe(404);
});

test('ends after 12 hours without a request, and after 7 days in any case', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const key = await api.keyOf('viewer');
  const idle = (await signIn(api, { key })).cookie;
  const busy = (await signIn(api, { key })).cookie;
  const look = async (cookie: string) => (await asBrowser(api, cookie, 'GET', '/v1/me')).status;

  clock.advance(11 * HOUR_MS);
  expect(await look(busy)).toBe(200);
  clock.advance(HOUR_MS);
  expect(await look(idle)).toBe(401);
  for (let hours = 12; hours < 160; hours += 10) {
    expect(await look(busy)).toBe(200);
    clock.advance(10 * HOUR_MS);
  }
  clock.advance(6 * HOUR_MS);
  expect(await look(busy)).toBe(401);
});

test('signing in again ends the old session of the browser', async () => {
  const api = await startTestApi();
  const key = await api.keyOf('viewer');
  const first = (await signIn(api, { key })).cookie;

  const second = await api.send('POST', '/v1/session', {
    key: null,
    body: { key },
    headers: { cookie: first, origin: api.origin },
  });

  expect(second.status).toBe(201);
  expect((await asBrowser(api, first, 'GET', '/v1/me')).status).toBe(401);
});

test('an API key in the Authorization header goes before the cookie, and needs no Origin', async () => {
  const api = await startTestApi();
  const { cookie } = await signIn(api, { key: await api.keyOf('viewer') });

  const answer = await api.send('PATCH', '/v1/tenant', { body: { name: 'by key' }, headers: { cookie } });

  expect(answer.status).toBe(200);
});

test('a sign-in link signs one browser in, once', async () => {
  const api = await startTestApi();
  const key = await api.keyOf('builder', 'other');
  const made = await api.send('POST', '/v1/sign_in_links', { key });
  const link = new URL(made.body.url).hash.replace('#link=', '');

  const answers = await Promise.all(
    [1, 2, 3].map(() => api.send('POST', '/v1/session', { key: null, body: { link } })),
  );
  const cookie = cookieOf(answers.find(({ status }) => status === 201)!);
  const me = await asBrowser(api, cookie, 'GET', '/v1/me');

  expect(made).toMatchObject({ status: 201, body: { url: expect.stringMatching(/\/app\/login#link=[\w-]{43}$/) } });
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 404, 404]);
  expect(answers.find(({ status }) => status === 404)!.body).toMatchObject({ code: 'ERR_LINK_INVALID' });
  expect(me).toMatchObject({ status: 200, body: { tenant: { id: 'other' }, role: 'builder' } });
});

test('a sign-in link ends after ten minutes, and with its key', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const made = (await api.send('POST', '/v1/api_keys', { body: { name: 'person', role: 'viewer' } })).body;
  const linkOf = async (key: string) =>
    new URL((await api.send('POST', '/v1/sign_in_links', { key })).body.url).hash.replace('#link=', '');
  const late = await linkOf(await api.keyOf('viewer'));
  const orphaned = await linkOf(made.key);
  await api.send('DELETE', `/v1/api_keys/${made.id}`);

  const deleted = await api.send('POST', '/v1/session', { key: null, body: { link: orphaned } });
  clock.advance(600_000);
  const expired = await api.send('POST', '/v1/session', { key: null, body: { link: late } });

  for (const answer of [deleted, expired])
    expect(answer).toMatchObject({ status: 404, body: { code: 'ERR_LINK_INVALID' } });
});

test('a session cannot create sign-in links: it would outlive its 7 days', async () => {
  const api = await startTestApi();
  const { cookie } = await signIn(api, { key: await api.keyOf('admin') });

  const answer = await asBrowser(api, cookie, 'POST', '/v1/sign_in_links');

  expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
});

test('Redis holds neither the session token nor the secret of a link', async () => {
  const api = await startTestApi();
  const key = await api.keyOf('viewer');
  const { cookie } = await signIn(api, { key });
  const url = new URL((await api.send('POST', '/v1/sign_in_links', { key })).body.url);

  const kept = await everythingIn(api.ctx);

  expect(kept).toContain('session:');
  expect(kept).not.toContain(cookie.split('=')[1]);
  expect(kept).not.toContain(url.hash.replace('#link=', ''));
});

async function signIn(api: TestApi, body: object) {
  const answer = await api.send('POST', '/v1/session', { key: null, body });
  return { answer, cookie: cookieOf(answer) };
}

function cookieOf({ headers }: { headers: Headers }): string {
  return headers.get('set-cookie')!.split(';')[0]!;
}

/** As a page of the server itself sends it. */
function asBrowser(api: TestApi, cookie: string, method: string, path: string, request: TestRequest = {}) {
  return api.send(method, path, { key: null, headers: { cookie, origin: api.origin }, ...request });
}
