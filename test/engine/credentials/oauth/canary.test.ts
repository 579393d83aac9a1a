import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createApiKey, listApiKeys } from '../../../../engine/access/api-keys.ts';
import { listAudit } from '../../../../engine/access/audit.ts';
import type { Context } from '../../../../engine/context.ts';
import {
  createLinkedAccount,
  getLinkedAccount,
  listLinkedAccounts,
} from '../../../../engine/credentials/accounts/accounts.ts';
import {
  createAuthentication,
  listAuthentications,
  replaceSecret,
} from '../../../../engine/credentials/authentications/authentications.ts';
import { deleteAuthentication } from '../../../../engine/credentials/authentications/delete-authentication.ts';
import { revokeAuthentication } from '../../../../engine/credentials/authentications/revoke.ts';
import { testAuthentication } from '../../../../engine/credentials/authentications/test-authentication.ts';
import { createConnectLink, submitConnectLink } from '../../../../engine/credentials/logins/connect-links.ts';
import { beginLogin } from '../../../../engine/credentials/logins/logins.ts';
import { createOAuthApp, listOAuthApps, updateOAuthApp } from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { readEvents } from '../../../../engine/events/event-stream.ts';
import { createLogger } from '../../../../engine/process/log.ts';
import { testContext } from '../../../context.ts';
import { readBody, startHttpServer } from '../../../servers.ts';
import { admin, oauthSetting, signIn } from './setting.ts';

const CANARY = 'canary-5f1e0c9b7d';

describe('a secret', () => {
  it('is found nowhere, at a service that repeats everything it is sent', async () => {
    const said: unknown[] = [];
    const server = await startHttpServer(async (request, response) => {
      const sent = `${request.headers.authorization ?? ''} ${Buffer.from((request.headers.authorization ?? '').split(' ')[1] ?? '', 'base64')} ${await readBody(request)}`;
      response.writeHead(request.url?.includes('token') ? 400 : 401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: 'invalid_request', error_description: sent, error_code: 'X', message: sent }),
      );
    });
    const { ctx, log } = await loggedContext(server.origin);
    const note = async (what: Promise<unknown>) => said.push(await what.catch((error: unknown) => error));
    await note(createLinkedAccount(ctx, admin, { name: 'main' }));
    const pat = { name: 'pat', kind: 'pat', host: server.origin, token: `${CANARY}-pat` };
    const m2m = {
      name: 'robot',
      kind: 'oauth_m2m',
      host: server.origin,
      client_id: 'robot',
      client_secret: `${CANARY}-m2m`,
    };
    for (const body of [pat, m2m]) {
      await note(createAuthentication(ctx, admin, 'main', body));
      await note(createAuthentication(ctx, admin, 'main', { ...body, unknown: 1 }));
      await note(
        createAuthentication(ctx, admin, 'main', { ...body, host: `https://user:${CANARY}@x.cloud.databricks.com` }),
      );
      await note(createLinkedAccount(ctx, admin, { name: 'second', authentication: body }));
      await note(createAuthentication(ctx, admin, 'main', { ...body, test: false }));
    }
    const stored = (await listAuthentications(ctx, 'acme', 'main')).items;
    for (const { id } of stored) {
      await note(testAuthentication(ctx, 'acme', 'main', id));
      const resolving = resolveAuthentication(ctx, 'acme', stored[0]!.linked_account, id);
      const resolved = await resolving.catch((error: unknown) => void said.push(error));
      if (resolved) await note(refreshAuthentication(ctx, resolved).then(() => 'renewed'));
      await note(replaceSecret(ctx, admin, 'main', id, { token: `${CANARY}-new`, client_secret: `${CANARY}-new` }));
    }
    await note(
      createOAuthApp(ctx, admin, {
        name: 'app',
        host: server.origin,
        client_id: 'app',
        client_secret: `${CANARY}-app`,
        bad: 1,
      }),
    );
    await note(
      createOAuthApp(ctx, admin, {
        name: 'app',
        host: server.origin,
        client_id: 'app',
        client_secret: `${CANARY}-app`,
      }),
    );
    await note(updateOAuthApp(ctx, admin, 'app', { client_secret: `${CANARY}-app2` }));
    const link = await createConnectLink(ctx, admin, { linked_account: 'main' });
    await note(
      submitConnectLink(ctx, link.url.split('/').at(-1)!, { fields: { ...pat, token: `${CANARY}-form` }, from: 'x' }),
    );
    await note(
      createApiKey(ctx, { tenant: 'acme', name: 'mine', role: 'viewer', key: `${CANARY}-key` }).then(
        ({ key: _, ...rest }) => rest,
      ),
    );
    await note(listApiKeys(ctx, 'acme'));

    said.push(await everythingShown(ctx), log(), await dump(ctx));

    expect(said.length).toBeGreaterThan(20);
    for (const each of said) expectNone(each, [CANARY]);
  });

  it('that the service gave is found nowhere either', async () => {
    const { ctx: plain, oidc, env } = await oauthSetting();
    const { ctx, log } = await loggedContext(env.PENSTOCK_ALLOWED_HOSTS!, plain.keys.prefix);
    const made = await signIn(ctx, { name: 'me', oauth_app: 'confidential' });
    const first = await resolveAuthentication(ctx, 'acme', made.linked_account);
    const second = await refreshAuthentication(ctx, first);
    const sealed = (await ctx.redis.hget(ctx.keys.record('authentication', made.id), 'sealed'))!;
    const { refresh_token } = JSON.parse(ctx.keyring.open(sealed, `acme/${made.id}`)) as { refresh_token: string };
    const { url } = await beginLogin(ctx, admin, { name: 'open', oauth_app: 'public', linked_account: 'main' });
    const state = new URL(url).searchParams.get('state')!;
    const link = await createConnectLink(ctx, admin, { linked_account: 'main' });
    const secrets = [
      first.token!,
      second.token!,
      refresh_token,
      oidc.clients.confidential.secret,
      state,
      link.url.split('/').at(-1)!,
    ];

    const shown = [await everythingShown(ctx), await dump(ctx), log()];
    await revokeAuthentication(ctx, admin, { account: 'main', id: made.id });
    await deleteAuthentication(ctx, admin, 'main', made.id);

    for (const each of [...shown, await dump(ctx), log()]) expectNone(each, secrets);
    expect(log()).not.toBe('');
  });
});

/** A context that logs everything, and what it has logged. */
async function loggedContext(allowedHosts: string, prefix?: string): Promise<{ ctx: Context; log(): string }> {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  const ctx = await testContext({
    env: { PENSTOCK_ALLOWED_HOSTS: allowedHosts, PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000' },
    context: { log: createLogger('trace', destination) },
    ...(prefix === undefined ? {} : { prefix }),
  });
  ctx.log.trace('every level is written');
  return { ctx, log: () => text };
}

async function everythingShown(ctx: Context): Promise<unknown> {
  return [
    await listLinkedAccounts(ctx, 'acme'),
    await getLinkedAccount(ctx, 'acme', 'main'),
    await listAuthentications(ctx, 'acme', 'main'),
    await listOAuthApps(ctx, 'acme'),
    await listAudit(ctx, 'acme', { limit: 200 }),
    await readEvents(ctx, 'acme'),
  ];
}

/** Every key and value of the test's Redis, as it lies there. */
async function dump(ctx: Context): Promise<string> {
  const found: unknown[] = [];
  for (const key of await ctx.redis.keys(`${ctx.keys.prefix.replaceAll(/[{}]/g, '\\$&')}*`)) {
    const type = await ctx.redis.type(key);
    const { redis } = ctx;
    if (type === 'string') found.push(key, await redis.get(key));
    else if (type === 'hash') found.push(key, await redis.hgetall(key));
    else if (type === 'zset') found.push(key, await redis.zrange(key, '0', '-1'));
    else if (type === 'stream') found.push(key, await redis.xrange(key, '-', '+'));
    else if (type === 'set') found.push(key, await redis.smembers(key));
    else found.push(key, await redis.lrange(key, 0, -1));
  }
  expect(found.length).toBeGreaterThan(4);
  return JSON.stringify(found);
}

/** Looks into errors with their causes and stacks too. */
function expectNone(value: unknown, secrets: readonly string[]): void {
  const text =
    typeof value === 'string' ? value : `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)}`;
  for (const secret of secrets) expect(text).not.toContain(secret);
}
