import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication } from '../../../engine/credentials/authentications/authentications.ts';
import { finishLogin } from '../../../engine/credentials/logins/finish-login.ts';
import { beginLogin } from '../../../engine/credentials/logins/logins.ts';
import { createOAuthApp } from '../../../engine/credentials/oauth/oauth-apps.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { browse, startOidcServer } from '../../engine/credentials/oauth/oidc-server.ts';
import { ended } from '../../workspace.ts';
import { type Seen, startOrdersApi } from './orders-api.ts';

const actor = engineActor('acme');
const CANARY = 'canary-4e81b7d2c0f95a36';
const BASIC = `Basic ${Buffer.from(`someone:${CANARY}`).toString('base64')}`;

interface Login {
  kind: string;
  body(oidc: { origin: string }): JsonObject;
  isSent(request: Seen): boolean;
}

const header =
  (name: string, value: string | undefined) =>
  ({ headers }: Seen) =>
    headers[name] === value;
const isBearer = ({ headers }: Seen) => /^Bearer \S{20,}$/.test(headers.authorization ?? '');

const LOGINS: Login[] = [
  { kind: 'none', body: () => ({}), isSent: header('authorization', undefined) },
  { kind: 'api_key', body: () => ({ api_key: CANARY, header_name: 'X-Key' }), isSent: header('x-key', CANARY) },
  {
    kind: 'api_key',
    body: () => ({ api_key: CANARY, header_name: 'Authorization', prefix: 'Token' }),
    isSent: header('authorization', `Token ${CANARY}`),
  },
  {
    kind: 'api_key',
    body: () => ({ api_key: CANARY, query_parameter: 'key' }),
    // Once, also where the link of a next page repeats it.
    isSent: ({ url }) => new URL(url, 'http://x').searchParams.getAll('key').join() === CANARY,
  },
  {
    kind: 'api_key',
    body: () => ({ api_key: CANARY, cookie_name: 'session' }),
    isSent: header('cookie', `session=${CANARY}`),
  },
  {
    kind: 'basic',
    body: () => ({ username: 'someone', password: CANARY }),
    isSent: header('authorization', BASIC),
  },
  { kind: 'bearer', body: () => ({ token: CANARY }), isSent: header('authorization', `Bearer ${CANARY}`) },
  {
    kind: 'oauth_client_credentials',
    body: ({ origin }) => ({
      token_url: `${origin}/oidc/v1/token`,
      client_id: 'service-app',
      client_secret: 'confidential-secret-of-the-oauth-app',
    }),
    isSent: isBearer,
  },
];

async function setting(isSent: (request: Seen) => boolean) {
  const oidc = await startOidcServer();
  const api = await startOrdersApi(isSent);
  const env = {
    PENSTOCK_ALLOWED_HOSTS: `${oidc.origin},${api.origin}`,
    PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000',
  };
  const ctx = await testContext({ env });
  const account = await createLinkedAccount(ctx, actor, {
    name: 'orders',
    connector: 'http',
    base_url: `${api.origin}/v1/`,
    test_path: '/me',
  });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const list = async () => {
    const input = { method: 'GET', path: '/orders', pages: { style: 'link_header' } };
    const request = { action: 'http.request', linked_account: account.id, input };
    return ended(ctx, (await submitAction(ctx, 'acme', { request })).id);
  };
  return { ctx, oidc, api, account, list };
}

test.each(
  LOGINS.map((login) => ({ ...login, title: `${login.kind} ${Object.keys(login.body({ origin: '' })).join(' ')}` })),
)('$title: is tested, goes with every page, and is in no record', async ({ kind, body, isSent }) => {
  const { ctx, oidc, api, account, list } = await setting(isSent);
  api.state.next = (link) => (kind === 'api_key' ? `${link}&key=${CANARY}` : link);

  const made = await createAuthentication(ctx, actor, account.id, { name: 'first', kind, ...body(oidc) });
  const run = await list();

  expect(made).toMatchObject({ kind, status: 'active', host: api.origin });
  expect(run).toMatchObject({ status: 'succeeded' });
  expect((run.output as { items: object[] }).items).toHaveLength(5);
  expect(api.seen.map(({ url }) => url.split('?')[0])).toEqual(['/v1/me', '/v1/orders', '/v1/orders', '/v1/orders']);
  expect(api.seen.every(isSent)).toBe(true);
  expect(JSON.stringify([made, run])).not.toContain(CANARY);
});

test.each([
  ['both URLs', true],
  ['discovery', false],
])('a person signs in by %s, and the access token goes to the base URL', async (_by, hasUrls) => {
  const { ctx, oidc, api, list } = await setting(isBearer);
  const urls = {
    authorize_url: `${oidc.origin}/oidc/v1/authorize`,
    token_url: `${oidc.origin}/oidc/v1/token`,
  };
  await createOAuthApp(ctx, actor, {
    template: 'http',
    name: 'app',
    client_id: oidc.clients.public,
    issuer: `${oidc.origin}/oidc`,
    ...(hasUrls ? urls : {}),
    scopes: ['openid', 'offline_access'],
  });

  const { url } = await beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'orders', name: 'me' });
  const authentication = await finishLogin(ctx, { params: (await browse(url)).searchParams });
  const run = await list();

  expect(authentication).toMatchObject({ kind: 'oauth_authorization_code', status: 'active', host: api.origin });
  expect(run).toMatchObject({ status: 'succeeded' });
  expect(api.seen.length).toBeGreaterThan(3);
});

test('credentials that the test path refuses are stored nowhere', async () => {
  const { ctx, account } = await setting(() => false);
  const body = { name: 'first', kind: 'bearer', token: CANARY };

  await expect(createAuthentication(ctx, actor, account.id, body)).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });
});

test.each([
  [{ api_key: CANARY, header_name: 'Host' }, '/header_name'],
  [{ api_key: CANARY }, ''],
  [{ api_key: CANARY, header_name: 'X-Key', query_parameter: 'key' }, ''],
])('an API key goes to one place, and not into a header of the connection: %j', async (body, pointer) => {
  const { ctx, account } = await setting(() => true);
  const made = createAuthentication(ctx, actor, account.id, { name: 'first', kind: 'api_key', ...body });

  const error = (await made.catch((thrown: unknown) => thrown)) as { code: string; errors: { pointer: string }[] };

  expect(error.errors.map((each) => each.pointer)).toContain(pointer);
  expect(JSON.stringify(error)).not.toContain(CANARY);
});
