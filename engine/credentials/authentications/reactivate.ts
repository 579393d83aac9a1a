import { auditWrite, engineActor } from '../../access/audit.ts';
import { tryChange, unchanged } from '../../store/compare-and-set.ts';
import { type Stored, updateWrites } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { authEventWrites } from '../records/auth-event-writes.ts';
import { type AuthenticationRecord, statusBefore } from '../records/authentication-record.ts';
import { openSecret } from '../records/authentication-secret.ts';
import { shareWrite } from '../tokens/shared-token.ts';
import { type Tried, tryCredentials } from './try-credentials.ts';

/**
 * Asks the service about an authentication that was marked as one that a person must renew, with the secret that is stored. When the
 * service takes it after all (it had refused everybody for a while), the authentication is active again and the event
 * `authentication.renewed` is emitted. `undefined` when it has changed meanwhile.
 * @throws ConnectorError as `tryCredentials` does
 */
export async function reactivate(
  ctx: Context,
  record: Stored<AuthenticationRecord>,
): Promise<AuthenticationRecord | undefined> {
  const { value: before } = record;
  const tried = await tryCredentials(ctx, before, openSecret(ctx, record));
  const now = ctx.clock.now();
  const { status_reason: _reason, ...kept } = before;
  const value: AuthenticationRecord = { ...kept, ...tried.found, status: 'active', updated_at: now };
  return (await write(ctx, record, { value, tried })) ? value : undefined;
}

async function write(
  ctx: Context,
  record: Stored<AuthenticationRecord>,
  { value, tried }: { value: AuthenticationRecord; tried: Tried },
): Promise<boolean> {
  const { id, name, tenant } = value;
  const failed = await tryChange(ctx, {
    checks: [unchanged(ctx, 'authentication', id, record)],
    writes: [
      ...updateWrites(ctx, { kind: 'authentication', id, version: record.version }, { value }),
      ['DEL', ctx.keys.refreshCooldown(id)],
      ...(tried.token === undefined ? [] : [shareWrite(ctx, value, tried.token, tried.lifeMs!)]),
      ...authEventWrites(ctx, {
        type: 'authentication.renewed',
        record: value,
        previous: statusBefore(record.value, ctx.clock.now()),
      }),
      auditWrite(ctx, engineActor(tenant), {
        action: 'authentication.reactivate',
        target: { kind: 'authentication', id, name },
      }),
    ],
    cached: [['authentication', id]],
  });
  ctx.tokens.accessTokens.delete(id);
  return failed === undefined;
}
