import { expect, test } from 'vitest';
import type { AuthModeManifest } from '../../../connector/auth-mode.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { finishLogin } from '../../../engine/credentials/logins/finish-login.ts';
import { beginLogin } from '../../../engine/credentials/logins/logins.ts';
import { createOAuthApp, listOAuthApps } from '../../../engine/credentials/oauth/oauth-apps.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../engine/credentials/tokens/tokens.ts';
import { testContext } from '../../context.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { shopManifests } from './kinds.ts';
import { browse, startOidcServer } from './oauth/oidc-server.ts';

const actor = engineActor('acme');
const login = { id: 'login', title: 'Sign in', kind: 'oauth2', grant: 'authorization_code' } as const;

/** A shop that takes any token, with a login of this mode. */
async function setting(mode: AuthModeManifest, hosts: string[]) {
  const seen: (string | undefined)[] = [];
  const shop = await startHttpServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"login":"someone"}');
  });
  const env = {
    PENSTOCK_ALLOWED_HOSTS: [...hosts, shop.origin].join(','),
    PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000',
  };
  const ctx = await testContext({ env, context: { manifests: shopManifests([mode]) } });
  const account = await createLinkedAccount(ctx, actor, { name: 'main', connector: 'shop', base_url: shop.origin });
  return { ctx, shop, seen, account };
}

test('a login of any connector rotates its refresh token, and its tokens go to the address of the account', async () => {
  const oidc = await startOidcServer();
  const issuer = [`${oidc.origin}/oidc`];
  const scopes = { default: ['sql'], mandatory: ['offline_access'] };
  const { ctx, shop, seen, account } = await setting({ ...login, issuer, discovery: 'openid', scopes }, [oidc.origin]);
  const app = await createOAuthApp(ctx, actor, { template: 'shop', name: 'app', client_id: oidc.clients.public });

  const { url } = await beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'main', name: 'me' });
  const authentication = await finishLogin(ctx, { params: (await browse(url)).searchParams });
  const first = await resolveAuthentication(ctx, 'acme', account.id);
  const second = await refreshAuthentication(ctx, first);

  expect(app).toMatchObject({
    template: 'shop',
    host: new URL(String(app.host)).origin,
    scopes: ['sql', 'offline_access'],
  });
  expect(authentication).toMatchObject({ kind: 'login', status: 'active', host: shop.origin, user_name: 'someone' });
  expect(seen).toEqual([`Bearer ${first.token}`]);
  expect(second.token).not.toBe(first.token);
  expect(second.origin).toBe(shop.origin);
  expect(oidc.tokenRequests).toEqual(['authorization_code', 'refresh_token']);
});

test('a token without an end is kept as it is; where it and its user are, and a refusal with 200, the manifest says', async () => {
  let refuses = false;
  const asked: string[] = [];
  const server = await startHttpServer(async (request, response) => {
    asked.push((await readBody(request)).toString());
    const body = refuses
      ? { ok: false, error: 'invalid_code' }
      : { ok: true, team: { name: 'T' }, authed: { access_token: 'xoxp-lasting', user: 'U1' } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const mode: AuthModeManifest = {
    ...login,
    authorize_url: `${server.origin}/authorize`,
    token_url: `${server.origin}/token`,
    scopes: { default: ['chat', 'files'], separator: ',' },
    authorize_parameters: { prompt: 'consent' },
    token_parameters: { audience: 'shop' },
    answer: { access_token: 'authed.access_token', user_name: 'authed.user' },
  };
  const { ctx, account } = await setting(mode, [server.origin]);
  await createOAuthApp(ctx, actor, { template: 'shop', name: 'app', client_id: 'c', client_secret: 's' });
  const begin = async () =>
    new URL((await beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'main', name: `n${asked.length}` })).url);
  const finish = (url: URL) =>
    finishLogin(ctx, { params: new URLSearchParams({ code: 'x', state: url.searchParams.get('state')! }) });

  const url = await begin();
  const authentication = await finish(url);
  const resolved = await resolveAuthentication(ctx, 'acme', account.id);
  refuses = true;

  expect(url.searchParams.get('scope')).toBe('chat,files');
  expect(url.searchParams.get('prompt')).toBe('consent');
  expect(asked.map((body) => new URLSearchParams(body).get('audience'))).toEqual(['shop']);
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  expect(authentication).toMatchObject({ status: 'active', user_name: 'someone' });
  expect(resolved.headers).toMatchObject({ authorization: 'Bearer xoxp-lasting' });
  expect(JSON.stringify(authentication)).not.toContain('xoxp');
  await expect(finish(await begin())).rejects.toMatchObject({ upstream: { error_code: 'invalid_code' } });
});

test('an app of one connector serves no account of another', async () => {
  const oidc = await startOidcServer();
  const { ctx } = await setting({ ...login, issuer: [`${oidc.origin}/oidc`] }, [oidc.origin]);
  const other = shopManifests([login]).connectors.get('shop')!;
  Object.assign(ctx, {
    manifests: {
      ...ctx.manifests,
      connectors: new Map([...ctx.manifests.connectors, ['other', { ...other, id: 'other' }]]),
    },
  });
  await createOAuthApp(ctx, actor, { template: 'shop', name: 'app', client_id: oidc.clients.public });
  await createLinkedAccount(ctx, actor, { name: 'elsewhere', connector: 'other' });

  await expect(
    beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'elsewhere', name: 'me' }),
  ).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID', errors: [{ pointer: '/oauth_app' }] });
  expect((await listOAuthApps(ctx, 'acme')).items).toHaveLength(1);
});
