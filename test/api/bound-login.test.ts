import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../emulator/server.ts';
import { startTestApi } from './client.ts';
import { everythingIn } from './dump.ts';

test('a login begun by API is finished in the browser that opened its start URL', async () => {
  const { begin, open, allow, callback, send } = await openApp();

  const begun = await begin({ bind_browser: true });
  const browser = await open(begun.url);
  const page = await callback(await allow(browser.location), browser.cookie);

  expect(browser.status).toBe(303);
  expect(browser.setCookie).toMatch(
    /^penstock_login=[\w-]{20,}; HttpOnly; SameSite=Lax; Path=\/oauth\/callback; Max-Age=600$/,
  );
  expect(browser.referrerPolicy).toBe('no-referrer');
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('You signed in as') });
  const { items } = (await send('GET', '/v1/linked_accounts/customer/authentications')).body;
  expect(items).toMatchObject([{ kind: 'oauth_u2m', name: 'login' }]);
});

test.each(['', 'penstock_login=', 'penstock_login=another', 'other=1; penstock_login=x'])(
  'a different browser, with the cookie "%s", is refused and nothing is stored',
  async (cookie) => {
    const { begin, open, allow, callback, send } = await openApp();
    const { location } = await open((await begin({ bind_browser: true })).url);

    const page = await callback(await allow(location), cookie);

    expect(page).toMatchObject({ status: 400, text: expect.stringContaining('a different browser') });
    expect((await send('GET', '/v1/linked_accounts/customer/authentications')).body.items).toEqual([]);
  },
);

test('a browser with the cookie of another login is refused', async () => {
  const { begin, open, allow, callback } = await openApp();
  const mine = await open((await begin({ bind_browser: true })).url);
  const theirs = await open((await begin({ bind_browser: true })).url);

  const page = await callback(await allow(theirs.location), mine.cookie);

  expect(page.status).toBe(400);
});

test('a start URL is good for one browser, a look with HEAD does not use it up, and none is made up', async () => {
  const { begin, open, origin } = await openApp();
  const { url } = await begin({ bind_browser: true });

  const looked = await open(url, 'HEAD');
  const first = await open(url);
  const second = await open(url);
  const madeUp = await open(`${origin}/oauth/start/nonsense`);

  expect(looked.status).not.toBe(303);
  expect(first.status).toBe(303);
  expect(second).toMatchObject({ status: 400, text: expect.stringContaining('Start the login again') });
  expect(madeUp.status).toBe(400);
});

test('a bound login is not finished by anyone who posts its answer with an API key', async () => {
  const { begin, open, allow, send } = await openApp();
  const { location } = await open((await begin({ bind_browser: true })).url);

  const { search } = await allow(location);
  const completed = await send('POST', '/v1/oauth/complete', { body: { query: search } });

  expect(completed).toMatchObject({ status: 400, body: { code: 'ERR_LOGIN_INVALID' } });
});

test('a login that a browser session begins is bound to that browser, by a cookie that comes back from the service', async () => {
  const { allow, callback, send, keyOf, origin } = await openApp();
  const signedIn = await send('POST', '/v1/session', { key: null, body: { key: await keyOf('builder') } });
  const headers = { cookie: signedIn.headers.get('set-cookie')!.split(';')[0]!, origin };
  const body = { oauth_app: 'app', linked_account: 'customer', name: 'login' };

  const begun = await send('POST', '/v1/oauth/authorize', { key: null, headers, body });
  const setCookie = begun.headers.get('set-cookie')!;
  const elsewhere = await callback(await allow(new URL(begun.body.url)), '');
  const again = await send('POST', '/v1/oauth/authorize', { key: null, headers, body });
  const page = await callback(await allow(new URL(again.body.url)), again.headers.get('set-cookie')!.split(';')[0]!);
  const terminal = await send('POST', '/v1/oauth/authorize', {
    key: null,
    headers,
    body: { ...body, redirect_port: 8020 },
  });

  expect(setCookie).toMatch(/^penstock_login=[\w-]{20,}; HttpOnly; SameSite=Lax; Path=\/oauth\/callback; Max-Age=600$/);
  expect(elsewhere).toMatchObject({ status: 400, text: expect.stringContaining('a different browser') });
  expect(page.status).toBe(200);
  expect(terminal).toMatchObject({ status: 400, body: { errors: [{ pointer: '/redirect_port' }] } });
});

test('a login of the browser app leads back to its page, with what came of it, also of a refused one', async () => {
  const { allow, deny, back, send, keyOf, origin, ctx } = await openApp();
  const signedIn = await send('POST', '/v1/session', { key: null, body: { key: await keyOf('builder') } });
  const headers = { cookie: signedIn.headers.get('set-cookie')!.split(';')[0]!, origin };
  const return_to = `${ctx.config.publicUrl}/app/connected`;
  const body = { oauth_app: 'app', linked_account: 'customer', name: 'login', return_to };
  const begin = async () => {
    const begun = await send('POST', '/v1/oauth/authorize', { key: null, headers, body });
    return { location: new URL(begun.body.url), cookie: begun.headers.get('set-cookie')!.split(';')[0]! };
  };

  const refused = await begin();
  const denied = await back(await deny(refused.location), refused.cookie);
  const accepted = await begin();
  const connected = await back(await allow(accepted.location), accepted.cookie);
  const byKey = await send('POST', '/v1/oauth/authorize', { body: { ...body, name: 'other' } });

  const account = (await send('GET', '/v1/linked_accounts/customer')).body;
  expect(denied.href.startsWith(`${return_to}?`)).toBe(true);
  expect(Object.fromEntries(denied.searchParams)).toEqual({
    status: 'refused',
    account: account.id,
    error: 'ERR_LOGIN_REFUSED',
  });
  expect(Object.fromEntries(connected.searchParams)).toEqual({
    status: 'connected',
    account: account.id,
    authentication: account.default_authentication,
  });
  expect(byKey).toMatchObject({ status: 400, body: { errors: [{ pointer: '/return_to' }] } });
});

test('a login begun by API leads back to a return URL with what came of it and the state, also of a refused one', async () => {
  const { begin, beginAnswer, open, allow, deny, back, send } = await openApp();
  const return_to = 'https://app.example.com/done?tab=1&status=mine';
  await send('PATCH', '/v1/oauth_apps/app', { body: { return_urls: [return_to] } });
  const wish = { return_to, state: 'user 7&x' };
  const first = await open((await begin({ bind_browser: true, ...wish })).url);
  const unbound = await begin(wish);

  const connected = await back(await allow(first.location), first.cookie);
  const renewed = await begin({
    name: undefined,
    authentication: connected.searchParams.get('authentication'),
    ...wish,
  });
  const again = await back(await allow(new URL(renewed.url)), '');
  const denied = await back(await deny(new URL(unbound.url)), '');
  const stateAlone = await beginAnswer({ name: 'other', state: 'x' });
  const elsewhere = await beginAnswer({ name: 'other', return_to: 'https://app.example.com/done' });

  const account = (await send('GET', '/v1/linked_accounts/customer')).body;
  const common = { tab: '1', account: account.id, state: 'user 7&x' };
  const success = { ...common, status: 'connected', authentication: account.default_authentication };
  expect(connected.origin + connected.pathname).toBe('https://app.example.com/done');
  expect(Object.fromEntries(connected.searchParams)).toEqual(success);
  expect(Object.fromEntries(again.searchParams)).toEqual(success);
  expect(Object.fromEntries(denied.searchParams)).toEqual({ ...common, status: 'refused', error: 'ERR_LOGIN_REFUSED' });
  expect(stateAlone).toMatchObject({ status: 400, body: { errors: [{ pointer: '/state' }] } });
  expect(elsewhere).toMatchObject({ status: 400, body: { errors: [{ pointer: '/return_to' }] } });
});

test('neither the start URL nor the cookie lies readable in Redis', async () => {
  const { begin, open, ctx } = await openApp();
  const { url } = await begin({ bind_browser: true });
  const before = await everythingIn(ctx);

  const { cookie } = await open(url);

  expect(before).not.toContain(url.split('/').at(-1));
  expect(before + (await everythingIn(ctx))).not.toContain(cookie.split('=')[1]);
});

test('binding to a browser does not go with a terminal', async () => {
  const { beginAnswer } = await openApp();

  const refused = await beginAnswer({ bind_browser: true, redirect_port: 8020 });

  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/bind_browser' }] } });
});

test('behind HTTPS the cookie is for HTTPS only', async () => {
  const { begin, open } = await openApp({ PENSTOCK_PUBLIC_URL: 'https://penstock.example.com' });

  const { setCookie } = await open((await begin({ bind_browser: true })).url);

  expect(setCookie).toMatch(/; Secure$/);
});

/** An OAuth app, a linked account `customer`, and the steps of a browser. */
async function openApp(env: Record<string, string> = {}) {
  const emulator = await createEmulator({ samples: 'none' });
  onTestFinished(() => emulator.close());
  const api = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url, ...env } });
  const { send, origin } = api;
  await send('POST', '/v1/oauth_apps', { body: { name: 'app', host: emulator.url, client_id: 'databricks-cli' } });
  await send('POST', '/v1/linked_accounts', { body: { name: 'customer' } });
  const beginAnswer = (also: object) =>
    send('POST', '/v1/oauth/authorize', {
      body: { oauth_app: 'app', linked_account: 'customer', name: 'login', ...also },
    });
  return {
    ...api,
    beginAnswer,
    begin: async (also: object): Promise<{ url: string }> => (await beginAnswer(also)).body,
    async open(url: string, method = 'GET') {
      // The public URL of a test is not the port that it listens on.
      const here = new URL(new URL(url).pathname, origin);
      const response = await fetch(here, { method, redirect: 'manual' });
      const setCookie = response.headers.get('set-cookie') ?? '';
      return {
        status: response.status,
        text: await response.text(),
        location: new URL(response.headers.get('location') ?? origin),
        referrerPolicy: response.headers.get('referrer-policy'),
        setCookie,
        cookie: setCookie.split(';')[0]!,
      };
    },
    /** The person says yes at the service, which sends the browser back. */
    allow: (location: URL) => decide(location, 'allow'),
    deny: (location: URL) => decide(location, 'deny'),
    /** Where the callback sends the browser. */
    async back(callback: URL, cookie: string) {
      const where = origin + callback.pathname + callback.search;
      const response = await fetch(where, { headers: { cookie }, redirect: 'manual' });
      return new URL(response.headers.get('location')!);
    },
    async callback(back: URL, cookie: string) {
      const response = await fetch(origin + back.pathname + back.search, { headers: { cookie } });
      return { status: response.status, text: await response.text() };
    },
  };
}

async function decide(location: URL, decision: 'allow' | 'deny'): Promise<URL> {
  const form = new URLSearchParams([...location.searchParams, ['decision', decision]]);
  const answer = await fetch(location.origin + location.pathname, { method: 'POST', body: form, redirect: 'manual' });
  return new URL(answer.headers.get('location')!);
}
