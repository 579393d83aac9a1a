import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../../engine/access/actor.ts';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { listAuthentications } from '../../../../engine/credentials/authentications/authentications.ts';
import { finishBrowserLogin, finishLogin } from '../../../../engine/credentials/logins/finish-login.ts';
import { LOGIN_LIFE_MS } from '../../../../engine/credentials/logins/login-state.ts';
import { beginLogin } from '../../../../engine/credentials/logins/logins.ts';
import { createOAuthApp } from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { testContext } from '../../../context.ts';
import { startHttpServer } from '../../../servers.ts';
import { browse } from '../oauth/oidc-server.ts';
import { admin, oauthSetting, signIn } from '../oauth/setting.ts';

const caller = admin;
const setUp = oauthSetting;

describe('a login', () => {
  it.each(['public', 'confidential'])('through a %s app stores an authentication that runs can use', async (app) => {
    const { ctx, oidc, account } = await setUp();
    const { url } = await beginLogin(ctx, caller, { name: 'me', oauth_app: app, linked_account: 'main' });

    const authentication = await finishLogin(ctx, {
      params: (await browse(url)).searchParams,
      from: '198.51.100.1',
    });

    expect(authentication).toMatchObject({
      kind: 'oauth_u2m',
      name: 'me',
      status: 'active',
      user_name: 'someone@example.com',
      workspace_id: '1234567890123456',
    });
    expect((await resolveAuthentication(ctx, 'acme', account)).authenticationId).toBe(authentication.id);
    expect(oidc.tokenRequests).toEqual(['authorization_code']);
  });

  it('asks with PKCE S256, a state, the exact redirect URL and the mandatory scope', async () => {
    const { ctx } = await setUp();

    const { url, expires_at } = await beginLogin(ctx, caller, {
      name: 'me',
      oauth_app: 'public',
      linked_account: 'main',
    });

    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      response_type: 'code',
      client_id: 'public-app',
      redirect_uri: 'http://127.0.0.1:3000/oauth/callback',
      scope: 'all-apis openid offline_access',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    expect(Date.parse(expires_at) - ctx.clock.now()).toBe(LOGIN_LIFE_MS);
  });

  it('renews an authentication and keeps its id', async () => {
    const { ctx, oidc, account } = await setUp();
    const first = await signIn(ctx, { name: 'me', oauth_app: 'public' });
    oidc.user = 'another@example.com';

    const second = await signIn(ctx, { authentication: first.id, oauth_app: 'confidential' });

    expect(second).toMatchObject({ id: first.id, name: 'me', user_name: 'another@example.com' });
    expect((await listAuthentications(ctx, 'acme', account)).items).toHaveLength(1);
    expect((await resolveAuthentication(ctx, 'acme', account)).authenticationId).toBe(first.id);
  });

  it('comes back to a terminal that posts the answer with its API key', async () => {
    const { ctx } = await setUp();
    const { url } = await beginLogin(ctx, caller, {
      name: 'me',
      oauth_app: 'public',
      linked_account: 'main',
      redirect_port: 8020,
    });
    const back = await browse(url);

    const authentication = await finishLogin(ctx, { params: back.searchParams, caller });

    expect(back.origin).toBe('http://localhost:8020');
    expect(authentication.status).toBe('active');
  });

  it('sends the browser back only to a URL that the app names letter by letter', async () => {
    const { ctx } = await setUp();
    const wish = { name: 'me', oauth_app: 'confidential', linked_account: 'main' };

    for (const return_to of [
      'https://evil.example.com/',
      'https://app.example.com/done?x=1',
      'https://app.example.com/done/../evil',
    ]) {
      await expect(beginLogin(ctx, caller, { ...wish, return_to })).rejects.toMatchObject({
        code: 'ERR_INPUT_INVALID',
        errors: [{ pointer: '/return_to' }],
      });
    }
    const { url } = await beginLogin(ctx, caller, { ...wish, return_to: 'https://app.example.com/done' });
    const { return_to } = await finishBrowserLogin(ctx, { params: (await browse(url)).searchParams });
    expect(return_to).toMatch(/^https:\/\/app\.example\.com\/done\?status=connected&account=\w+&authentication=\w+$/);
  });

  it('tells a taken name before the person signs in', async () => {
    const { ctx } = await setUp();
    await signIn(ctx, { name: 'me', oauth_app: 'public' });

    await expect(
      beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' }),
    ).rejects.toMatchObject({ code: 'ERR_NAME_TAKEN' });
  });
});

describe('an attack on a login', () => {
  it('without a state is refused', async () => {
    const { ctx } = await setUp();
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' })).url,
    );
    back.searchParams.delete('state');

    await expect(finishLogin(ctx, { params: back.searchParams })).rejects.toMatchObject({ code: 'ERR_LOGIN_INVALID' });
  });

  it('with two states is refused', async () => {
    const { ctx } = await setUp();
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' })).url,
    );
    back.searchParams.append('state', 'other');

    await expect(finishLogin(ctx, { params: back.searchParams })).rejects.toMatchObject({ code: 'ERR_LOGIN_INVALID' });
  });

  it('that replays a callback is refused and changes nothing', async () => {
    const { ctx, oidc, account } = await setUp();
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' })).url,
    );
    await finishLogin(ctx, { params: back.searchParams });

    await expect(finishLogin(ctx, { params: back.searchParams })).rejects.toMatchObject({ code: 'ERR_LOGIN_INVALID' });

    expect(oidc.tokenRequests).toHaveLength(1);
    expect((await listAuthentications(ctx, 'acme', account)).items).toHaveLength(1);
  });

  it('that sends two callbacks at once is served once', async () => {
    const { ctx, oidc } = await setUp();
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' })).url,
    );

    const results = await Promise.allSettled([1, 2, 3].map(() => finishLogin(ctx, { params: back.searchParams })));

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(oidc.tokenRequests).toHaveLength(1);
  });

  it('that comes after 10 minutes is refused', async () => {
    const { ctx, clock } = await setUp();
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' })).url,
    );
    clock.advance(LOGIN_LIFE_MS + 1);

    await expect(finishLogin(ctx, { params: back.searchParams })).rejects.toMatchObject({ code: 'ERR_LOGIN_INVALID' });
  });

  it('that swaps a state between tenants cannot reach the other tenant', async () => {
    const { ctx } = await setUp();
    const mallory: Caller = { ...caller, tenant: 'mallory', keyId: 'key_2' };
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main', redirect_port: 8020 }))
        .url,
    );

    await expect(finishLogin(ctx, { params: back.searchParams, caller: mallory })).rejects.toMatchObject({
      code: 'ERR_LOGIN_INVALID',
    });
    await expect(
      beginLogin(ctx, mallory, { name: 'me', oauth_app: 'public', linked_account: 'main' }),
    ).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('that injects a code of another login is refused by PKCE', async () => {
    const { ctx } = await setUp();
    const victim = await browse(
      (await beginLogin(ctx, caller, { name: 'victim', oauth_app: 'public', linked_account: 'main' })).url,
    );
    const attacker = await browse(
      (await beginLogin(ctx, caller, { name: 'attacker', oauth_app: 'public', linked_account: 'main' })).url,
    );
    attacker.searchParams.set('code', victim.searchParams.get('code')!);

    await expect(finishLogin(ctx, { params: attacker.searchParams })).rejects.toMatchObject({
      code: 'ERR_LOGIN_REFUSED',
      upstream: { error_code: 'invalid_grant' },
    });
  });

  it('that mixes up servers is refused by its issuer', async () => {
    const { ctx, oidc } = await setUp();
    for (const iss of ['https://evil.example.com/oidc', undefined]) {
      const back = await browse(
        (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' })).url,
      );
      if (iss === undefined) back.searchParams.delete('iss');
      else back.searchParams.set('iss', iss);
      await expect(finishLogin(ctx, { params: back.searchParams })).rejects.toMatchObject({
        code: 'ERR_LOGIN_INVALID',
        message: expect.stringContaining('the expected server'),
      });
    }
    expect(oidc.tokenRequests).toEqual([]);
  });

  it('that declines or fails at the service is told in its own words', async () => {
    const { ctx, oidc } = await setUp();
    const { url } = await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' });
    const state = new URL(url).searchParams.get('state')!;
    const params = new URLSearchParams({
      error: 'access_denied',
      error_description: 'The user declined',
      state,
      iss: `${oidc.origin}/oidc`,
    });

    await expect(finishLogin(ctx, { params })).rejects.toMatchObject({
      code: 'ERR_LOGIN_REFUSED',
      upstream: { error_code: 'access_denied', message: 'The user declined' },
    });
    await expect(finishLogin(ctx, { params })).rejects.toMatchObject({ code: 'ERR_LOGIN_INVALID' });
  });

  it('that answers a terminal login in a browser is refused', async () => {
    const { ctx } = await setUp();
    const back = await browse(
      (await beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main', redirect_port: 8020 }))
        .url,
    );

    await expect(finishLogin(ctx, { params: back.searchParams })).rejects.toMatchObject({ code: 'ERR_LOGIN_INVALID' });
  });

  it('that offers a weaker challenge than S256 is refused before anybody signs in', async () => {
    const server = await startHttpServer((request, response) => {
      const issuer = `http://${request.headers.host}/oidc`;
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/v1/authorize`,
          token_endpoint: `${issuer}/v1/token`,
          code_challenge_methods_supported: ['plain'],
        }),
      );
    });
    const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: server.origin } });
    await createLinkedAccount(ctx, admin, { name: 'main' });
    await createOAuthApp(ctx, admin, { name: 'weak', host: server.origin, client_id: 'c' });

    const begun = beginLogin(ctx, admin, { name: 'me', oauth_app: 'weak', linked_account: 'main' });

    await expect(begun).rejects.toMatchObject({
      code: 'ERR_LOGIN_REFUSED',
      message: expect.stringContaining('PKCE S256'),
    });
  });

  it('floods one tenant with logins and is stopped', async () => {
    const { ctx } = await setUp();
    const begin = () => beginLogin(ctx, caller, { name: 'me', oauth_app: 'public', linked_account: 'main' });

    const results = await Promise.allSettled(Array.from({ length: 130 }, begin));

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(120);
    await expect(begin()).rejects.toMatchObject({ code: 'ERR_RATE_LIMITED' });
  });
});
