import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../emulator/server.ts';
import { startTestApi } from './client.ts';

test('shows a page with the name of the tenant, that needs no script and tells nobody its address', async () => {
  const { link, get } = await openLink();

  const page = await get(link);

  expect(page.status).toBe(200);
  expect(page.text).toContain('<html lang="en">');
  expect(page.text).toContain('Acme &lt;b&gt; Ltd');
  expect(page.text).not.toContain('<b> Ltd');
  expect(page.text).not.toMatch(/<script|onclick|javascript:/i);
  for (const [, id] of page.text.matchAll(/<label for="([^"]+)"/g)) expect(page.text).toContain(`id="${id}"`);
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(page.headers.get('cache-control')).toBe('no-store');
});

test('stores what an end user fills in, once', async () => {
  const { link, submit, get, send, emulator } = await openLink();
  const form = { kind: 'pat', host: emulator.url, token: emulator.token };

  const page = await submit(link, form);
  const again = await submit(link, form);

  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('is connected') });
  expect(again.status).toBe(404);
  expect((await get(link)).status).toBe(404);
  const { items } = (await send('GET', '/v1/linked_accounts/customer/authentications')).body;
  expect(items).toMatchObject([{ kind: 'pat', status: 'active', host: emulator.url }]);
  const audit = (await send('GET', '/v1/audit')).body.items;
  expect(audit[0]).toMatchObject({ actor: { name: 'connect link', from: '127.0.0.1' } });
});

test('shows the form again with its faults at their fields, without the secret, and lets the user try again', async () => {
  const { link, submit, emulator } = await openLink();

  const refused = await submit(link, { kind: 'pat', host: emulator.url, token: 'dapi-wrong' });
  const missing = await submit(link, {
    kind: 'oauth_m2m',
    host: emulator.url,
    client_id: '"><script>',
    client_secret: ' ',
  });
  const right = await submit(link, { kind: 'pat', host: emulator.url, token: emulator.token });

  expect(refused.status).toBe(422);
  expect(refused.text).toContain('role="alert"');
  expect(refused.text).toContain(`value="${emulator.url}"`);
  expect(refused.text).not.toContain('dapi-wrong');
  expect(missing.status).toBe(400);
  expect(missing.text).toMatch(
    /id="oauth_m2m-client_secret"[^>]* aria-invalid="true" aria-describedby="oauth_m2m-client_secret-hint oauth_m2m-client_secret-error"/,
  );
  expect(missing.text).toContain('value="&quot;&gt;&lt;script&gt;"');
  expect(missing.text).toMatch(/<title>Error: /);
  expect(right.status).toBe(200);
});

test('tells of a link that was never made with a page, and of a body that is no form', async () => {
  const { origin, link, get } = await openLink();

  const unknown = await get(`${origin}/connect/nonsense`);
  const json = await fetch(link, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"kind":{}}',
  });
  const twice = await fetch(link, {
    method: 'POST',
    headers: { 'idempotency-key': 'k', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'kind=pat',
  });

  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('content-type')).toMatch(/^text\/html/);
  expect(unknown.text).toContain('Ask the sender for a new link');
  expect(json.status).toBe(415);
  expect(json.headers.get('content-type')).toMatch(/^text\/html/);
  expect(twice.status).toBe(400);
});

test('keeps a host that was fixed, whatever the form says', async () => {
  const { submit, get, send, emulator } = await openLink();
  const { body } = await send('POST', '/v1/connect_links', {
    body: { linked_account: 'customer', kinds: ['pat'], host: emulator.url },
  });
  const link = toHere(body.url, emulator.apiOrigin);

  const page = await get(link);
  const stored = await submit(link, { kind: 'pat', host: 'https://evil.example', token: emulator.token });

  expect(page.text).toContain(`Address: ${emulator.url}`);
  expect(page.text).not.toContain('name="host"');
  expect(page.text).not.toContain('client_secret');
  expect(stored).toMatchObject({ status: 200, text: expect.stringContaining(emulator.url) });
});

test('renews where the authentication is, and says where that is', async () => {
  const { submit, get, send, emulator } = await openLink();
  const account = '/v1/linked_accounts/customer/authentications';
  const { body: made } = await send('POST', account, {
    body: { kind: 'pat', name: 'old', host: emulator.url, token: 'dapi-ended', test: false },
  });
  const { body } = await send('POST', '/v1/connect_links', {
    body: { linked_account: 'customer', authentication: made.id },
  });
  const link = toHere(body.url, emulator.apiOrigin);

  const page = await get(link);
  const renewed = await submit(link, { kind: 'pat', token: emulator.token, expires_at: '2999-12-31' });

  expect(page.text).toContain(`Address: ${emulator.url}`);
  expect(page.text).not.toContain('name="host"');
  expect(page.text).not.toContain('name="account_id"');
  expect(renewed.status).toBe(200);
  expect((await send('GET', `${account}/${made.id}`)).body).toMatchObject({
    status: 'active',
    expires_at: '2999-12-31T00:00:00.000Z',
  });
});

test('takes the day on which a token ends, and only one that is to come', async () => {
  const { link, submit, get, send, emulator } = await openLink();
  const form = { kind: 'pat', host: emulator.url, token: emulator.token };

  const page = await get(link);
  const ended = await submit(link, { ...form, expires_at: '2020-01-01' });
  const stored = await submit(link, { ...form, expires_at: '2999-12-31' });

  expect(page.text).toMatch(/<label for="pat-expires_at">.*\n<input id="pat-expires_at" name="expires_at" type="date"/);
  expect(ended.status).toBe(400);
  expect(ended.text).toMatch(/id="pat-expires_at-error">must be in the future</);
  expect(stored.status).toBe(200);
  const { items } = (await send('GET', '/v1/linked_accounts/customer/authentications')).body;
  expect(items).toMatchObject([{ expires_at: '2999-12-31T00:00:00.000Z' }]);
});

test('tells an end user in plain words what was refused', async () => {
  const { link, submit, emulator } = await openLink();

  const token = await submit(link, { kind: 'pat', host: emulator.url, token: 'dapi-wrong' });
  const host = await submit(link, { kind: 'pat', host: 'https://example.com', token: 'dapi-wrong' });

  expect(token.text).toContain('The workspace does not accept what you entered.');
  expect(token.text).not.toMatch(/GET \/api|test the authentication/);
  expect(host.text).toContain('is not an address of Databricks');
  expect(host.text).not.toContain('PENSTOCK_');
});

test('signs an end user in through the service, in the browser that began', async () => {
  const { send, begin, callback, allow } = await openLogin();

  const begun = await begin();
  const back = await allow(begun.location);
  const page = await callback(back, begun.cookie);

  expect(begun.status).toBe(303);
  expect(begun.location.searchParams.get('code_challenge_method')).toBe('S256');
  expect(begun.headers.get('set-cookie')).toMatch(
    /^penstock_login=[\w-]{20,}; HttpOnly; SameSite=Lax; Path=\/oauth\/callback; Max-Age=600$/,
  );
  expect(begun.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('You signed in as') });
  expect(page.headers.get('set-cookie')).toMatch(/^penstock_login=; .*Max-Age=0/);
  const { items } = (await send('GET', '/v1/linked_accounts/customer/authentications')).body;
  expect(items).toMatchObject([{ kind: 'oauth_u2m', status: 'active' }]);
  expect((await callback(back, begun.cookie)).status).toBe(400);
});

test('refuses a login that comes back in a different browser, and stores nothing', async () => {
  const { send, begin, callback, allow } = await openLogin();
  const begun = await begin();
  const back = await allow(begun.location);

  const stranger = await callback(back, '');

  expect(stranger.status).toBe(400);
  expect(stranger.headers.get('content-type')).toMatch(/^text\/html/);
  expect(stranger.text).toContain('a different browser');
  expect((await send('GET', '/v1/linked_accounts/customer/authentications')).body.items).toEqual([]);
});

test.each(['', '?state=', '?state=a&state=b&code=c', '?error=access_denied&state=x'])(
  'refuses the callback "%s" with a page',
  async (query) => {
    const { origin } = await startTestApi();

    const answer = await fetch(`${origin}/oauth/callback${query}`);

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Start the login again');
  },
);

const RETURN_TO = 'https://app.example.com/done?tab=1';

test('leads back with what came of the link, and the state that was given', async () => {
  const { send, submit, get, emulator } = await openLink();
  await send('PATCH', '/v1/tenant', { body: { return_urls: [RETURN_TO] } });
  const { id } = (await send('GET', '/v1/linked_accounts/customer')).body;
  const body = { linked_account: 'customer', return_to: RETURN_TO, state: 'user 7&x' };
  const link = toHere((await send('POST', '/v1/connect_links', { body })).body.url, emulator.apiOrigin);
  const form = { kind: 'pat', host: emulator.url, token: emulator.token };

  const page = await get(link);
  const refused = await submit(link, { ...form, token: 'dapi-wrong' });
  const response = await fetch(link, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

  const cancel = /<a href="([^"]+)">Cancel/.exec(page.text)![1]!.replaceAll('&amp;', '&');
  expect(queryOf(cancel)).toEqual({ tab: '1', status: 'canceled', account: id, state: 'user 7&x' });
  expect(refused.status).toBe(422);
  expect(response.status).toBe(303);
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  const location = response.headers.get('location')!;
  const { items } = (await send('GET', '/v1/linked_accounts/customer/authentications')).body;
  expect(location.startsWith('https://app.example.com/done?')).toBe(true);
  expect(queryOf(location)).toEqual({
    tab: '1',
    status: 'connected',
    account: id,
    authentication: items[0].id,
    state: 'user 7&x',
  });
});

test.each(['allow', 'deny'])(
  'leads back from the service after "%s", and only the browser that began',
  async (decision) => {
    const { send, begin, callback, decide } = await openLogin({ return_to: RETURN_TO, state: 's' });
    const { id } = (await send('GET', '/v1/linked_accounts/customer')).body;
    const other = await begin();
    const begun = await begin();
    const back = await decide(begun.location, decision);

    const stranger = await callback(await decide(other.location, decision), begun.cookie);
    const page = await callback(back, begun.cookie);

    expect(stranger.status).toBe(400);
    expect(page.status).toBe(303);
    const { authentication, ...query } = queryOf(page.headers.get('location')!);
    expect(authentication === undefined).toBe(decision === 'deny');
    expect(query).toEqual({
      tab: '1',
      account: id,
      state: 's',
      ...(decision === 'allow' ? { status: 'connected' } : { status: 'refused', error: 'ERR_LOGIN_REFUSED' }),
    });
  },
);

test.each([
  ['https://app.example.com/done', '/return_to'],
  ['https://app.example.com.evil.example/done?tab=1', '/return_to'],
  ['javascript:alert(1)', '/return_to'],
  ['//evil.example', '/return_to'],
])('refuses to lead back to %s, which is none of the return URLs', async (return_to, pointer) => {
  const { send } = await openLink();
  await send('PATCH', '/v1/tenant', { body: { return_urls: [RETURN_TO] } });

  const body = { linked_account: 'customer', return_to };

  expect(await send('POST', '/v1/connect_links', { body })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer }] },
  });
});

test('return URLs are of one tenant and of web pages, and a state needs one', async () => {
  const { send, keyOf } = await openLink();
  await send('PATCH', '/v1/tenant', { body: { return_urls: [RETURN_TO] }, key: await keyOf('admin', 'other') });
  const link = (more: object) => send('POST', '/v1/connect_links', { body: { linked_account: 'customer', ...more } });

  expect((await link({ return_to: RETURN_TO })).status).toBe(400);
  expect(await link({ state: 's' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/state' }] } });
  expect(await send('PATCH', '/v1/tenant', { body: { return_urls: ['javascript:alert(1)'] } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/return_urls/0' }] },
  });
});

function queryOf(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url).searchParams);
}

/** A link for the linked account `customer` of a tenant with a name that must be escaped. */
async function openLink() {
  const emulator = await createEmulator({ samples: 'none' });
  onTestFinished(() => emulator.close());
  const api = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url } });
  await api.send('PATCH', '/v1/tenant', { body: { name: 'Acme <b> Ltd' } });
  await api.send('POST', '/v1/linked_accounts', { body: { name: 'customer' } });
  const made = await api.send('POST', '/v1/connect_links', {
    body: { linked_account: 'customer', expires_in_seconds: 600 },
  });
  const answerOf = async (response: Response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  });
  return {
    ...api,
    emulator: { ...emulator, apiOrigin: api.origin },
    link: toHere(made.body.url, api.origin),
    get: async (url: string) => answerOf(await fetch(url)),
    submit: async (url: string, form: Record<string, string>) =>
      answerOf(await fetch(url, { method: 'POST', body: new URLSearchParams(form) })),
  };
}

/** A link that offers signing in, and the steps of a browser. */
async function openLogin(more: { return_to?: string; state?: string } = {}) {
  const opened = await openLink();
  const { send, emulator, origin } = opened;
  const return_urls = more.return_to === undefined ? [] : [more.return_to];
  const app = { name: 'app', host: emulator.url, client_id: 'databricks-cli', return_urls };
  await send('POST', '/v1/oauth_apps', { body: app });
  const wanted = { linked_account: 'customer', oauth_app: 'app', ...more };
  const { body } = await send('POST', '/v1/connect_links', { body: wanted });
  const link = toHere(body.url, origin);
  return {
    ...opened,
    async begin() {
      const { status, headers } = await fetch(`${link}/login`, { method: 'POST', redirect: 'manual' });
      return {
        status,
        headers,
        location: new URL(headers.get('location')!),
        cookie: headers.get('set-cookie')!.split(';')[0]!,
      };
    },
    /** The person says yes at the service, which sends the browser back. */
    allow: (location: URL) => decide(location, 'allow'),
    decide,
    async callback(back: URL, cookie: string) {
      const response = await fetch(origin + back.pathname + back.search, { headers: { cookie }, redirect: 'manual' });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

/** What a person decides at the service, which sends the browser back. */
async function decide(location: URL, decision: string): Promise<URL> {
  const form = new URLSearchParams([...location.searchParams, ['decision', decision]]);
  const answer = await fetch(location.origin + location.pathname, { method: 'POST', body: form, redirect: 'manual' });
  return new URL(answer.headers.get('location')!);
}

/** The public URL of a test is not the port that it listens on. */
function toHere(url: string, origin: string): string {
  return origin + new URL(url).pathname;
}
