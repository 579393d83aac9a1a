import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { describe, expect, inject, it } from 'vitest';
import type { Caller } from '../../../engine/access/actor.ts';
import { listAudit } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication, replaceSecret } from '../../../engine/credentials/authentications/authentications.ts';
import { resolveAuthentication } from '../../../engine/credentials/tokens/tokens.ts';
import { openContext } from '../../../engine/open.ts';
import { rotateDataKey } from '../../../engine/operations/data-key-rotation.ts';
import { rotateKeys } from '../../../engine/operations/key-rotation.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { startHeartbeat } from '../../../engine/queue/workers.ts';
import { countSealedWith } from '../../../engine/secrets/key-checks.ts';
import { type Heartbeat, startApiHeartbeat } from '../../../engine/secrets/processes.ts';
import { isOurLink, signLink } from '../../../engine/secrets/signed-links.ts';
import { readQuotas } from '../../../engine/store/quotas.ts';
import { definitionKey, loadDefinition, openWorkflowSecrets } from '../../../engine/workflows/definitions.ts';
import { createWorkflow, updateWorkflow } from '../../../engine/workflows/workflows.ts';
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
  return openContext({ ...config, prefix: ctx.keys.prefix }, 'worker', { manifests: ctx.manifests, log: ctx.log });
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
      message: expect.stringMatching(/"k1" is not configured, but 4 secrets are encrypted with it/),
      hint: expect.stringContaining('keys rotate'),
    });
  });

  it('that were refused at a start leave no trace', async () => {
    const { ctx } = await withSecrets(1);
    await expect(startWith(ctx, K2)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await expect(startWith(ctx, `${K2},${OTHER_K1}`)).rejects.toMatchObject({ code: 'ERR_CONFIG' });

    await withKeys(ctx, K1);

    expect(Object.keys(await ctx.redis.hgetall(ctx.keys.keyChecks()))).toEqual(['k1']);
  });

  it('that never sealed anything may be left out again, unless a process seals with them', async () => {
    const { ctx } = await withSecrets(1);
    const heartbeat = await startHeartbeat(await withKeys(ctx, `${K2},${K1}`), () => 0);

    await expect(startWith(ctx, K1)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/"k2" is not configured, but worker process \d+ of \S+ uses it/),
    });
    await heartbeat.close();

    await withKeys(ctx, K1);
  });

  it('are rotated with progress, after which the old one may go', async () => {
    const { ctx, account, ids } = await withSecrets(250);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const progress: number[] = [];

    const result = await rotateKeys(both, caller, { onProgress: ({ left }) => progress.push(left) });

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
      rotateKeys(both, caller),
      ...ids
        .slice(0, 40)
        .map((id, index) => replaceSecret(both, caller, account, id, { token: `new-${index}`, test: false })),
    ]);
    await rotateKeys(both, caller);

    expect(result.failed).toEqual({});
    const newOnly = await withKeys(ctx, K2);
    for (const [index, id] of ids.entries()) {
      const { headers } = await resolveAuthentication(newOnly, 'acme', account, id);
      expect(headers.authorization).toBe(`Bearer ${index < 40 ? `new-${index}` : `dapi-${index}`}`);
    }
  });

  it('continue being rotated where a stopped rotation ended', async () => {
    const { ctx } = await withSecrets(250);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const stop = new AbortController();

    const first = await rotateKeys(both, caller, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(startWith(ctx, K2)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    const second = await rotateKeys(both, caller);

    expect(first).toMatchObject({ resealed: 100, retired: [] });
    expect(second).toMatchObject({ resealed: 151, retired: ['k1'] });
  });

  it('stay in use where a secret cannot be opened', async () => {
    const { ctx, ids } = await withSecrets(3);
    const key = ctx.keys.record('authentication', ids[1]!);
    const sealed = (await ctx.redis.hget(key, 'sealed'))!;
    await ctx.redis.hset(key, 'sealed', `${sealed.slice(0, -4)}AAAA`);
    const both = await withKeys(ctx, `${K2},${K1}`);

    expect(await rotateKeys(both, caller)).toEqual({ resealed: 3, retired: [], failed: { k1: 1 } });
    expect(await countSealedWith(both, 'k1')).toBe(1);
  });

  it('are rotated by one process at a time', async () => {
    const { ctx } = await withSecrets(30);
    const both = await withKeys(ctx, `${K2},${K1}`);

    const results = await Promise.allSettled([rotateKeys(both, caller), rotateKeys(both, caller)]);

    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')).toMatchObject({ reason: { code: 'ERR_CONFLICT' } });
  });
});

describe('a rotation', () => {
  it('is in the audit log of who began it, with its end and each key that went', async () => {
    const { ctx } = await withSecrets(2);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const from = { ...caller, from: 'ana@ops-1' };

    await rotateKeys(both, from);

    const { items } = await listAudit(ctx, 'acme');
    const actor = { key: 'key_1', name: 'tests', from: 'ana@ops-1' };
    const k2 = { kind: 'encryption_key', id: 'k2' };
    expect(items.filter(({ action }) => action.startsWith('encryption_key.')).toReversed()).toMatchObject([
      { action: 'encryption_key.rotate', actor, target: k2, details: { from: ['k1'] } },
      { action: 'encryption_key.retire', actor, target: { kind: 'encryption_key', id: 'k1' } },
      { action: 'encryption_key.rotate_end', actor, target: k2, details: { resealed: 3, retired: ['k1'] } },
    ]);
  });

  it('that is refused or stopped stands there, too', async () => {
    const { ctx } = await withSecrets(2);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const heartbeat = await startHeartbeat(ctx, () => 0);
    await expect(rotateKeys(both, caller)).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
    await heartbeat.close();
    const stop = AbortSignal.abort();

    await rotateKeys(both, caller, { signal: stop });

    const { items } = await listAudit(ctx, 'acme');
    expect(items.slice(0, 3).toReversed()).toMatchObject([
      { action: 'encryption_key.rotate_refused', details: { reason: expect.stringContaining('("k1")') } },
      { action: 'encryption_key.rotate', target: { id: 'k2' } },
      { action: 'encryption_key.rotate_end', details: { resealed: 0, stopped: true } },
    ]);
  });

  it('retires no key while a process came up that seals with it', async () => {
    const { ctx } = await withSecrets(150);
    const both = await withKeys(ctx, `${K2},${K1}`);
    const late: Promise<Heartbeat>[] = [];

    const rotation = rotateKeys(both, caller, { onProgress: () => late.push(startApiHeartbeat(ctx)) });

    await expect(rotation).rejects.toMatchObject({
      code: 'ERR_CONFLICT',
      message: expect.stringContaining(`API process ${process.pid} of ${hostname()} ("k1")`),
    });
    await expect(startWith(ctx, K2)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    for (const heartbeat of late) await (await heartbeat).close();
    expect(await rotateKeys(both, caller)).toMatchObject({ retired: ['k1'] });
  });

  it('does not let a key go that a forgotten process has sealed with after it', async () => {
    const { ctx, account } = await withSecrets(1);
    const both = await withKeys(ctx, `${K2},${K1}`);
    await rotateKeys(both, caller);
    const body = { name: 'late', kind: 'pat', host: 'http://127.0.0.1:9', token: 'dapi-late', test: false };

    await createAuthentication(ctx, caller, account, body);

    await expect(startWith(ctx, K2)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('"k1" is not configured, but 1 secret is encrypted with it'),
    });
    await withKeys(ctx, `${K2},${K1}`);
    expect(await rotateKeys(both, caller)).toMatchObject({ resealed: 1, retired: ['k1'] });
    await withKeys(ctx, K2);
  });
});

describe('the data key', () => {
  it('is the same for processes that start at once, and outlives a rotation', async () => {
    const { ctx } = await withSecrets(0);
    const sealed = ctx.dataKeyring.seal('secret of an input', 'acme/inputs');
    const [one, two] = await Promise.all([withKeys(ctx, `${K2},${K1}`), withKeys(ctx, `${K2},${K1}`)]);
    await rotateKeys(one, caller);

    const newOnly = await withKeys(ctx, K2);

    for (const each of [one, two, newOnly])
      expect(each.dataKeyring.open(sealed, 'acme/inputs')).toBe('secret of an input');
  });

  it('of a rotation seals every version of every workflow again, and links stay what they are', async () => {
    const { ctx } = await withSecrets(0);
    const body = (secret: string) => ({
      name: 'w',
      secrets: { key: secret },
      trigger: { id: 'core.manual' },
      steps: [{ id: 'a', action: 'core.transform', input: { value: '{{ $length(secrets.key) }}' } }],
    });
    const workflow = await createWorkflow(ctx, 'default', body('first-secret'));
    await updateWorkflow(ctx, 'default', { id: workflow.id, body: body('second-secret') });
    const link = await signLink(ctx, 'approval', 'run_1');
    const versions = [1, 2].map((version) => definitionKey(ctx, workflow.id, version));
    const read = async (context: Context) =>
      Promise.all(
        [1, 2].map(async (version) => {
          const definition = await loadDefinition(context, workflow.id, version);
          return openWorkflowSecrets(context, workflow, definition).values['/key'];
        }),
      );

    await rotateKeys(ctx, caller);

    const texts = await ctx.redis.mget(versions);
    const sealed = [...texts, await ctx.redis.get(ctx.keys.linkSecret())].map(
      (text) => /s1\.[\w-]+\.[\w-]+/.exec(text!)![0],
    );
    expect(sealed.map((text) => ctx.dataKeyring.keyIdOf(text))).toEqual(Array(3).fill('penstock-data-2'));
    expect(await read(await withKeys(ctx, K1))).toEqual(['first-secret', 'second-secret']);
    expect(await isOurLink(ctx, 'approval', link)).toBe(true);
    const { workflow_bytes } = await readQuotas(ctx, 'default');
    expect(workflow_bytes.used).toBe(texts.reduce((sum, text) => sum + Buffer.byteLength(text!), 0));
  });

  it('is another one after a rotation, which other processes learn before it seals', async () => {
    const { ctx } = await withSecrets(0);
    const [one, two] = await Promise.all([withKeys(ctx, K1), withKeys(ctx, K1)]);
    const heartbeat = await startHeartbeat(two, () => 0);
    const before = one.dataKeyring.seal('before', 'acme/inputs');

    await rotateKeys(one, caller);
    await heartbeat.close();

    const after = one.dataKeyring.seal('after', 'acme/inputs');
    expect(one.dataKeyring.keyIdOf(after)).not.toBe(one.dataKeyring.keyIdOf(before));
    expect(two.dataKeyring.open(after, 'acme/inputs')).toBe('after');
    const later = await withKeys(ctx, K1);
    for (const each of [one, two, later]) expect(each.dataKeyring.open(before, 'acme/inputs')).toBe('before');
    expect(later.dataKeyring.keyIdOf(later.dataKeyring.seal('x', 'y'))).toBe(one.dataKeyring.keyIdOf(after));
  });

  it('seals nothing with a key that a process does not know', async () => {
    const { ctx } = await withSecrets(0);
    const one = await withKeys(ctx, K1);
    const silent = { id: 'wrk_old', role: 'worker', host: 'h', pid: 1, keyId: 'k1', startedAt: 0, seenAt: Date.now() };
    await ctx.redis.hset(ctx.keys.workers(), 'wrk_old', JSON.stringify(silent));
    const primary = one.dataKeyring.primaryId;

    const used = await rotateDataKey(one, caller, AbortSignal.abort());

    expect([used, one.dataKeyring.primaryId]).toEqual([undefined, primary]);
    await ctx.redis.hdel(ctx.keys.workers(), 'wrk_old');
    expect(await rotateDataKey(one, caller)).toBe(one.dataKeyring.primaryId);
    expect(one.dataKeyring.ids).toHaveLength(2);
  });
});

describe('links', () => {
  it('stay when keys are rotated, and are other ones when that is asked for', async () => {
    const { ctx } = await withSecrets(0);
    const link = await signLink(ctx, 'incoming_webhook', 'wf_1');

    await rotateKeys(ctx, caller);
    const kept = await isOurLink(ctx, 'incoming_webhook', link);
    await rotateKeys(ctx, caller, { links: 'reissue' });

    expect([kept, await isOurLink(ctx, 'incoming_webhook', link)]).toEqual([true, false]);
    expect(await isOurLink(ctx, 'incoming_webhook', await signLink(ctx, 'incoming_webhook', 'wf_1'))).toBe(true);
  });
});
