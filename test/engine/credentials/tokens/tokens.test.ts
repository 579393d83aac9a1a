import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEmulator, type Emulator } from '../../../../emulator/server.ts';
import type { Caller } from '../../../../engine/access/actor.ts';
import type { Context } from '../../../../engine/context.ts';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication, replaceSecret } from '../../../../engine/credentials/authentications/authentications.ts';
import { deleteAuthentication } from '../../../../engine/credentials/authentications/delete-authentication.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { MAX_STALE_MS } from '../../../../engine/store/record-cache.ts';
import { testClock, testContext, until } from '../../../context.ts';

const caller: Caller = { tenant: 'acme', keyId: 'key_1', name: 'tests', role: 'admin' };
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Setting {
  ctx: Context;
  emulator: Emulator;
  clock: ReturnType<typeof testClock>;
  account: string;
  authentication: string;
  /** Another process's view of the same Redis. */
  another(): Promise<Context>;
  tokenRequests(): number;
}

async function setUp(given: { lifetimeSeconds?: number } = {}): Promise<Setting> {
  const clock = testClock();
  const emulator = await createEmulator({
    samples: 'none',
    now: clock.now,
    tokenLifetimeSeconds: given.lifetimeSeconds ?? 3600,
  });
  onTestFinished(() => emulator.close());
  const env = { PENSTOCK_ALLOWED_HOSTS: emulator.url };
  const ctx = await testContext({ env, context: { clock } });
  const made = await createLinkedAccount(ctx, caller, {
    name: 'main',
    default_warehouse_id: 'w1',
    authentication: {
      kind: 'oauth_m2m',
      host: emulator.url,
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
    },
  });
  emulator.requests.clear();
  return {
    ctx,
    emulator,
    clock,
    account: made.id,
    authentication: made.authentication!.id,
    another: () => testContext({ env, context: { clock }, prefix: ctx.keys.prefix }),
    tokenRequests: () => emulator.requests.list({ method: 'POST', path: /\/v1\/token$/ }).length,
  };
}

describe('resolving an authentication', () => {
  it('gives host, headers and the public fields of the account', async () => {
    const { ctx, emulator, account, authentication } = await setUp();

    expect(await resolveAuthentication(ctx, 'acme', account)).toMatchObject({
      linkedAccountId: account,
      authenticationId: authentication,
      connector: { id: 'databricks' },
      origin: emulator.url,
      headers: { authorization: expect.stringMatching(/^Bearer \S+$/) },
      account: { host: new URL(emulator.url).host, default_warehouse_id: 'w1' },
    });
  });

  it('uses the token that the test on save has got', async () => {
    const { ctx, account, tokenRequests } = await setUp();

    await resolveAuthentication(ctx, 'acme', account);

    expect(tokenRequests()).toBe(0);
  });

  it('asks for one token when many runs of several processes start with an expired one', async () => {
    const { ctx, clock, account, another, tokenRequests } = await setUp();
    const contexts = [ctx, await another(), await another()];
    clock.advance(2 * HOUR_MS);

    const resolved = await Promise.all(
      contexts.flatMap((each) => Array.from({ length: 300 }, () => resolveAuthentication(each, 'acme', account))),
    );

    expect(tokenRequests()).toBe(1);
    expect(new Set(resolved.map((each) => each.headers.authorization)).size).toBe(1);
  });

  it('asks Redis nothing while it holds a fresh version', async () => {
    const { ctx, account } = await setUp();
    await resolveAuthentication(ctx, 'acme', account);
    const sent = vi.spyOn(ctx.redis, 'sendCommand');

    for (let run = 0; run < 100; run += 1) await resolveAuthentication(ctx, 'acme', account);

    expect(sent).not.toHaveBeenCalled();
    await ctx.redis.get('x');
    expect(sent).toHaveBeenCalledOnce();
  });

  it('renews ahead of expiry in the background while the old token still serves', async () => {
    const { ctx, clock, account, tokenRequests } = await setUp();
    const old = await resolveAuthentication(ctx, 'acme', account);
    clock.advance(41 * MINUTE_MS);

    const meanwhile = await resolveAuthentication(ctx, 'acme', account);
    const renewed = await until('the new token serves', async () => {
      const now = await resolveAuthentication(ctx, 'acme', account);
      return now.headers.authorization !== old.headers.authorization && now;
    });

    expect(meanwhile.headers).toEqual(old.headers);
    expect(renewed.headers).not.toEqual(old.headers);
    expect(tokenRequests()).toBe(1);
  });

  it('never serves a token in the last minute of its life, nor a short-lived one in its last tenth', async () => {
    for (const [lifetimeSeconds, usedMs] of [
      [3600, HOUR_MS - MINUTE_MS],
      [10, 9000],
    ] as const) {
      const { ctx, clock, emulator, account } = await setUp({ lifetimeSeconds });
      const old = await resolveAuthentication(ctx, 'acme', account);
      emulator.faults.add({ match: { path: '/oidc/v1/token' }, fault: { status: 503 }, times: 0 });
      // The life that is left is told by Redis, whose clock runs on meanwhile.
      clock.advance(usedMs - 1000);
      expect((await resolveAuthentication(ctx, 'acme', account)).headers).toEqual(old.headers);
      await until('the renewal ahead has failed', () => ctx.tokens.refreshing.size === 0);

      clock.advance(1001);

      await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({
        code: 'ERR_NOT_SENT',
        kind: 'temporary',
        sent: 'no',
      });
    }
  });

  it('serves the old token while the token endpoint fails, and cools down between tries', async () => {
    const { ctx, clock, emulator, account, tokenRequests } = await setUp();
    const old = await resolveAuthentication(ctx, 'acme', account);
    emulator.faults.add({ match: { path: '/oidc/v1/token' }, fault: { status: 503, retry_after: 30 }, times: 0 });
    clock.advance(41 * MINUTE_MS);

    for (let second = 0; second < 20; second += 1) {
      expect((await resolveAuthentication(ctx, 'acme', account)).headers).toEqual(old.headers);
      await until('the refresh has ended', () => ctx.tokens.refreshing.size === 0);
      clock.advance(1000);
    }
    expect(tokenRequests()).toBe(1);
  });

  it('says when to try again while the token endpoint is away, and recovers', async () => {
    const { ctx, clock, emulator, account } = await setUp();
    const fault = emulator.faults.add({
      match: { path: '/oidc/v1/token' },
      fault: { status: 429, retry_after: 30 },
      times: 0,
    });
    clock.advance(2 * HOUR_MS);

    const failure = resolveAuthentication(ctx, 'acme', account);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      retryAfterMs: 30_000,
      upstream: { status: 429 },
    });
    emulator.faults.clear(fault);
    clock.advance(30_001);

    expect((await resolveAuthentication(ctx, 'acme', account)).headers.authorization).toMatch(/^Bearer \S+$/);
  });

  it('marks a service principal that is refused three times as one that needs a person', async () => {
    const { ctx, clock, account, authentication, emulator } = await setUp();
    emulator.faults.add({
      match: { path: '/oidc/v1/token' },
      fault: { status: 401, error_code: 'invalid_client', message: 'Client authentication failed' },
      times: 0,
    });
    clock.advance(2 * HOUR_MS);

    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });
      clock.advance(MINUTE_MS);
    }

    await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({
      code: 'ERR_NEEDS_REAUTH',
      message: expect.stringContaining('invalid_client'),
    });
    emulator.faults.clear();
    await replaceSecret(ctx, caller, account, authentication, { client_secret: emulator.clientSecret });
    expect((await resolveAuthentication(ctx, 'acme', account)).authenticationId).toBe(authentication);
  });

  it('is answered with not found for another tenant', async () => {
    const { ctx, account } = await setUp();

    await expect(resolveAuthentication(ctx, 'other', account)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});

describe('a refused token', () => {
  it('is renewed with one request however many runs were refused', async () => {
    const { ctx, account, another, tokenRequests } = await setUp();
    const contexts = [ctx, await another()];
    const old = await Promise.all(
      contexts.flatMap((each) =>
        Array.from({ length: 50 }, async () => [each, await resolveAuthentication(each, 'acme', account)] as const),
      ),
    );

    const renewed = await Promise.all(old.map(([each, resolved]) => refreshAuthentication(each, resolved)));

    expect(tokenRequests()).toBe(1);
    expect(new Set(renewed.map((each) => each.headers.authorization)).size).toBe(1);
    expect(renewed[0]!.headers).not.toEqual(old[0]![1].headers);
  });

  it('is not renewed forever when new tokens are refused too', async () => {
    const { ctx, account, tokenRequests } = await setUp();
    let refused = 0;
    for (let run = 0; run < 20; run += 1) {
      const resolved = await resolveAuthentication(ctx, 'acme', account);
      await refreshAuthentication(ctx, resolved).catch((error: { code: string }) => {
        expect(error.code).toBe('ERR_AUTH_FAILED');
        refused += 1;
      });
    }

    // Five new tokens within the minute; the sixth that is refused ends the run, and is got again for the next one.
    expect({ refused, requests: tokenRequests() }).toEqual({ refused: 15, requests: 5 });
  });

  it('fails for a personal access token, until another one is stored', async () => {
    const { ctx, emulator, account } = await setUp();
    const made = await createAuthentication(ctx, caller, account, {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
    });
    const resolved = await resolveAuthentication(ctx, 'acme', account, made.id);

    await expect(refreshAuthentication(ctx, resolved)).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });
    await replaceSecret(ctx, caller, account, made.id, { token: 'dapi-new', test: false });

    expect((await refreshAuthentication(ctx, resolved)).headers.authorization).toBe('Bearer dapi-new');
  });
});

describe('a change of an authentication', () => {
  it('is pushed to other processes', async () => {
    const { ctx, emulator, account, another } = await setUp();
    const other = await another();
    const made = await createAuthentication(ctx, caller, account, {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
    });
    await resolveAuthentication(other, 'acme', account, made.id);

    await replaceSecret(ctx, caller, account, made.id, { token: 'dapi-new', test: false });

    await until(
      'the other process has it',
      async () =>
        (await resolveAuthentication(other, 'acme', account, made.id)).headers.authorization === 'Bearer dapi-new',
    );
  });

  it('is seen within 30 seconds where the push was missed', async () => {
    const { ctx, clock, emulator, account, another } = await setUp();
    const other = await another();
    const made = await createAuthentication(ctx, caller, account, {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
    });
    await resolveAuthentication(other, 'acme', account, made.id);
    await other.tokens.close();
    await replaceSecret(ctx, caller, account, made.id, { token: 'dapi-new', test: false });

    clock.advance(MAX_STALE_MS);

    expect((await resolveAuthentication(other, 'acme', account, made.id)).headers.authorization).toBe(
      'Bearer dapi-new',
    );
  });

  it('makes tokens of the old secret worthless', async () => {
    const { ctx, emulator, account, authentication, tokenRequests } = await setUp();
    await resolveAuthentication(ctx, 'acme', account);

    await replaceSecret(ctx, caller, account, authentication, { client_secret: emulator.clientSecret, test: false });
    await resolveAuthentication(ctx, 'acme', account);

    expect(tokenRequests()).toBe(1);
  });

  it('makes tokens of the old secret worthless in other processes', async () => {
    const { ctx, emulator, account, authentication, another } = await setUp();
    const other = await another();
    const old = await resolveAuthentication(other, 'acme', account);

    await replaceSecret(ctx, caller, account, authentication, { client_secret: emulator.clientSecret, test: false });

    await until('the other process has a new one', async () => {
      const { headers } = await resolveAuthentication(other, 'acme', account);
      return headers.authorization !== old.headers.authorization;
    });
  });

  it('drops the token of a request that was under way when the secret was replaced', async () => {
    const { ctx, clock, emulator, account, authentication, tokenRequests } = await setUp();
    clock.advance(2 * HOUR_MS);
    emulator.faults.add({ match: { path: '/oidc/v1/token' }, fault: { delay_ms: 300 }, times: 1 });
    const resolving = resolveAuthentication(ctx, 'acme', account);
    await until(
      'the request is under way',
      () => emulator.requests.list({ path: /token$/ }).length + (ctx.tokens.refreshing.size > 0 ? 1 : 0) > 0,
    );

    await replaceSecret(ctx, caller, account, authentication, { client_secret: emulator.clientSecret, test: false });

    await resolving;
    const shared = await resolveAuthentication(ctx, 'acme', account);
    expect((await resolving).headers).toEqual(shared.headers);
    expect(tokenRequests()).toBe(2);
  });

  it('moves the default to another one when the default is deleted', async () => {
    const { ctx, emulator, account, authentication } = await setUp();
    const made = await createAuthentication(ctx, caller, account, {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
    });
    await deleteAuthentication(ctx, caller, account, authentication);

    expect((await resolveAuthentication(ctx, 'acme', account)).authenticationId).toBe(made.id);
    await deleteAuthentication(ctx, caller, account, made.id);

    await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({ code: 'ERR_NO_AUTHENTICATION' });
    await expect(resolveAuthentication(ctx, 'acme', account, made.id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});
