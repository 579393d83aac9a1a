import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { removeWrites, type Stored, updateWrites, type Write } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { authEventWrites } from '../records/auth-event-writes.ts';
import type { AuthenticationRecord, LinkedAccountRecord } from '../records/authentication-record.ts';
import { openSecret } from '../records/authentication-secret.ts';
import { findAuthentication } from './authentications.ts';
import { type Revocation, revokeAtService } from './revoke.ts';
import { ownersOf } from './store-authentication.ts';

/**
 * Deletes an authentication and everything got with it; another one of the account, the oldest, becomes its default.
 * Then the grant is revoked at the service where that is possible; the answer says what came of it.
 * @throws ConnectorError ERR_NOT_FOUND
 */
export async function deleteAuthentication(
  ctx: Context,
  caller: Actor,
  accountIdOrName: string,
  id: string,
): Promise<{ revocation: Revocation }> {
  const deleted = await compareAndSet(ctx, `the authentication "${id}"`, async () => {
    const { account, record } = await findAuthentication(ctx, { tenant: caller.tenant, account: accountIdOrName, id });
    return {
      checks: [
        unchanged(ctx, 'linked_account', account.value.id, account),
        unchanged(ctx, 'authentication', id, record),
      ],
      writes: [...deleteAuthenticationWrites(ctx, caller, record), ...(await nextDefaultWrites(ctx, account, id))],
      cached: [
        ['linked_account', account.value.id],
        ['authentication', id],
      ],
      result: record,
    };
  });
  ctx.tokens.accessTokens.delete(id);
  return { revocation: await revokeDeleted(ctx, deleted) };
}

/** The writes that delete one authentication with its names, tokens and places in lists; the caller tells the caches. */
export function deleteAuthenticationWrites(ctx: Context, caller: Actor, record: Stored<AuthenticationRecord>): Write[] {
  const { value } = record;
  const { id, name } = value;
  return [
    ...removeWrites(
      ctx,
      { kind: 'authentication', id, owners: ownersOf(value) },
      record.sealed === undefined ? undefined : ctx.keyring.keyIdOf(record.sealed),
    ),
    ['HDEL', ctx.keys.uniques('authentication', value.linked_account), `name:${name}`],
    ['DEL', ctx.keys.accessToken(id)],
    ['DEL', ctx.keys.refreshCooldown(id)],
    ['DEL', ctx.keys.refreshAttempt(id)],
    ['ZREM', ctx.keys.expiries(), id],
    auditWrite(
      ctx,
      { ...caller, tenant: value.tenant },
      { action: 'authentication.delete', target: { kind: 'authentication', id, name } },
    ),
    ...authEventWrites(ctx, { type: 'authentication.deleted', record: value }),
  ];
}

/** Revokes what was just deleted. A secret that cannot be opened cannot be revoked, and must not keep anyone from deleting it. */
export async function revokeDeleted(ctx: Context, record: Stored<AuthenticationRecord>): Promise<Revocation> {
  try {
    return await revokeAtService(ctx, record.value, openSecret(ctx, record));
  } catch (error) {
    ctx.log.warn(
      { authentication: record.value.id, reason: (error as Error).message },
      'a deleted secret cannot be decrypted, so it was not revoked at the service',
    );
    return 'failed';
  }
}

async function nextDefaultWrites(
  ctx: Context,
  account: Stored<LinkedAccountRecord>,
  deleted: string,
): Promise<Write[]> {
  if (account.value.default_authentication !== deleted) return [];
  const ids = await ctx.redis.zrange(ctx.keys.records('authentication', account.value.id), '0', '-1');
  const next = ids.find((id) => id !== deleted);
  const { default_authentication: _, ...rest } = account.value;
  const value: LinkedAccountRecord = {
    ...rest,
    ...(next === undefined ? {} : { default_authentication: next }),
    updated_at: ctx.clock.now(),
  };
  return updateWrites(ctx, { kind: 'linked_account', id: account.value.id, version: account.version }, { value });
}
