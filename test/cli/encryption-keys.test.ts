import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createApiKey } from '../../engine/access/api-keys.ts';
import { engineActor, listAudit } from '../../engine/access/audit.ts';
import { createLinkedAccount } from '../../engine/credentials/accounts/accounts.ts';
import { startHeartbeat } from '../../engine/queue/workers.ts';
import { testContext, until } from '../context.ts';
import { freePort } from '../global-setup.ts';
import { runCli } from './cli.ts';

const PENSTOCK = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));
const LONG = 60_000;
const START_MS = 30_000;

test('seals everything again under a new first key, which opens it alone from then on', async () => {
  const { env, accounts, fresh, old } = await openSealed();
  const rotate = (keys: string, more: string[] = []) =>
    runCli(['encryption-keys', 'rotate', ...more], { env: { ...env, PENSTOCK_ENCRYPTION_KEYS: keys } });

  const tooEarly = await rotate(fresh);
  const { code, out, err } = await rotate(`${fresh},${old}`);
  const again = await rotate(fresh, ['--json']);

  expect(tooEarly).toMatchObject({ code: 1, err: expect.stringContaining('"test"') });
  expect(err).toBe('');
  expect(code).toBe(0);
  // One more for the key that seals what is short-lived.
  expect(out).toMatch(new RegExp(`^${accounts + 1} secrets were re-encrypted with "fresh" in \\d+\\.\\d s\\.\\n`));
  expect(out).toContain('No longer needed in PENSTOCK_ENCRYPTION_KEYS: test.');
  expect(JSON.parse(again.out)).toEqual({ resealed: 0, retired: [], failed: {}, stopped: false });
});

test('rotates nothing while a worker runs that could not open it afterwards', async () => {
  const { env, ctx, fresh, old } = await openSealed();
  const heartbeat = await startHeartbeat(ctx, () => 0);
  const rotate = () =>
    runCli(['encryption-keys', 'rotate'], { env: { ...env, PENSTOCK_ENCRYPTION_KEYS: `${fresh},${old}` } });

  const refused = await rotate();
  await heartbeat.close();

  expect(refused).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining(`process ${process.pid} of ${hostname()} ("test")`),
  });
  expect(await rotate()).toMatchObject({ code: 0 });
});

test('rotates nothing while an API process of its own runs that could not open it afterwards', {
  timeout: LONG,
}, async () => {
  const { env, fresh, old } = await openSealed();
  const rotate = () =>
    runCli(['encryption-keys', 'rotate'], { env: { ...env, PENSTOCK_ENCRYPTION_KEYS: `${fresh},${old}` } });
  const api = await startApiProcess({ ...env, PENSTOCK_ENCRYPTION_KEYS: old });

  const refused = await rotate();
  api.kill('SIGTERM');
  await once(api, 'exit');

  expect(refused).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining(`API process ${api.pid} of ${hostname()} ("test")`),
  });
  expect(refused.err).toContain('restart them, then rotate');
  expect(await rotate()).toMatchObject({ code: 0 });
});

test('names in the audit log whose API key was used, or the user of the machine', async () => {
  const { env, ctx, fresh, old } = await openSealed();
  const admin = await createApiKey(ctx, { tenant: 'acme', name: 'Ana', role: 'admin' });
  const builder = await createApiKey(ctx, { tenant: 'acme', name: 'Bob', role: 'builder' });
  const rotate = (more: Record<string, string>) =>
    runCli(['encryption-keys', 'rotate'], { env: { ...env, PENSTOCK_ENCRYPTION_KEYS: `${fresh},${old}`, ...more } });

  const asBuilder = await rotate({ PENSTOCK_API_KEY: builder.key });
  const asAdmin = await rotate({ PENSTOCK_API_KEY: admin.key });
  const asUser = await rotate({});

  expect(asBuilder).toMatchObject({ code: 1, err: expect.stringContaining('"Bob" has the role builder, not admin') });
  expect([asAdmin.code, asUser.code]).toEqual([0, 0]);
  const rotations = async (tenant: string) =>
    (await listAudit(ctx, tenant)).items.filter(({ action }) => action === 'encryption_key.rotate');
  expect(await rotations('acme')).toMatchObject([
    { actor: { key: admin.id, name: 'Ana', from: expect.stringMatching(/^.+@.+$/) } },
  ]);
  expect(await rotations('default')).toMatchObject([{ actor: { key: 'command_line' } }]);
});

/** A Redis database of its own, since a command line knows one prefix only, with records under the old key. */
async function openSealed() {
  const REDIS_URL = `${inject('redisUrl')}/9`;
  const ctx = await testContext({ env: { REDIS_URL }, prefix: '{penstock}:' });
  onTestFinished(async () => void (await ctx.redis.flushdb()));
  const accounts = 3;
  for (let n = 0; n < accounts; n++) {
    await createLinkedAccount(ctx, engineActor('default'), {
      name: `account ${n}`,
      connector: 'databricks',
      authentication: { kind: 'pat', host: 'http://127.0.0.1:1', token: 'dapi-x', test: false },
    });
  }
  const fresh = `fresh:${randomBytes(32).toString('base64')}`;
  return { env: { REDIS_URL }, ctx, accounts, fresh, old: ctx.config.encryptionKeys! };
}

/** Resolves when it serves. */
async function startApiProcess(env: Record<string, string>): Promise<ChildProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [PENSTOCK, 'api'], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'silent', PORT: String(port), ...env },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  await until('the API is ready', isReady, START_MS);
  return child;
}
