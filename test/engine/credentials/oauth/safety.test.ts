import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../../engine/access/actor.ts';
import type { Context } from '../../../../engine/context.ts';
import { createLinkedAccount, updateLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { listWorkspaces } from '../../../../engine/credentials/accounts/workspaces.ts';
import {
  createAuthentication,
  getAuthentication,
  listAuthentications,
  replaceSecret,
} from '../../../../engine/credentials/authentications/authentications.ts';
import { deleteAuthentication } from '../../../../engine/credentials/authentications/delete-authentication.ts';
import { revokeAuthentication } from '../../../../engine/credentials/authentications/revoke.ts';
import { testAuthentication } from '../../../../engine/credentials/authentications/test-authentication.ts';
import { createConnectLink } from '../../../../engine/credentials/logins/connect-links.ts';
import { beginLogin } from '../../../../engine/credentials/logins/logins.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { readCursor } from '../../../../engine/cursors/cursors.ts';
import { tick } from '../../../../engine/polling/ticks.ts';
import { createWorkflow } from '../../../../engine/workflows/workflows.ts';
import { testContext } from '../../../context.ts';
import { startHttpServer } from '../../../servers.ts';
import { admin, oauthSetting, signIn } from './setting.ts';

const ROBOT = { name: 'robot', kind: 'oauth_m2m', client_id: 'robot', client_secret: 'robot-secret' };

describe('credentials', () => {
  it('follow no redirect of a token endpoint', async () => {
    let isReached = false;
    const evil = await startHttpServer((_request, response) => {
      isReached = true;
      response.end('{}');
    });
    const server = await startHttpServer((_request, response) =>
      response.writeHead(307, { location: `${evil.origin}/oidc/v1/token` }).end(),
    );
    const ctx = await contextFor(`${server.origin},${evil.origin}`);

    await expect(createAuthentication(ctx, admin, 'main', { ...ROBOT, host: server.origin })).rejects.toMatchObject({
      code: 'ERR_REDIRECTED',
    });

    expect(isReached).toBe(false);
  });

  it('go to no endpoint that discovery names on another host', async () => {
    let isReached = false;
    const evil = await startHttpServer((_request, response) => {
      isReached = true;
      response.end('{}');
    });
    const server = await startHttpServer((request, response) => {
      const issuer = `http://${request.headers.host}/oidc`;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ issuer, token_endpoint: `${evil.origin}/token` }));
    });
    const ctx = await contextFor(server.origin);

    await expect(createAuthentication(ctx, admin, 'main', { ...ROBOT, host: server.origin })).rejects.toMatchObject({
      code: 'ERR_HOST_NOT_ALLOWED',
    });

    expect(isReached).toBe(false);
  });

  it('are in no query string', async () => {
    const urls: string[] = [];
    const server = await startHttpServer((request, response) => {
      urls.push(request.url!);
      response.writeHead(404).end();
    });
    const ctx = await contextFor(server.origin);

    await createAuthentication(ctx, admin, 'main', { ...ROBOT, host: server.origin }).catch(() => undefined);
    await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: server.origin,
      token: 'dapi-secret',
    }).catch(() => undefined);

    expect(urls).toHaveLength(3);
    for (const url of urls) expect(url).not.toMatch(/secret/);
  });

  it('stay here once the operator has taken their host off the list', async () => {
    const ctx = await contextFor('http://127.0.0.1:9');
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: 'http://127.0.0.1:9',
      token: 'dapi-secret',
      test: false,
    });
    const restarted = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: '' }, prefix: ctx.keys.prefix });

    await expect(resolveAuthentication(restarted, 'acme', made.linked_account)).rejects.toMatchObject({
      code: 'ERR_HOST_NOT_ALLOWED',
    });
  });
});

describe('a trigger', () => {
  it('pauses while its authentication needs a person, and resumes by itself', async () => {
    const server = await startHttpServer((_request, response) =>
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"error_code":"401","message":"Invalid access token"}'),
    );
    const ctx = await contextFor(server.origin);
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: server.origin,
      token: 'dapi-dead',
      test: false,
    });
    const workflow = await createWorkflow(ctx, 'acme', {
      name: 'sync',
      trigger: {
        id: 'databricks.incremental_sync',
        linked_account: 'main',
        input: { warehouse_id: 'w', table: 'a.b.c', cursor_column: 'u', cursor_type: 'TIMESTAMP', key_column: 'k' },
      },
      steps: [{ id: 'file', action: 'core.file', input: { path: 'x.ndjson', rows: [] } }],
      enabled: false,
    });
    await ctx.redis.set(ctx.keys.object('workflow', workflow.id), JSON.stringify({ ...workflow, enabled: true }));
    await refreshAuthentication(ctx, await resolveAuthentication(ctx, 'acme', made.linked_account)).catch(
      () => undefined,
    );
    expect((await getAuthentication(ctx, 'acme', 'main', made.id)).status).toBe('needs_reauth');

    await tick(ctx, workflow.id);
    expect((await readCursor(ctx, workflow.id)).inFlight).toBeNull();
    await replaceSecret(ctx, admin, 'main', made.id, { token: 'dapi-new', test: false });

    await tick(ctx, workflow.id);
    expect((await readCursor(ctx, workflow.id)).inFlight).toMatch(/^run_/);
  });
});

describe('another tenant', () => {
  it('finds nothing of ours, whatever it asks', async () => {
    const { ctx, account } = await oauthSetting();
    const { id } = await signIn(ctx, { name: 'me', oauth_app: 'public' });
    const mallory: Caller = { ...admin, tenant: 'mallory' };
    await createLinkedAccount(ctx, mallory, { name: 'own' });
    const asked = [
      ...[account, 'main'].flatMap((name) => [
        listAuthentications(ctx, 'mallory', name),
        getAuthentication(ctx, 'mallory', name, id),
        replaceSecret(ctx, mallory, name, id, { token: 'x' }),
        deleteAuthentication(ctx, mallory, name, id),
        revokeAuthentication(ctx, mallory, { account: name, id }),
        testAuthentication(ctx, 'mallory', name, id),
        listWorkspaces(ctx, 'mallory', { account: name, id }),
        updateLinkedAccount(ctx, mallory, name, { name: 'mine' }),
        createAuthentication(ctx, mallory, name, { ...ROBOT, host: 'https://x.cloud.databricks.com' }),
        createConnectLink(ctx, mallory, { linked_account: name }),
        beginLogin(ctx, mallory, { name: 'me', oauth_app: 'public', linked_account: name }),
      ]),
      // Its own account does not help it to our authentication.
      getAuthentication(ctx, 'mallory', 'own', id),
      resolveAuthentication(ctx, 'mallory', account, id),
      updateLinkedAccount(ctx, mallory, 'own', { default_authentication: id }),
    ];

    const codes = (await Promise.allSettled(asked)).map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : 'found',
    );

    expect(codes.slice(0, -1)).toEqual(Array.from({ length: asked.length - 1 }, () => 'ERR_NOT_FOUND'));
    expect(codes.at(-1)).toBe('ERR_INPUT_INVALID');
  });
});

async function contextFor(allowedHosts: string): Promise<Context> {
  const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: allowedHosts } });
  await createLinkedAccount(ctx, admin, { name: 'main' });
  return ctx;
}
