import { describe, expect, it } from 'vitest';
import { getAuthentication } from '../../../../engine/credentials/authentications/authentications.ts';
import { deleteAuthentication } from '../../../../engine/credentials/authentications/delete-authentication.ts';
import { revokeAuthentication } from '../../../../engine/credentials/authentications/revoke.ts';
import { updateOAuthApp } from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { readEvents } from '../../../../engine/events/event-stream.ts';
import { closeContext } from '../../../../engine/open.ts';
import { until } from '../../../context.ts';
import { admin, oauthSetting, signIn } from './setting.ts';

const HOUR_MS = 3_600_000;

describe('a login whose refresh tokens are good for one use', () => {
  it('is refreshed with one request by many runs of several processes, again and again', async () => {
    const { ctx, oidc, clock, account, another } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'public' });
    const contexts = [ctx, await another(), await another()];

    for (let round = 1; round <= 4; round += 1) {
      clock.advance(2 * HOUR_MS);
      const resolved = await Promise.all(
        contexts.flatMap((each) => Array.from({ length: 50 }, () => resolveAuthentication(each, 'acme', account))),
      );

      expect(new Set(resolved.map((each) => each.headers.authorization)).size).toBe(1);
      expect(oidc.tokenRequests.filter((grant) => grant === 'refresh_token')).toHaveLength(round);
    }
    expect(oidc.revokedGrants).toBe(0);
  });

  it('is renewed ahead of expiry while the old token serves', async () => {
    const { ctx, oidc, clock, account } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'confidential' });
    const old = await resolveAuthentication(ctx, 'acme', account);
    clock.advance(41 * 60_000);

    expect((await resolveAuthentication(ctx, 'acme', account)).headers).toEqual(old.headers);
    await until(
      'the new token serves',
      async () =>
        (await resolveAuthentication(ctx, 'acme', account)).headers.authorization !== old.headers.authorization,
    );

    expect(oidc.tokenRequests).toEqual(['authorization_code', 'refresh_token']);
  });

  it('is not given up by a process that stops while the answer is on its way', async () => {
    const { ctx, oidc, clock, account, another } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'public' });
    clock.advance(2 * HOUR_MS);
    const leaving = await another();
    let answerNow = () => {};
    oidc.holdAnswer = () => new Promise((resolve) => (answerNow = resolve));
    const ahead = resolveAuthentication(leaving, 'acme', account).catch(() => undefined);
    await until('the service has used the refresh token', () => oidc.tokenRequests.includes('refresh_token'));

    const closed = closeContext(leaving);
    oidc.holdAnswer = undefined;
    answerNow();
    await Promise.all([closed, ahead]);

    expect((await resolveAuthentication(ctx, 'acme', account)).headers.authorization).toMatch(/^Bearer /);
    expect(oidc.received).toBe(2);
    clock.advance(2 * HOUR_MS);
    await resolveAuthentication(ctx, 'acme', account);
    expect(oidc.revokedGrants).toBe(0);
  });

  it('stores the new refresh token in the write that shares the access token', async () => {
    const { ctx, oidc, clock, account, another } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'public' });
    clock.advance(2 * HOUR_MS);
    await resolveAuthentication(ctx, 'acme', account);
    const other = await another();
    clock.advance(2 * HOUR_MS);

    await resolveAuthentication(other, 'acme', account);

    expect(oidc.revokedGrants).toBe(0);
    expect(oidc.tokenRequests.filter((grant) => grant === 'refresh_token')).toHaveLength(2);
  });

  it('renews a token that the service refuses once', async () => {
    const { ctx, oidc, account } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'public' });
    const old = await Promise.all(Array.from({ length: 20 }, () => resolveAuthentication(ctx, 'acme', account)));

    const renewed = await Promise.all(old.map((each) => refreshAuthentication(ctx, each)));

    expect(new Set(renewed.map((each) => each.headers.authorization)).size).toBe(1);
    expect(oidc.tokenRequests.filter((grant) => grant === 'refresh_token')).toHaveLength(1);
  });

  it('continues with a new secret of its app', async () => {
    const { ctx, oidc, clock, account } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'confidential' });
    await updateOAuthApp(ctx, admin, 'confidential', { client_secret: 'wrong' });
    clock.advance(2 * HOUR_MS);
    await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });

    await updateOAuthApp(ctx, admin, 'confidential', { client_secret: oidc.clients.confidential.secret });
    clock.advance(61_000);

    expect((await resolveAuthentication(ctx, 'acme', account)).headers.authorization).toMatch(/^Bearer /);
  });
});

describe('a grant that is dead', () => {
  it('needs a person, says so to every run, and emits one event', async () => {
    const { ctx, oidc, clock, account, another } = await oauthSetting();
    const made = await signIn(ctx, { name: 'me', oauth_app: 'public' });
    const other = await another();
    await killGrant(ctx, oidc.origin, made.id);
    clock.advance(2 * HOUR_MS);

    const failures = await Promise.allSettled(
      [ctx, other, ctx, other].map((each) => resolveAuthentication(each, 'acme', account)),
    );

    for (const failure of failures)
      expect(failure).toMatchObject({ status: 'rejected', reason: { code: 'ERR_NEEDS_REAUTH' } });
    expect(await getAuthentication(ctx, 'acme', 'main', made.id)).toMatchObject({
      status: 'needs_reauth',
      status_reason: expect.stringContaining('invalid_grant'),
    });
    const events = await readEvents(ctx, 'acme');
    expect(events.map(({ event }) => event.type)).toEqual(['authentication.created', 'authentication.needs_reauth']);
    expect(events[1]!.event.data).toMatchObject({
      authentication: made.id,
      previous_status: 'active',
      status: 'needs_reauth',
    });
    expect(oidc.tokenRequests.filter((grant) => grant === 'refresh_token').length).toBeLessThanOrEqual(2);
  });

  it('lives again, with the same id, when somebody signs in', async () => {
    const { ctx, oidc, clock, account } = await oauthSetting();
    const made = await signIn(ctx, { name: 'me', oauth_app: 'public' });
    await killGrant(ctx, oidc.origin, made.id);
    clock.advance(2 * HOUR_MS);
    await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({ code: 'ERR_NEEDS_REAUTH' });

    await signIn(ctx, { authentication: made.id, oauth_app: 'public' });

    expect((await resolveAuthentication(ctx, 'acme', account)).authenticationId).toBe(made.id);
    expect((await readEvents(ctx, 'acme')).at(-1)!.event).toMatchObject({
      type: 'authentication.renewed',
      data: { previous_status: 'needs_reauth' },
    });
  });
});

describe('withdrawing a login', () => {
  it('revokes its grant at the service and keeps the record', async () => {
    const { ctx, oidc, account } = await oauthSetting();
    const made = await signIn(ctx, { name: 'me', oauth_app: 'public' });

    expect(await revokeAuthentication(ctx, admin, { account: 'main', id: made.id })).toMatchObject({
      status: 'revoked',
      revocation: 'revoked',
    });

    expect(oidc.revokedGrants).toBe(1);
    expect(await ctx.redis.zscore(ctx.keys.sealedWith(), `test|authentication:${made.id}`)).toBeNull();
    await expect(resolveAuthentication(ctx, 'acme', account)).rejects.toMatchObject({
      code: 'ERR_NEEDS_REAUTH',
      message: expect.stringContaining('revoked'),
    });
  });

  it('revokes on delete, but not a grant that another authentication lives on', async () => {
    const { ctx, oidc } = await oauthSetting();
    const one = await signIn(ctx, { name: 'one', oauth_app: 'public' });
    const two = await signIn(ctx, { name: 'two', oauth_app: 'public' });

    expect(await deleteAuthentication(ctx, admin, 'main', one.id)).toEqual({ revocation: 'not_possible' });
    expect(oidc.revokedGrants).toBe(0);
    expect(await deleteAuthentication(ctx, admin, 'main', two.id)).toEqual({ revocation: 'revoked' });
    expect(oidc.revokedGrants).toBe(1);
  });
});

/** Kills the grant at the service behind our back, as an administrator there would: a used refresh token is used again. */
async function killGrant(ctx: Parameters<typeof resolveAuthentication>[0], origin: string, id: string): Promise<void> {
  const [json, sealed] = await ctx.redis.hmget(ctx.keys.record('authentication', id), 'json', 'sealed');
  const { tenant } = JSON.parse(json!) as { tenant: string };
  const { refresh_token } = JSON.parse(ctx.keyring.open(sealed!, `${tenant}/${id}`)) as { refresh_token: string };
  const response = await fetch(`${origin}/oidc/v1/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: refresh_token, client_id: 'public-app' }),
  });
  if (!response.ok) throw new Error(`revoking failed with ${response.status}`);
}
