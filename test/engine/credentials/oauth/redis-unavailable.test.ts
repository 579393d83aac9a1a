import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { createOAuthApp } from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { testClock, testContext, until } from '../../../context.ts';
import { freePort } from '../../../global-setup.ts';
import { startOidcServer } from './oidc-server.ts';
import { admin, signIn } from './setting.ts';

it('keeps a rotated refresh token in memory while Redis is unavailable, and stores it when Redis is available again', async () => {
  const redis = await privateRedis();
  const clock = testClock();
  const oidc = await startOidcServer();
  const env = {
    REDIS_URL: redis.url,
    PENSTOCK_ALLOWED_HOSTS: oidc.origin,
    PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000',
  };
  const ctx = await testContext({ env, context: { clock } });
  const { id: account } = await createLinkedAccount(ctx, admin, { name: 'main' });
  await createOAuthApp(ctx, admin, { name: 'public', host: oidc.origin, client_id: oidc.clients.public });
  await signIn(ctx, { name: 'me', oauth_app: 'public' });
  clock.advance(7_200_000);
  let answerNow = () => {};
  oidc.holdAnswer = () =>
    new Promise((resolve) => {
      answerNow = resolve;
    });
  const resolving = resolveAuthentication(ctx, 'acme', account);
  await until('the server has used the refresh token', () => oidc.tokenRequests.includes('refresh_token'));

  await redis.kill();
  oidc.holdAnswer = undefined;
  answerNow();
  await redis.start();

  expect((await resolving).headers.authorization).toMatch(/^Bearer /);
  clock.advance(7_200_000);
  expect((await resolveAuthentication(ctx, 'acme', account)).headers.authorization).toMatch(/^Bearer /);
  expect(oidc.revokedGrants).toBe(0);
});

/** A Redis of the test's own that writes every command to disk, to be killed and started again. */
async function privateRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-test-own-redis-'));
  const port = await freePort();
  let server: ChildProcess | undefined;
  const start = async () => {
    const options = [
      '--port',
      String(port),
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
    ];
    server = spawn('redis-server', options, { stdio: 'ignore' });
    await once(server, 'spawn');
  };
  const kill = async () => {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    server = undefined;
  };
  onTestFinished(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  return { url: `redis://127.0.0.1:${port}`, start, kill };
}
