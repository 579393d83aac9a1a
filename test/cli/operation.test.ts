import { randomBytes } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { engineActor } from '../../engine/access/audit.ts';
import { createLinkedAccount } from '../../engine/accounts/accounts.ts';
import { startHeartbeat } from '../../engine/load/workers.ts';
import { testContext } from '../context.ts';
import { openCli, runCli } from './cli.ts';

test('shows how busy everything is: a rate, workers, accounts that wait and workspaces that asked for less', async () => {
  const cli = await openCli({ context: { env: { PENSTOCK_CONCURRENCY: '2' } } });
  await cli.penstock(['run', 'databricks.query_warehouses', '--account', 'demo', '--wait']);
  await cli.ctx.meters.flush();

  const { code, out } = await cli.penstock(['top']);
  const shown = JSON.parse((await cli.penstock(['top', '--json'])).out);

  expect(code).toBe(0);
  expect(out).toMatch(/^runs {6}0 waiting; 0 in hand; 0 delayed\n/);
  expect(out).toMatch(/\nended {5}1 succeeded\nworkers {3}1, 0 of 2 slots in use\n/);
  expect(out).toMatch(/\nWORKER +HOST +IN HAND +SLOTS +MEMORY\nwrk_\w+ /);
  expect(shown.workers).toEqual([expect.objectContaining({ slots: 2, in_hand: 0 })]);
});

test('is drawn again and again on a terminal, with a rate from the second time on', async () => {
  const cli = await openCli({ worker: false });
  const controller = new AbortController();
  const onText = (text: string) => void (text.includes('0.0 runs/s') && controller.abort());

  const { code, out } = await cli.penstock(['top', '--interval', '0.1'], {
    isTerminal: true,
    onText,
    signal: controller.signal,
  });

  expect(code).toBe(130);
  expect(out.split('\x1b[H').length).toBeGreaterThan(2);
  expect(out).toContain('none: nothing is run');
});

test('lists who changed what, from where', async () => {
  const { penstock } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'acme']);

  const { code, out } = await penstock(['audit']);

  expect(code).toBe(0);
  expect(out).toMatch(/Z +cli +127\.0\.0\.1 +linked_account\.create +acme/);
});

test('follows the life of authentications, from the beginning if asked', async () => {
  const { penstock } = await openCli({ worker: false });
  const controller = new AbortController();
  const onText = (text: string) => void (text.includes('authentication.revoked') && controller.abort());
  const id = /auth_\w+/.exec((await penstock(['auth', '--account', 'demo'])).out)![0];

  const following = penstock(['events', '--after', '0'], { onText, signal: controller.signal });
  await penstock(['auth', 'revoke', id, '--account', 'demo']);
  const { out } = await following;

  expect(out).toMatch(/ authentication\.created {2}principal \(auth_\w+ of la_\w+\) {2}active\n/);
  expect(out).toMatch(/ authentication\.revoked {2}principal .* {2}active -> revoked/);
});

test('registers a receiver of events, whose secret is shown once', async () => {
  const { penstock } = await openCli({ worker: false });

  const made = await penstock(['events', 'subscribe', 'https://example.com/hook', '--type', 'authentication.revoked']);
  const id = /whk_\w+/.exec(made.err)![0];
  const listed = await penstock(['events', 'webhooks']);

  expect(made.out).toMatch(/^whsec_\S+\n$/);
  expect(listed.out).toMatch(new RegExp(`${id} +authentication\\.revoked .* https://example.com/hook\n`));
  expect(listed.out).not.toContain('whsec_');
  expect((await penstock(['events', 'unsubscribe', id])).code).toBe(0);
  expect((await penstock(['events', 'webhooks'])).out).toContain('No receivers.');
});

test('refuses an event position that is none', async () => {
  expect(await runCli(['events', '--after', 'x'])).toMatchObject({ code: 2 });
});

test('seals everything again under a new first key, which opens it alone from then on', async () => {
  const { env, accounts, fresh, old } = await openSealed();
  const rotate = (keys: string, more: string[] = []) =>
    runCli(['keys', 'rotate', ...more], { env: { ...env, PENSTOCK_ENCRYPTION_KEYS: keys } });

  const tooEarly = await rotate(fresh);
  const { code, out, err } = await rotate(`${fresh},${old}`);
  const again = await rotate(fresh, ['--json']);

  expect(tooEarly).toMatchObject({ code: 1, err: expect.stringContaining('"test"') });
  expect(err).toBe('');
  expect(code).toBe(0);
  // One more for the key that seals what is short-lived.
  expect(out).toMatch(new RegExp(`^${accounts + 1} secrets are sealed again under "fresh", in \\d+\\.\\d s\\.\\n`));
  expect(out).toContain('No longer needed in PENSTOCK_ENCRYPTION_KEYS: test.');
  expect(JSON.parse(again.out)).toEqual({ resealed: 0, retired: [], failed: {}, stopped: false });
});

test('rotates nothing while a worker runs that could not open it afterwards', async () => {
  const { env, ctx, fresh, old } = await openSealed();
  const heartbeat = await startHeartbeat(ctx, () => 0);
  const rotate = () => runCli(['keys', 'rotate'], { env: { ...env, PENSTOCK_ENCRYPTION_KEYS: `${fresh},${old}` } });

  const refused = await rotate();
  await heartbeat.close();

  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`process ${process.pid} ("test")`) });
  expect(await rotate()).toMatchObject({ code: 0 });
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
