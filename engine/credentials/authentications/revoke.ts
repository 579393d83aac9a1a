import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { readRecords, type Stored, updateWrites } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { revokeToken } from '../oauth/oauth.ts';
import { findOAuthApp } from '../oauth/oauth-app-record.ts';
import { appClient } from '../oauth/oauth-client.ts';
import { authEventWrites } from '../records/auth-event-writes.ts';
import {
  type AuthenticationRecord,
  type AuthenticationSecret,
  statusBefore,
} from '../records/authentication-record.ts';
import { openSecret } from '../records/authentication-secret.ts';
import { type AuthenticationView, toAuthenticationView } from './authentication-view.ts';
import { findAuthentication } from './authentications.ts';

/** Whether the service was told; `not_possible` where it has no way to be. */
export type Revocation = 'revoked' | 'not_possible' | 'failed';

/** What a revocation left, and what is still to be told to the service. */
interface Revoked {
  value: AuthenticationRecord;
  grant?: { record: AuthenticationRecord; secret: ReturnType<typeof openSecret> };
}

/**
 * Withdraws an authentication: its secrets go, its grant is revoked at the service where that is possible, and its record
 * stays with the status `revoked` until it is renewed or deleted. Done twice, the second changes nothing.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT
 */
export async function revokeAuthentication(
  ctx: Context,
  caller: Actor,
  wanted: { account: string; id: string },
): Promise<AuthenticationView & { revocation: Revocation }> {
  const revoked = await compareAndSet<Revoked>(ctx, `the authentication "${wanted.id}"`, async () => {
    const { record } = await findAuthentication(ctx, { tenant: caller.tenant, ...wanted });
    const { id, name } = record.value;
    if (record.value.status === 'revoked') return { result: { value: record.value } };
    const secret = openSecret(ctx, record);
    const value: AuthenticationRecord = {
      ...record.value,
      status: 'revoked',
      status_reason: `revoked by ${caller.name}`,
      secret_version: record.value.secret_version + 1,
      updated_at: ctx.clock.now(),
    };
    const key = ctx.keys.record('authentication', id);
    return {
      checks: [unchanged(ctx, 'authentication', id, record)],
      writes: [
        ...updateWrites(ctx, { kind: 'authentication', id, version: record.version }, { value }),
        ['HDEL', key, 'sealed'],
        ...(record.sealed === undefined
          ? []
          : [
              ['ZREM', ctx.keys.sealedWith(), `${ctx.keyring.keyIdOf(record.sealed)}|authentication:${id}`] as [
                'ZREM',
                string,
                string,
              ],
            ]),
        ['DEL', ctx.keys.accessToken(id)],
        ['DEL', ctx.keys.refreshCooldown(id)],
        ['DEL', ctx.keys.refreshAttempt(id)],
        ['ZREM', ctx.keys.expiries(), id],
        auditWrite(ctx, caller, { action: 'authentication.revoke', target: { kind: 'authentication', id, name } }),
        ...authEventWrites(ctx, {
          type: 'authentication.revoked',
          record: value,
          previous: statusBefore(record.value, ctx.clock.now()),
        }),
      ],
      cached: [['authentication', id]],
      result: { value, grant: { record: record.value, secret } },
    };
  });
  ctx.tokens.accessTokens.delete(revoked.value.id);
  const { value, grant } = revoked;
  const view = toAuthenticationView(value, ctx.clock.now());
  if (grant === undefined) return { ...view, revocation: 'not_possible' };
  return { ...view, revocation: await revokeAtService(ctx, grant.record, grant.secret) };
}

/**
 * Tells the service that a grant is over. Possible for logins where the server has a revocation endpoint; not for personal
 * access tokens (their API wants an id that the token does not show) nor service principals (the secret is the administrator's).
 * A grant that another authentication of the same user and app lives on is left alone. Never throws.
 */
export async function revokeAtService(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
): Promise<Revocation> {
  const token = secret.refresh_token ?? secret.access_token;
  if (record.oauth_app === undefined || token === undefined) return 'not_possible';
  try {
    if (await isGrantShared(ctx, record)) return 'not_possible';
    const { server, call } = await appClient(ctx, await findOAuthApp(ctx, record.tenant, record.oauth_app));
    return (await revokeToken(ctx, server, { client: call.client, token })) ? 'revoked' : 'not_possible';
  } catch (error) {
    ctx.log.warn(
      { authentication: record.id, reason: (error as Error).message },
      'the grant could not be revoked at the service',
    );
    return 'failed';
  }
}

/** Some servers keep one grant per user and app, and revoke all of it. */
async function isGrantShared(ctx: Context, record: AuthenticationRecord): Promise<boolean> {
  const ids = await ctx.redis.zrange(ctx.keys.records('authentication', record.oauth_app!), '0', '-1');
  const others: Stored<AuthenticationRecord>[] = await readRecords(
    ctx,
    'authentication',
    ids.filter((id) => id !== record.id),
  );
  return others.some(({ value }) => value.user_name === record.user_name && value.status !== 'revoked');
}
