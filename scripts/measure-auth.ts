/**
 * Measures what authentications cost: resolving one per run, and re-sealing all under a new key.
 * `REDIS_URL=redis://… node scripts/measure-auth.ts [authentications]`; its own keys, which it deletes.
 */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { Context } from '../engine/context.ts';
import { createLinkedAccount } from '../engine/credentials/accounts/accounts.ts';
import { createAuthentication } from '../engine/credentials/authentications/authentications.ts';
import { resolveAuthentication } from '../engine/credentials/tokens/tokens.ts';
import { closeContext, openContext } from '../engine/open.ts';
import { rotateKeys } from '../engine/operations/key-rotation.ts';
import { readConfig } from '../engine/process/config.ts';

const COUNT = Number(process.argv[2] ?? 10_000);
const RESOLVES = 1_000_000;
const BATCH = 100;
const HOST = 'http://127.0.0.1:9';
const PREFIX = `{measure-auth-${process.pid}}:`;
const K1 = `k1:${randomBytes(32).toString('base64')}`;
const K2 = `k2:${randomBytes(32).toString('base64')}`;
const actor = { tenant: 'measure', keyId: 'measure', name: 'measure' };

const first = await open(K1);
try {
  const { id: account } = await createLinkedAccount(first, actor, { name: 'main' });
  const body = { kind: 'pat', host: HOST, token: `dapi${randomBytes(16).toString('hex')}`, test: false };
  const began = performance.now();
  for (let at = 0; at < COUNT; at += BATCH) {
    await Promise.all(
      Array.from({ length: Math.min(BATCH, COUNT - at) }, (_, index) =>
        createAuthentication(first, actor, account, { ...body, name: `a${at + index}` }),
      ),
    );
  }
  print('store an authentication, untested, 100 at once', COUNT, performance.now() - began);

  await resolveAuthentication(first, 'measure', account);
  const resolving = performance.now();
  for (let index = 0; index < RESOLVES; index += 1) await resolveAuthentication(first, 'measure', account);
  print('resolve a cached authentication', RESOLVES, performance.now() - resolving);

  const both = await open(`${K2},${K1}`);
  const rotating = performance.now();
  const { resealed } = await rotateKeys(both, actor);
  print('re-seal a record under a new key', resealed, performance.now() - rotating);
  await closeContext(both);
} finally {
  const keys = await first.redis.keys(`${PREFIX.replaceAll(/[{}]/g, '\\$&')}*`);
  for (let at = 0; at < keys.length; at += 1000) await first.redis.unlink(...keys.slice(at, at + 1000));
  await closeContext(first);
}

function open(keys: string): Promise<Context> {
  const config = readConfig({
    REDIS_URL: process.env.REDIS_URL,
    PENSTOCK_ENCRYPTION_KEYS: keys,
    PENSTOCK_ALLOWED_HOSTS: HOST,
    PENSTOCK_DATA: tmpdir(),
    LOG_LEVEL: 'silent',
  });
  return openContext({ ...config, prefix: PREFIX }, 'worker');
}

function print(what: string, count: number, ms: number): void {
  console.log(
    `${what}: ${Math.round((count / ms) * 1000).toLocaleString('en')} per second, ${((ms / count) * 1000).toFixed(2)} µs each (${count.toLocaleString('en')})`,
  );
}
