import { describe, expect, it } from 'vitest';
import { listAudit } from '../../../../engine/access/audit.ts';
import type { Context } from '../../../../engine/context.ts';
import { updateTenant } from '../../../../engine/credentials/accounts/tenant-settings.ts';
import {
  createAuthentication,
  listAuthentications,
} from '../../../../engine/credentials/authentications/authentications.ts';
import {
  beginConnectLogin,
  createConnectLink,
  readConnectLink,
  submitConnectLink,
} from '../../../../engine/credentials/logins/connect-links.ts';
import { finishLogin } from '../../../../engine/credentials/logins/finish-login.ts';
import { resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { browse } from '../oauth/oidc-server.ts';
import { admin, oauthSetting, signIn } from '../oauth/setting.ts';

const FROM = '198.51.100.7';

async function link(ctx: Context, wish: object = {}): Promise<string> {
  const { url } = await createConnectLink(ctx, admin, { linked_account: 'main', ...wish });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:3000\/connect\/[\w-]{43}$/);
  return url.split('/').at(-1)!;
}

describe('a connect link', () => {
  it('shows the tenant by name and what it offers, nothing else', async () => {
    const { ctx } = await oauthSetting();
    await updateTenant(ctx, admin, { name: 'Acme Inc.' });
    const secret = await link(ctx, { oauth_app: 'public' });

    const view = await readConnectLink(ctx, secret, FROM);

    expect(view).toMatchObject({
      tenant_name: 'Acme Inc.',
      linked_account: 'main',
      kinds: ['oauth_u2m', 'oauth_m2m', 'pat'],
    });
    expect(Object.keys(view).sort()).toEqual([
      'connector',
      'connector_title',
      'expires_at',
      'kinds',
      'linked_account',
      'modes',
      'oauth_app',
      'renews',
      'tenant_name',
    ]);
  });

  it('stores what an end user fills in, once', async () => {
    const { ctx, oidc, account } = await oauthSetting();
    const secret = await link(ctx);
    const { id, secret: client_secret } = oidc.clients.service;
    const form = { fields: { kind: 'oauth_m2m', host: oidc.origin, client_id: id, client_secret }, from: FROM };

    const results = await Promise.allSettled([1, 2, 3].map(() => submitConnectLink(ctx, secret, form)));

    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect((await listAuthentications(ctx, 'acme', account)).items).toHaveLength(1);
    expect((await resolveAuthentication(ctx, 'acme', account)).headers.authorization).toMatch(/^Bearer /);
    await expect(readConnectLink(ctx, secret, FROM)).rejects.toMatchObject({ code: 'ERR_LINK_INVALID' });
    expect((await listAudit(ctx, 'acme')).items[0]).toMatchObject({
      action: 'authentication.create',
      actor: { key: expect.stringMatching(/^lnk_/), name: 'connect link', from: FROM },
    });
  });

  it('stays good when the service refuses what was filled in, but not forever', async () => {
    const { ctx, oidc } = await oauthSetting();
    const secret = await link(ctx);
    const fields = { kind: 'oauth_m2m', host: oidc.origin, client_id: 'service-app', client_secret: 'wrong' };

    await expect(submitConnectLink(ctx, secret, { fields, from: FROM })).rejects.toMatchObject({
      code: 'ERR_AUTH_FAILED',
    });
    await readConnectLink(ctx, secret, FROM);
    for (let attempt = 1; attempt < 10; attempt += 1)
      await submitConnectLink(ctx, secret, { fields, from: FROM }).catch(() => undefined);

    await expect(submitConnectLink(ctx, secret, { fields, from: FROM })).rejects.toMatchObject({
      code: 'ERR_RATE_LIMITED',
    });
  });

  it('cannot be made to skip the test, choose a name or leave a fixed host', async () => {
    const { ctx, oidc, account } = await oauthSetting();
    const secret = await link(ctx, { host: oidc.origin });
    const { id, secret: client_secret } = oidc.clients.service;
    const fields = {
      kind: 'oauth_m2m',
      name: 'mine',
      test: false,
      host: 'http://127.0.0.1:1',
      client_id: id,
      client_secret,
    };

    await submitConnectLink(ctx, secret, { fields, from: FROM });

    const [made] = (await listAuthentications(ctx, 'acme', account)).items;
    expect(made).toMatchObject({
      host: oidc.origin,
      name: expect.stringMatching(/^oauth_m2m by link /),
      tested_at: expect.any(String),
    });
  });

  it('offers only what it was made for', async () => {
    const { ctx, oidc } = await oauthSetting();
    const secret = await link(ctx, { kinds: ['oauth_m2m'] });

    await expect(
      submitConnectLink(ctx, secret, { fields: { kind: 'pat', host: oidc.origin, token: 'x' }, from: FROM }),
    ).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
    await expect(beginConnectLogin(ctx, secret, FROM)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
    await expect(createConnectLink(ctx, admin, { linked_account: 'main', kinds: ['oauth_u2m'] })).rejects.toMatchObject(
      { errors: [{ pointer: '/oauth_app' }] },
    );
  });

  it('ends when its time is over', async () => {
    const { ctx, clock } = await oauthSetting();
    const secret = await link(ctx, { expires_in_seconds: 60 });
    clock.advance(60_000);

    await expect(readConnectLink(ctx, secret, FROM)).rejects.toMatchObject({ code: 'ERR_LINK_INVALID' });
  });

  it('renews an authentication in its own kind, and its id stays', async () => {
    const { ctx, oidc, account } = await oauthSetting();
    const { id, secret: client_secret } = oidc.clients.service;
    const robot = {
      name: 'robot',
      kind: 'oauth_m2m',
      host: oidc.origin,
      client_id: id,
      client_secret: 'old',
      test: false,
    };
    const made = await createAuthentication(ctx, admin, 'main', robot);
    const secret = await link(ctx, { authentication: made.id });
    expect(await readConnectLink(ctx, secret, FROM)).toMatchObject({ kinds: ['oauth_m2m'], renews: true });

    const fields = { kind: 'oauth_m2m', host: 'http://127.0.0.1:1', name: 'mine', client_secret };
    const renewed = await submitConnectLink(ctx, secret, { fields, from: FROM });

    expect(renewed.authentication).toMatchObject({ id: made.id, name: 'robot', host: oidc.origin });
    expect((await listAuthentications(ctx, 'acme', account)).items).toHaveLength(1);
    await expect(readConnectLink(ctx, secret, FROM)).rejects.toMatchObject({ code: 'ERR_LINK_INVALID' });
  });

  it('belongs to one tenant', async () => {
    const { ctx } = await oauthSetting();

    await expect(
      createConnectLink(ctx, { ...admin, tenant: 'other' }, { linked_account: 'main' }),
    ).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('cannot be guessed at speed', async () => {
    const { ctx } = await oauthSetting();
    const guesses = await Promise.allSettled(
      Array.from({ length: 61 }, (_, index) => readConnectLink(ctx, `guess-${index}`, FROM)),
    );

    expect(guesses.at(-1)).toMatchObject({ reason: { code: 'ERR_RATE_LIMITED' } });
  });
});

describe('signing in from a connect page', () => {
  it('finishes in the browser that began, and uses the link up', async () => {
    const { ctx } = await oauthSetting();
    const secret = await link(ctx, { oauth_app: 'public' });
    const { url, binding } = await beginConnectLogin(ctx, secret, FROM);

    const authentication = await finishLogin(ctx, {
      params: (await browse(url)).searchParams,
      binding,
      from: FROM,
    });

    expect(authentication).toMatchObject({ kind: 'oauth_u2m', status: 'active' });
    await expect(beginConnectLogin(ctx, secret, FROM)).rejects.toMatchObject({ code: 'ERR_LINK_INVALID' });
  });

  it('renews a login', async () => {
    const { ctx } = await oauthSetting();
    const made = await signIn(ctx, { name: 'me', oauth_app: 'public' });
    const secret = await link(ctx, { authentication: made.id });
    const { url, binding } = await beginConnectLogin(ctx, secret, FROM);

    const authentication = await finishLogin(ctx, { params: (await browse(url)).searchParams, binding });

    expect(authentication).toMatchObject({ id: made.id, name: 'me' });
  });

  it('is refused in a different browser', async () => {
    const { ctx, oidc } = await oauthSetting();
    const secret = await link(ctx, { oauth_app: 'public' });

    for (const binding of [undefined, 'x'.repeat(43)]) {
      const { url } = await beginConnectLogin(ctx, secret, FROM);
      await expect(finishLogin(ctx, { params: (await browse(url)).searchParams, binding })).rejects.toMatchObject({
        code: 'ERR_LOGIN_INVALID',
      });
    }
    expect(oidc.tokenRequests).toEqual([]);
  });

  it('is refused when the link was used meanwhile', async () => {
    const { ctx, account } = await oauthSetting();
    const secret = await link(ctx, { oauth_app: 'public' });
    const first = await beginConnectLogin(ctx, secret, FROM);
    const second = await beginConnectLogin(ctx, secret, FROM);
    await finishLogin(ctx, { params: (await browse(first.url)).searchParams, binding: first.binding });

    await expect(
      finishLogin(ctx, { params: (await browse(second.url)).searchParams, binding: second.binding }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/ERR_LOGIN_INVALID|ERR_NAME_TAKEN/) });

    expect((await listAuthentications(ctx, 'acme', account)).items).toHaveLength(1);
  });
});
