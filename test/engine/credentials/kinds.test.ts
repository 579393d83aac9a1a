import type { IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount, updateLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication, replaceSecret } from '../../../engine/credentials/authentications/authentications.ts';
import { revokeAuthentication } from '../../../engine/credentials/authentications/revoke.ts';
import { testAuthentication } from '../../../engine/credentials/authentications/test-authentication.ts';
import { finishLogin } from '../../../engine/credentials/logins/finish-login.ts';
import { beginLogin } from '../../../engine/credentials/logins/logins.ts';
import { createOAuthApp } from '../../../engine/credentials/oauth/oauth-apps.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../engine/credentials/tokens/tokens.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { type Kind, kindsAt, shopManifests, startAssertionServer } from './kinds.ts';
import { browse, startOidcServer } from './oauth/oidc-server.ts';

const actor = engineActor('acme');
const TABLE = kindsAt({ origin: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1');
const TITLES = TABLE.map(({ title }) => title);
/** Kinds whose secrets are in the body of an authentication, and those whose access tokens are renewed. */
const GIVEN = TABLE.filter(({ family, title }) => family !== 'login' && title !== 'none').map(({ title }) => title);
const RENEWED = TABLE.filter(({ family }) => family !== 'static').map(({ title }) => title);

/**
 * A linked account of the shop, whose server takes only requests with the kind's proof, unless `accepts` is false; what it refuses it
 * repeats in its words. Everything is logged.
 */
async function setting(title: string) {
  const oidc = await startOidcServer();
  const tokens = await startAssertionServer();
  const kind = kindsAt(oidc, tokens.origin).find((each) => each.title === title)!;
  const seen: IncomingMessage[] = [];
  const state = { accepts: true, aheadMs: 0 };
  const shop = await startHttpServer((request, response) => {
    seen.push(request);
    const isRight = state.accepts && kind.isSent(request);
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
    const sent = `Bad credentials: ${request.url} ${JSON.stringify(request.headers)} ${plainOf(request)}`;
    response.end(isRight ? '{"login":"someone"}' : JSON.stringify({ message: sent }));
  });
  const manifests = shopManifests([kind.mode]);
  const env = {
    PENSTOCK_ALLOWED_HOSTS: [oidc.origin, tokens.origin, shop.origin].join(','),
    PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000',
  };
  let logged = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString('utf8');
      done();
    },
  });
  const clock = { random: () => 0.5, now: () => Date.now() + state.aheadMs };
  const ctx = await testContext({ env, context: { manifests, clock, log: createLogger('trace', destination) } });
  const account = await createLinkedAccount(ctx, actor, {
    name: 'main',
    connector: 'shop',
    base_url: `${shop.origin}/v2/`,
  });
  const add = (more: JsonObject = {}) =>
    kind.app === undefined
      ? createAuthentication(ctx, actor, account.id, { name: 'first', kind: kind.mode.id, ...kind.body, ...more })
      : signIn(ctx, kind.app);
  /** Token requests that arrived at either server; one that refuses them all from here on. */
  const asked = () => oidc.received + tokens.received;
  const refuse = (error: string) => Object.assign(oidc, { refuse: error }) && Object.assign(tokens, { refuse: error });
  return { ctx, kind, shop, seen, state, account, add, manifests, env, oidc, asked, refuse, log: () => logged };
}

async function signIn(ctx: Awaited<ReturnType<typeof testContext>>, app: NonNullable<Kind['app']>) {
  await createOAuthApp(ctx, actor, { template: 'shop', name: 'app', ...app });
  const { url } = await beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'main', name: 'first' });
  return finishLogin(ctx, { params: (await browse(url)).searchParams });
}

/** What Basic says, as text. */
function plainOf({ headers }: IncomingMessage): string {
  return Buffer.from((headers.authorization ?? '').split(' ')[1] ?? '', 'base64').toString();
}

/** Everything in Redis that belongs to the test, as text. */
async function dumpOf({ redis, keys }: Awaited<ReturnType<typeof testContext>>): Promise<string> {
  const found: string[] = [];
  for (const key of await redis.keys(`${keys.prefix}*`)) {
    const type = await redis.type(key);
    if (type === 'hash') found.push(JSON.stringify(await redis.hgetall(key)));
    else if (type === 'string') found.push(String(await redis.get(key)));
    else if (type === 'stream') found.push(JSON.stringify(await redis.xrange(key, '-', '+')));
  }
  return found.join('\n');
}

test.each(TITLES)('%s: is tested, says who it is, and its secret is sealed and never shown', async (title) => {
  const { ctx, kind, seen, shop, account, add, log } = await setting(title);

  const made = await add();
  const { token } = await resolveAuthentication(ctx, 'acme', account.id);

  expect(made).toMatchObject({ kind: kind.mode.id, status: 'active', user_name: 'someone', host: shop.origin });
  expect(seen.map(({ url }) => url!.split('?')[0])).toEqual(['/v2/me']);
  const shown = JSON.stringify(made) + (await dumpOf(ctx)) + log();
  if (kind.secret !== undefined) expect(shown).not.toContain(kind.secret);
  if (kind.family !== 'static') expect(token).toBeDefined();
  if (token !== undefined) expect(shown).not.toContain(token);
});

test.each(TITLES)('%s: a run goes with it', async (title) => {
  const { ctx, kind, account, seen, add, log } = await setting(title);
  await add();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());

  const request = { action: 'shop.list', linked_account: account.id, input: {} };
  const run = await ended(ctx, (await submitAction(ctx, 'acme', { request })).id);

  expect(run.status).toBe('succeeded');
  expect(seen.at(-1)!.url).toMatch(/^\/v2\/orders/);
  expect(kind.isSent(seen.at(-1)!)).toBe(true);
  if (kind.secret !== undefined) expect((await dumpOf(ctx)) + log()).not.toContain(kind.secret);
});

test.each(TITLES.filter((title) => title !== 'none'))('%s: what is refused is stored nowhere', async (title) => {
  const { ctx, kind, state, add, log } = await setting(title);
  state.accepts = false;

  const error = await add().catch((thrown: unknown) => thrown as Error & { code: string });

  expect(error).toMatchObject({ code: 'ERR_AUTH_FAILED' });
  const dump = await dumpOf(ctx);
  expect(JSON.stringify(error) + String(error) + dump + log()).not.toContain(kind.secret);
  expect(await ctx.redis.keys(ctx.keys.record('authentication', '*'))).toEqual([]);
});

test.each(TITLES.filter((title) => title !== 'none'))(
  '%s: one that is refused later fails its run in the words of the service, and no secret is in the record',
  async (title) => {
    const { ctx, kind, state, account, add, log } = await setting(title);
    const { id } = await add();
    state.accepts = false;
    const worker = await startWorker(ctx);
    onTestFinished(() => worker.close());

    const request = { action: 'shop.list', linked_account: account.id, input: {} };
    const run = await ended(ctx, (await submitAction(ctx, 'acme', { request })).id);

    expect(run).toMatchObject({ status: 'failed', error: { code: 'ERR_AUTH_FAILED' } });
    const { status } = await testAuthentication(ctx, 'acme', account.id, id);
    expect(status).toBe(kind.family === 'static' ? 'needs_reauth' : 'active');
    expect((await dumpOf(ctx)) + log()).not.toContain(kind.secret);
  },
);

test.each(TITLES)('%s: goes to the host it was stored for, and to no other', async (title) => {
  const { ctx, account, add } = await setting(title);
  await add();
  const other = await startHttpServer((_request, response) => response.writeHead(200).end('{}'));

  await expect(updateLinkedAccount(ctx, actor, account.id, { base_url: 'https://evil.example' })).rejects.toMatchObject(
    {
      code: 'ERR_HOST_NOT_ALLOWED',
    },
  );
  await expect(updateLinkedAccount(ctx, actor, account.id, { base_url: other.origin })).rejects.toMatchObject({
    code: 'ERR_HOST_NOT_ALLOWED',
  });
  // A host that credentials may go to is no host of this one.
  await updateLinkedAccount(ctx, actor, account.id, { base_url: 'https://api.shop.example' });
  await expect(resolveAuthentication(ctx, 'acme', account.id)).rejects.toMatchObject({ code: 'ERR_HOST_NOT_ALLOWED' });
});

test.each(TITLES)('%s: revoked, it serves nothing, and its secret is gone', async (title) => {
  const { ctx, account, add } = await setting(title);
  const { id } = await add();

  await revokeAuthentication(ctx, actor, { account: account.id, id });

  await expect(resolveAuthentication(ctx, 'acme', account.id)).rejects.toMatchObject({ code: 'ERR_NEEDS_REAUTH' });
  expect(await ctx.redis.hget(ctx.keys.record('authentication', id), 'sealed')).toBeNull();
});

test.each(GIVEN)('%s: a new secret takes the place of the old one', async (title) => {
  const { ctx, kind, account, add } = await setting(title);
  const { id } = await add();
  const secrets = ctx.manifests.connectors.get('shop')!.modes.get(kind.mode.id)!.secrets;
  const body = Object.fromEntries(secrets.map((name) => [name, kind.body[name]!]));

  const renewed = await replaceSecret(ctx, actor, account.id, id, body);

  expect(renewed).toMatchObject({ id, status: 'active', user_name: 'someone' });
  const { secretVersion } = await resolveAuthentication(ctx, 'acme', account.id);
  expect(secretVersion).toBe(2);
});

test.each(GIVEN)('%s: names the fields that are missing', async (title) => {
  const { kind, account, ctx } = await setting(title);

  await expect(createAuthentication(ctx, actor, account.id, { name: 'x', kind: kind.mode.id })).rejects.toMatchObject({
    code: 'ERR_CREDENTIALS_MISSING',
    errors: Object.keys(kind.body).map((name) => ({ pointer: `/${name}`, message: 'is required' })),
  });
});

test.each(RENEWED)('%s: many callers in several processes get one token, and renew it once', async (title) => {
  const { ctx, account, add, manifests, env, asked } = await setting(title);
  await add({ test: false });
  const others = await Promise.all(
    [1, 2].map(() => testContext({ env, context: { manifests }, prefix: ctx.keys.prefix })),
  );
  const callers = [ctx, ...others].flatMap((each) => [each, each, each]);

  const first = await Promise.all(callers.map((each) => resolveAuthentication(each, 'acme', account.id)));
  const before = asked();
  const renewed = await Promise.all(callers.map((each, index) => refreshAuthentication(each, first[index]!)));

  expect(new Set(first.map(({ token }) => token)).size).toBe(1);
  expect(new Set(renewed.map(({ token }) => token)).size).toBe(1);
  expect(renewed[0]!.token).not.toBe(first[0]!.token);
  expect(asked() - before).toBe(1);
});

test.each(RENEWED)('%s: needs a person once its token is refused and the service renews it no more', async (title) => {
  const { ctx, kind, state, account, add, refuse, log } = await setting(title);
  const { id } = await add();
  const first = await resolveAuthentication(ctx, 'acme', account.id);
  state.accepts = false;
  refuse(kind.family === 'login' ? 'invalid_grant' : 'invalid_client');

  const results = [];
  for (const _try of [1, 2, 3]) {
    results.push(await testAuthentication(ctx, 'acme', account.id, id));
    // The service is not asked again at once.
    state.aheadMs += 600_000;
  }

  // A grant that is dead is so at once; a client that is refused may be a hiccup, until the third time.
  const statuses = kind.family === 'login' ? Array(3).fill('needs_reauth') : ['active', 'active', 'needs_reauth'];
  expect(results.map(({ ok, status }) => [ok, status])).toEqual(statuses.map((status) => [false, status]));
  await expect(refreshAuthentication(ctx, first)).rejects.toMatchObject({ code: 'ERR_NEEDS_REAUTH' });
  expect(JSON.stringify(results) + (await dumpOf(ctx)) + log()).not.toContain(kind.secret);
});

test.each(TABLE.filter(({ family }) => family === 'login').map(({ title }) => title))(
  '%s: each refresh token is used once, since a second use ends the grant',
  async (title) => {
    const { ctx, account, add, oidc } = await setting(title);
    await add();

    const first = await resolveAuthentication(ctx, 'acme', account.id);
    const second = await refreshAuthentication(ctx, first);
    const third = await refreshAuthentication(ctx, second);

    expect(new Set([first, second, third].map(({ token }) => token)).size).toBe(3);
    expect(oidc.tokenRequests).toEqual(['authorization_code', 'refresh_token', 'refresh_token']);
    expect(oidc.revokedGrants).toBe(0);
  },
);

test('an app that signs needs a private key that can be read', async () => {
  const { ctx } = await setting('authorization_code of an app that signs');
  const app = { template: 'shop', name: 'app', client_id: 'signing-app' };

  await expect(createOAuthApp(ctx, actor, app)).rejects.toMatchObject({
    code: 'ERR_CREDENTIALS_MISSING',
    errors: [{ pointer: '/client_secret' }],
  });
  const error = await createOAuthApp(ctx, actor, { ...app, client_secret: 'not-a-pem-canary' }).catch(String);
  expect(error).toContain('the private key cannot be read');
  expect(error).not.toContain('canary');
});
