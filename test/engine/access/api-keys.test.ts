import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../engine/access/actor.ts';
import { authenticateApiKey, createApiKey, deleteApiKey, listApiKeys } from '../../../engine/access/api-keys.ts';
import { ensureFirstKey } from '../../../engine/access/first-key.ts';
import { testClock, testContext, until } from '../../context.ts';

const admin: Caller = { tenant: 'acme', keyId: 'key_0', name: 'tests', role: 'admin' };

describe('API keys', () => {
  it('are shown once and stored as a hash', async () => {
    const ctx = await testContext();

    const made = await createApiKey(ctx, { tenant: 'acme', name: 'ci', role: 'operator' });

    expect(made.key).toMatch(/^psk_[\w-]{43}$/);
    expect(await authenticateApiKey(ctx, made.key, '192.0.2.7')).toEqual({
      tenant: 'acme',
      keyId: made.id,
      name: 'ci',
      role: 'operator',
      from: '192.0.2.7',
    });
    expect(JSON.stringify(await listApiKeys(ctx, 'acme'))).not.toContain(made.key);
    for (const key of await ctx.redis.keys(`${ctx.keys.prefix}*`)) {
      const type = await ctx.redis.type(key);
      const text =
        type === 'hash'
          ? await ctx.redis.hgetall(key)
          : type === 'string'
            ? await ctx.redis.get(key)
            : type === 'stream'
              ? await ctx.redis.xrange(key, '-', '+')
              : '';
      expect(key + JSON.stringify(text)).not.toContain(made.key);
    }
  });

  it('are refused when unknown', async () => {
    const ctx = await testContext();

    await expect(authenticateApiKey(ctx, 'psk_unknown')).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
  });

  it('end when they expire, also where they are known', async () => {
    const clock = testClock();
    const ctx = await testContext({ context: { clock } });
    const { key } = await createApiKey(ctx, {
      tenant: 'acme',
      name: 'ci',
      role: 'viewer',
      expiresAt: clock.now() + 1000,
    });
    await authenticateApiKey(ctx, key);

    clock.advance(1000);

    await expect(authenticateApiKey(ctx, key)).rejects.toMatchObject({
      code: 'ERR_UNAUTHORIZED',
      message: expect.stringContaining('expired'),
    });
  });

  it('cannot be made when they have expired already', async () => {
    const ctx = await testContext();

    const making = createApiKey(ctx, { tenant: 'acme', name: 'ci', role: 'viewer', expiresAt: ctx.clock.now() - 1 });

    await expect(making).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/expires_at', message: expect.stringContaining('in the future') }],
    });
  });

  it('stop at once in every process when they are deleted', async () => {
    const ctx = await testContext();
    const other = await testContext({ prefix: ctx.keys.prefix });
    const made = await createApiKey(ctx, { tenant: 'acme', name: 'ci', role: 'viewer' });
    await authenticateApiKey(other, made.key);
    await authenticateApiKey(ctx, made.key);

    await deleteApiKey(ctx, admin, made.id);

    await expect(authenticateApiKey(ctx, made.key)).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
    await until(
      'the other process knows',
      () =>
        authenticateApiKey(other, made.key).then(
          () => false,
          () => true,
        ),
      2000,
    );
    await expect(
      createApiKey(ctx, { tenant: 'acme', name: 'again', role: 'viewer', key: made.key }),
    ).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  });

  it('are not found by another tenant', async () => {
    const ctx = await testContext();
    const made = await createApiKey(ctx, { tenant: 'acme', name: 'ci', role: 'viewer' });

    await expect(deleteApiKey(ctx, { ...admin, tenant: 'other' }, made.id)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
    expect((await listApiKeys(ctx, 'other')).items).toEqual([]);
  });

  it('make an address wait after many wrong ones, but not an address that was right before', async () => {
    const ctx = await testContext();
    const known = await createApiKey(ctx, { tenant: 'acme', name: 'known', role: 'viewer' });
    const fresh = await createApiKey(ctx, { tenant: 'acme', name: 'fresh', role: 'viewer' });
    // Whatever is known is forgotten when the connection for pushes begins.
    await until('pushes arrive', async () => {
      const [, subscribers] = await ctx.redis.pubsub('NUMSUB', ctx.keys.authenticationChannel());
      return Number(subscribers) > 0;
    });
    await authenticateApiKey(ctx, known.key, '192.0.2.9');
    for (let attempt = 0; attempt < 30; attempt += 1)
      await authenticateApiKey(ctx, `psk_wrong${attempt}`, '192.0.2.9').catch(() => undefined);

    await expect(authenticateApiKey(ctx, fresh.key, '192.0.2.9')).rejects.toMatchObject({
      code: 'ERR_RATE_LIMITED',
      retryAfterMs: expect.any(Number),
    });

    expect((await authenticateApiKey(ctx, known.key, '192.0.2.9')).name).toBe('known');
    expect((await authenticateApiKey(ctx, fresh.key, '192.0.2.10')).name).toBe('fresh');
  });

  it('name every wrong field', async () => {
    const ctx = await testContext();

    await expect(
      createApiKey(ctx, { tenant: 'acme', name: ' ', role: 'root' as 'admin', key: 'short' }),
    ).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/name' }, { pointer: '/role' }, { pointer: '/key' }],
    });
  });
});

describe('the first key', () => {
  it('is made once, however often and by however many processes', async () => {
    const ctx = await testContext({ env: { PENSTOCK_API_KEY: 'a-key-of-the-operator' } });

    await Promise.all([ensureFirstKey(ctx), ensureFirstKey(ctx), ensureFirstKey(ctx)]);
    await ensureFirstKey(ctx);

    expect(await authenticateApiKey(ctx, 'a-key-of-the-operator')).toMatchObject({ tenant: 'default', role: 'admin' });
    expect((await listApiKeys(ctx, 'default')).items).toHaveLength(1);
  });

  it('stays deleted', async () => {
    const ctx = await testContext({ env: { PENSTOCK_API_KEY: 'a-key-of-the-operator' } });
    await ensureFirstKey(ctx);
    const [first] = (await listApiKeys(ctx, 'default')).items;
    await deleteApiKey(ctx, { ...admin, tenant: 'default' }, first!.id);

    await ensureFirstKey(ctx);

    await expect(authenticateApiKey(ctx, 'a-key-of-the-operator')).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
  });

  it('must be long', async () => {
    const ctx = await testContext({ env: { PENSTOCK_API_KEY: 'short' } });

    await expect(ensureFirstKey(ctx)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('PENSTOCK_API_KEY'),
    });
  });
});
