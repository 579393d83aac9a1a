import { randomBytes } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import type { Caller } from '../../../engine/access/api-keys.ts';
import { createLinkedAccount } from '../../../engine/accounts/accounts.ts';
import { createAuthentication, replaceSecret } from '../../../engine/authentications/authentications.ts';
import { readConfig } from '../../../engine/config.ts';
import type { Context } from '../../../engine/context.ts';
import { countSealedWith } from '../../../engine/keys/key-checks.ts';
import { rotateKeys } from '../../../engine/keys/key-rotation.ts';
import { openContext } from '../../../engine/open.ts';
import { resolveAuthentication } from '../../../engine/tokens/tokens.ts';
import { testContext } from '../../context.ts';

const caller: Caller = { tenant: 'acme', keyId: 'key_1', name: 'tests', role: 'admin' };
const K1 = `k1:${randomBytes(32).toString('base64')}`;
const K2 = `k2:${randomBytes(32).toString('base64')}`;
const OTHER_K1 = `k1:${randomBytes(32).toString('base64')}`;
const HOSTS = { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:9' };

/** A process with other keys on the same Redis. */
function withKeys(ctx: Context, keys: string): Promise<Context> {
  return testContext({ env: { ...HOSTS, PENSTOCK_ENCRYPTION_KEYS: keys }, prefix: ctx.keys.prefix });
}

/** Fails to start, so there is nothing to close. */
function startWith(ctx: Context, keys: string): Promise<Context> {
  const config = readConfig({
    REDIS_URL: inject('redisUrl'),
    PENSTOCK_ENCRYPTION_KEYS: keys,
    PENSTOCK_DATA: ctx.config.dataFolder,
  });
  return openContext({ ...config, prefix: ctx.keys.prefix }, 'worker', { catalogue: ctx.catalogue, log: ctx.log });
}

async function withSecrets(count: number): Promise<{ ctx: Context; account: string; ids: string[] }> {
  const ctx = await testContext({ env: { ...HOSTS, PENSTOCK_ENCRYPTION_KEYS: K1 } });
  const { id: account } = await createLinkedAccount(ctx, caller, { name: 'main' });
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const body = { name: `a${index}`, kind: 'pat', host: 'http://127.0.0.1:9', token: `dapi-${index}`, test: false };
    ids.push((await createAuthentication(ctx, caller, account, body)).id);
  }
  return { ctx, account, ids };
}

describe('encryption keys', () => {
  it('that are wrong are found at start, before anything is read', async () => {
    const { ctx } = await withSecrets(1);

    await expect(startWith(ctx, OTHER_K1)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('"k1"'),
    });
  });

  it('that are in use cannot be dropped', async () => {
    const { ctx } = await withSecrets(3);

    await expect(startWith(ctx, K2)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/"k1" is not configured, but 4 secrets are sealed with it/),
      hint: expect.stringContaining('keys rotate'),
    });
  });

  it('are rotated with progress, after which the old one may go', async () => {
    const { ctx, account, ids } = await withSecrets(250);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const progress: number[] = [];

    const result = await rotateKeys(both, { onProgress: ({ left }) => progress.push(left) });

    expect(result).toEqual({ resealed: 251, retired: ['k1'], failed: {} });
    expect(progress).toEqual([151, 51, 0]);
    const newOnly = await withKeys(ctx, K2);
    expect((await resolveAuthentication(newOnly, 'acme', account, ids[17]!)).headers.authorization).toBe(
      'Bearer dapi-17',
    );
  });

  it('are rotated while the system serves, and no change is lost', async () => {
    const { ctx, account, ids } = await withSecrets(120);
    const both = await withKeys(ctx, `${K2},${K1}`);

    const [result] = await Promise.all([
      rotateKeys(both),
      ...ids
        .slice(0, 40)
        .map((id, index) => replaceSecret(both, caller, account, id, { token: `new-${index}`, test: false })),
    ]);
    await rotateKeys(both);

    expect(result.failed).toEqual({});
    const newOnly = await withKeys(ctx, K2);
    for (const [index, id] of ids.entries()) {
      const { headers } = await resolveAuthentication(newOnly, 'acme', account, id);
      expect(headers.authorization).toBe(`Bearer ${index < 40 ? `new-${index}` : `dapi-${index}`}`);
    }
  });

  it('go on being rotated where a stopped rotation ended', async () => {
    const { ctx } = await withSecrets(250);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const stop = new AbortController();

    const first = await rotateKeys(both, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(startWith(ctx, K2)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    const second = await rotateKeys(both);

    expect(first).toMatchObject({ resealed: 100, retired: [] });
    expect(second).toMatchObject({ resealed: 151, retired: ['k1'] });
  });

  it('stay in use where a secret cannot be opened', async () => {
    const { ctx, ids } = await withSecrets(3);
    const key = ctx.keys.record('authentication', ids[1]!);
    const sealed = (await ctx.redis.hget(key, 'sealed'))!;
    await ctx.redis.hset(key, 'sealed', `${sealed.slice(0, -4)}AAAA`);
    const both = await withKeys(ctx, `${K2},${K1}`);

    expect(await rotateKeys(both)).toEqual({ resealed: 3, retired: [], failed: { k1: 1 } });
    expect(await countSealedWith(both, 'k1')).toBe(1);
  });

  it('are rotated by one process at a time', async () => {
    const { ctx } = await withSecrets(30);
    const both = await withKeys(ctx, `${K2},${K1}`);

    const results = await Promise.allSettled([rotateKeys(both), rotateKeys(both)]);

    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')).toMatchObject({ reason: { code: 'ERR_CONFLICT' } });
  });
});

describe('the data key', () => {
  it('is the same for processes that start at once, and outlives a rotation', async () => {
    const { ctx } = await withSecrets(0);
    const sealed = ctx.dataKeyring.seal('secret of an input', 'acme/inputs');
    const [one, two] = await Promise.all([withKeys(ctx, `${K2},${K1}`), withKeys(ctx, `${K2},${K1}`)]);
    await rotateKeys(one);

    const newOnly = await withKeys(ctx, K2);

    for (const each of [one, two, newOnly])
      expect(each.dataKeyring.open(sealed, 'acme/inputs')).toBe('secret of an input');
  });
});
