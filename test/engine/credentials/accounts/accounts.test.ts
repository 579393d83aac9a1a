import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmulator, type Emulator } from '../../../../emulator/server.ts';
import type { Caller } from '../../../../engine/access/actor.ts';
import { listAudit } from '../../../../engine/access/audit.ts';
import type { Context } from '../../../../engine/context.ts';
import {
  createLinkedAccount,
  getLinkedAccount,
  listLinkedAccounts,
  updateLinkedAccount,
} from '../../../../engine/credentials/accounts/accounts.ts';
import { deleteLinkedAccount } from '../../../../engine/credentials/accounts/delete-account.ts';
import { updateTenant } from '../../../../engine/credentials/accounts/tenant-settings.ts';
import {
  createAuthentication,
  listAuthentications,
} from '../../../../engine/credentials/authentications/authentications.ts';
import { testContext } from '../../../context.ts';

const caller: Caller = { tenant: 'acme', keyId: 'key_1', name: 'tests', role: 'admin', from: '192.0.2.1' };

async function withEmulator(): Promise<{ ctx: Context; emulator: Emulator; m2m: Record<string, unknown> }> {
  const emulator = await createEmulator({ samples: 'none' });
  onTestFinished(() => emulator.close());
  const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url } });
  const m2m = {
    name: 'robot',
    kind: 'oauth_m2m',
    host: emulator.url,
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
  };
  return { ctx, emulator, m2m };
}

describe('linked accounts', () => {
  it('stores an account with its authentication in one request', async () => {
    const { ctx, emulator, m2m } = await withEmulator();

    const made = await createLinkedAccount(ctx, caller, {
      name: 'main',
      default_warehouse_id: 'w1',
      authentication: m2m,
    });

    expect(made).toMatchObject({
      name: 'main',
      connector: 'databricks',
      status: 'active',
      default_warehouse_id: 'w1',
      host: emulator.url,
    });
    expect(made.authentication).toMatchObject({ kind: 'oauth_m2m', client_id: emulator.clientId, status: 'active' });
    expect(made.authentication?.user_name).toBeTruthy();
    expect(made.authentication?.workspace_id).toMatch(/^\d+$/);
    expect(await getLinkedAccount(ctx, 'acme', 'main')).toMatchObject({
      id: made.id,
      default_authentication: made.authentication?.id,
    });
    expect(JSON.stringify(made)).not.toContain(emulator.clientSecret);
  });

  it('stores nothing when the service refuses the credentials', async () => {
    const { ctx, m2m } = await withEmulator();

    await expect(
      createLinkedAccount(ctx, caller, { name: 'main', authentication: { ...m2m, client_secret: 'wrong' } }),
    ).rejects.toMatchObject({
      code: 'ERR_AUTH_FAILED',
      upstream: { status: 401, error_code: 'invalid_client' },
    });

    expect((await listLinkedAccounts(ctx, 'acme')).items).toEqual([]);
    expect(await ctx.redis.keys(`${ctx.keys.prefix}rec:*`)).toEqual([ctx.keys.record('data_key', 'data')]);
  });

  it('refuses a token that has ended by its own date, also untested', async () => {
    const { ctx, emulator } = await withEmulator();
    const pat = { kind: 'pat', name: 'p', host: emulator.url, token: emulator.token, test: false };

    const making = createLinkedAccount(ctx, caller, {
      name: 'main',
      authentication: { ...pat, expires_at: '2020-01-01T00:00:00Z' },
    });

    await expect(making).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/authentication/expires_at', message: 'must be in the future' }],
    });
  });

  it('stores untested credentials when asked to', async () => {
    const { ctx, m2m } = await withEmulator();

    const made = await createLinkedAccount(ctx, caller, {
      name: 'main',
      authentication: { ...m2m, client_secret: 'wrong', test: false },
    });

    expect(made.authentication).toMatchObject({ status: 'active' });
    expect(made.authentication?.tested_at).toBeUndefined();
  });

  it('gives a name to one of two that ask at once', async () => {
    const { ctx } = await withEmulator();

    const results = await Promise.allSettled(
      [1, 2, 3, 4].map(() => createLinkedAccount(ctx, caller, { name: 'main' })),
    );

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'ERR_NAME_TAKEN', errors: [{ pointer: '/name' }] });
  });

  it.each([
    ['a missing workspace URL', { host: '' }, 'ERR_HOST_MISSING', '/authentication/host'],
    ['no workspace URL at all', { host: undefined }, 'ERR_HOST_MISSING', '/authentication/host'],
    ['a malformed workspace URL', { host: 'https://a b' }, 'ERR_HOST_INVALID', '/authentication/host'],
    ['a foreign host', { host: 'https://evil.example.com' }, 'ERR_HOST_NOT_ALLOWED', '/authentication/host'],
    ['a missing client secret', { client_secret: '' }, 'ERR_CREDENTIALS_MISSING', '/authentication/client_secret'],
    ['a missing client id', { client_id: null }, 'ERR_CREDENTIALS_MISSING', '/authentication/client_id'],
    ['an unknown field', { clientSecret: 'x' }, 'ERR_INPUT_INVALID', '/authentication/clientSecret'],
    ['an unknown kind', { kind: 'basic' }, 'ERR_INPUT_INVALID', '/authentication/kind'],
  ])('refuses %s with its own code and pointer', async (_what, change, code, pointer) => {
    const { ctx, m2m } = await withEmulator();

    await expect(
      createLinkedAccount(ctx, caller, { name: 'main', authentication: { ...m2m, ...change } }),
    ).rejects.toMatchObject({
      code,
      errors: [expect.objectContaining({ pointer })],
    });
  });

  it('refuses an empty warehouse id', async () => {
    const { ctx } = await withEmulator();

    await expect(createLinkedAccount(ctx, caller, { name: 'main', default_warehouse_id: '' })).rejects.toMatchObject({
      code: 'ERR_WAREHOUSE_MISSING',
    });
  });

  it('answers not found for the account of another tenant', async () => {
    const { ctx } = await withEmulator();
    const made = await createLinkedAccount(ctx, caller, { name: 'main' });

    for (const idOrName of [made.id, 'main']) {
      await expect(getLinkedAccount(ctx, 'other', idOrName)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
      await expect(deleteLinkedAccount(ctx, { ...caller, tenant: 'other' }, idOrName)).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
      });
    }
  });

  it('pages through accounts newest first, also when some are deleted meanwhile', async () => {
    const { ctx } = await withEmulator();
    const names = Array.from({ length: 7 }, (_, index) => `a${index}`);
    for (const name of names) await createLinkedAccount(ctx, caller, { name });

    const first = await listLinkedAccounts(ctx, 'acme', { limit: 3 });
    await deleteLinkedAccount(ctx, caller, first.items.at(-1)!.id);
    const second = await listLinkedAccounts(ctx, 'acme', { limit: 10, after: first.next! });

    expect([...first.items, ...second.items].map((item) => item.name).sort()).toEqual(names);
    expect(second.next).toBeUndefined();
  });

  it('deletes an account with its authentications and frees its name', async () => {
    const { ctx, m2m } = await withEmulator();
    const made = await createLinkedAccount(ctx, caller, { name: 'main', authentication: m2m });

    await deleteLinkedAccount(ctx, caller, 'main');

    await expect(listAuthentications(ctx, 'acme', made.id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await ctx.redis.zscore(ctx.keys.sealedWith(), `test|authentication:${made.authentication!.id}`)).toBeNull();
    await createLinkedAccount(ctx, caller, { name: 'main' });
  });

  it('renames an account and keeps names unique', async () => {
    const { ctx } = await withEmulator();
    await createLinkedAccount(ctx, caller, { name: 'one' });
    await createLinkedAccount(ctx, caller, { name: 'two' });

    await expect(updateLinkedAccount(ctx, caller, 'two', { name: 'one' })).rejects.toMatchObject({
      code: 'ERR_NAME_TAKEN',
    });
    await updateLinkedAccount(ctx, caller, 'two', { name: 'three' });

    await expect(getLinkedAccount(ctx, 'acme', 'two')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect((await getLinkedAccount(ctx, 'acme', 'three')).name).toBe('three');
  });

  it('are one per workspace where the tenant wants it so', async () => {
    const { ctx, m2m } = await withEmulator();
    await updateTenant(ctx, caller, { one_account_per_workspace: true });
    await createLinkedAccount(ctx, caller, { name: 'one', authentication: m2m });
    await createLinkedAccount(ctx, caller, { name: 'two' });

    const exists = { code: 'ERR_ACCOUNT_EXISTS', hint: expect.stringContaining('delete it first') };
    await expect(createLinkedAccount(ctx, caller, { name: 'three', authentication: m2m })).rejects.toMatchObject(
      exists,
    );
    await expect(createAuthentication(ctx, caller, 'two', m2m)).rejects.toMatchObject(exists);
    await createAuthentication(ctx, caller, 'one', { ...m2m, name: 'second' });
    await deleteLinkedAccount(ctx, caller, 'one');

    await createAuthentication(ctx, caller, 'two', m2m);
  });

  it('are one per workspace also where they were connected before the tenant wanted it so', async () => {
    const { ctx, m2m } = await withEmulator();
    await createLinkedAccount(ctx, caller, { name: 'one', authentication: m2m });
    await createLinkedAccount(ctx, caller, { name: 'two', authentication: m2m });

    await updateTenant(ctx, caller, { one_account_per_workspace: true });

    await expect(createLinkedAccount(ctx, caller, { name: 'three', authentication: m2m })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_EXISTS',
    });
  });

  it('name a warehouse where the tenant wants it so', async () => {
    const { ctx } = await withEmulator();
    await updateTenant(ctx, caller, { require_warehouse: true });

    await expect(createLinkedAccount(ctx, caller, { name: 'main' })).rejects.toMatchObject({
      code: 'ERR_WAREHOUSE_MISSING',
    });
    await createLinkedAccount(ctx, caller, { name: 'main', default_warehouse_id: 'w1' });
  });

  it('writes down who changed what, and from where', async () => {
    const { ctx, m2m } = await withEmulator();
    await createLinkedAccount(ctx, caller, { name: 'main', authentication: m2m });

    const { items } = await listAudit(ctx, 'acme');

    expect(items.map((entry) => entry.action)).toEqual(['authentication.create', 'linked_account.create']);
    expect(items[0]).toMatchObject({ actor: { key: 'key_1', name: 'tests', from: '192.0.2.1' } });
  });
});
