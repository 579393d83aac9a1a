import type { IncomingMessage } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount, updateLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication, replaceSecret } from '../../../engine/credentials/authentications/authentications.ts';
import { revokeAuthentication } from '../../../engine/credentials/authentications/revoke.ts';
import { testAuthentication } from '../../../engine/credentials/authentications/test-authentication.ts';
import { resolveAuthentication } from '../../../engine/credentials/tokens/tokens.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { type Kind, kindsAt, shopManifests, startAssertionServer } from './kinds.ts';
import { startOidcServer } from './oauth/oidc-server.ts';

const actor = engineActor('acme');
const TITLES = kindsAt({ origin: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1').map(({ title }) => title);

/** A linked account of the shop, whose server takes only requests with the kind's proof, unless `accepts` is false. */
async function setting(title: string) {
  const oidc = await startOidcServer();
  const tokens = await startAssertionServer();
  const kind = kindsAt(oidc, tokens.origin).find((each) => each.title === title)!;
  const seen: IncomingMessage[] = [];
  const state = { accepts: true };
  const shop = await startHttpServer((request, response) => {
    seen.push(request);
    const isRight = state.accepts && kind.isSent(request);
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
    response.end(isRight ? '{"login":"someone"}' : '{"message":"Bad credentials"}');
  });
  const manifests = shopManifests([kind.mode]);
  const env = { PENSTOCK_ALLOWED_HOSTS: [oidc.origin, tokens.origin, shop.origin].join(',') };
  const ctx = await testContext({ env, context: { manifests } });
  const account = await createLinkedAccount(ctx, actor, {
    name: 'main',
    connector: 'shop',
    base_url: `${shop.origin}/v2/`,
  });
  const add = (more: JsonObject = {}) =>
    createAuthentication(ctx, actor, account.id, { name: 'first', kind: kind.mode.id, ...kind.body, ...more });
  return { ctx, kind, shop, seen, state, account, add, manifests };
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
  const { ctx, kind, seen, shop, add } = await setting(title);

  const made = await add();

  expect(made).toMatchObject({ kind: kind.mode.id, status: 'active', user_name: 'someone', host: shop.origin });
  expect(seen.map(({ url }) => url!.split('?')[0])).toEqual(['/v2/me']);
  const shown = JSON.stringify(made) + (await dumpOf(ctx));
  if (kind.secret !== undefined) expect(shown).not.toContain(kind.secret);
});

test.each(TITLES)('%s: a run goes with it', async (title) => {
  const { ctx, kind, account, seen, add } = await setting(title);
  await add();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());

  const request = { action: 'shop.list', linked_account: account.id, input: {} };
  const run = await ended(ctx, (await submitAction(ctx, 'acme', { request })).id);

  expect(run.status).toBe('succeeded');
  expect(seen.at(-1)!.url).toMatch(/^\/v2\/orders/);
  expect(kind.isSent(seen.at(-1)!)).toBe(true);
  if (kind.secret !== undefined) expect(await dumpOf(ctx)).not.toContain(kind.secret);
});

test.each(TITLES.filter((title) => title !== 'none'))('%s: what is refused is stored nowhere', async (title) => {
  const { ctx, kind, state, add } = await setting(title);
  state.accepts = false;

  const error = await add().catch((thrown: unknown) => thrown as Error & { code: string });

  expect(error).toMatchObject({ code: 'ERR_AUTH_FAILED' });
  expect(JSON.stringify(error) + String(error)).not.toContain(kind.secret);
  expect(await dumpOf(ctx)).not.toContain('"first"');
});

test.each(TITLES.filter((title) => title !== 'none'))(
  '%s: one that is refused later fails its run in the words of the service, and no secret is in the record',
  async (title) => {
    const { ctx, kind, state, account, add } = await setting(title);
    const { id } = await add();
    state.accepts = false;
    const worker = await startWorker(ctx);
    onTestFinished(() => worker.close());

    const request = { action: 'shop.list', linked_account: account.id, input: {} };
    const run = await ended(ctx, (await submitAction(ctx, 'acme', { request })).id);

    expect(run).toMatchObject({ status: 'failed', error: { code: 'ERR_AUTH_FAILED' } });
    const { status } = await testAuthentication(ctx, 'acme', account.id, id);
    expect(status).toBe(kind.family === 'static' ? 'needs_reauth' : 'active');
    expect(await dumpOf(ctx)).not.toContain(kind.secret);
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

test.each(TITLES.filter((title) => title !== 'none'))(
  '%s: a new secret takes the place of the old one',
  async (title) => {
    const { ctx, kind, account, add } = await setting(title);
    const { id } = await add();
    const secrets = ctx.manifests.connectors.get('shop')!.modes.get(kind.mode.id)!.secrets;
    const body = Object.fromEntries(secrets.map((name) => [name, kind.body[name]!]));

    const renewed = await replaceSecret(ctx, actor, account.id, id, body);

    expect(renewed).toMatchObject({ id, status: 'active', user_name: 'someone' });
    const { secretVersion } = await resolveAuthentication(ctx, 'acme', account.id);
    expect(secretVersion).toBe(2);
  },
);

test.each(TITLES.filter((title) => title !== 'none'))('%s: names the fields that are missing', async (title) => {
  const { kind, account, ctx } = await setting(title);

  await expect(createAuthentication(ctx, actor, account.id, { name: 'x', kind: kind.mode.id })).rejects.toMatchObject({
    code: 'ERR_CREDENTIALS_MISSING',
    errors: Object.keys(kind.body).map((name) => ({ pointer: `/${name}`, message: 'is required' })),
  });
});

test.each(
  kindsAt({ origin: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1')
    .filter(({ family }: Kind) => family === 'exchanged')
    .map(({ title }) => title),
)('%s: many callers in several processes get one token', async (title) => {
  const { ctx, account, add, manifests } = await setting(title);
  await add({ test: false });
  const others = await Promise.all(
    [1, 2].map(() =>
      testContext({
        env: { PENSTOCK_ALLOWED_HOSTS: ctx.config.allowedHosts.join(',') },
        context: { manifests },
        prefix: ctx.keys.prefix,
      }),
    ),
  );

  const all = await Promise.all(
    [ctx, ...others].flatMap((each) => [1, 2, 3].map(() => resolveAuthentication(each, 'acme', account.id))),
  );

  expect(new Set(all.map(({ token }) => token)).size).toBe(1);
});
