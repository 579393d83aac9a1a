import { auditWrite, engineActor } from '../../access/audit.ts';
import { tryChange, unchanged } from '../../store/compare-and-set.ts';
import { type Stored, updateWrites } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { authEventWrites } from '../records/auth-event-writes.ts';
import { type AuthenticationRecord, statusBefore } from '../records/authentication-record.ts';

/**
 * Marks an authentication as one that a person must renew and emits the event, if it is still the version that was read;
 * false when it has changed meanwhile. Marked already, it does nothing.
 */
export async function markNeedsReauth(
  ctx: Context,
  record: Stored<AuthenticationRecord>,
  reason: string,
): Promise<boolean> {
  const before = record.value;
  if (before.status === 'needs_reauth') return true;
  const now = ctx.clock.now();
  const value: AuthenticationRecord = { ...before, status: 'needs_reauth', status_reason: reason, updated_at: now };
  const failed = await tryChange(ctx, {
    checks: [unchanged(ctx, 'authentication', before.id, record)],
    writes: [
      ...updateWrites(ctx, { kind: 'authentication', id: before.id, version: record.version }, { value }),
      ...authEventWrites(ctx, {
        type: 'authentication.needs_reauth',
        record: value,
        previous: statusBefore(before, now),
      }),
      auditWrite(ctx, engineActor(before.tenant), {
        action: 'authentication.needs_reauth',
        target: { kind: 'authentication', id: before.id, name: before.name },
      }),
      ['DEL', ctx.keys.refreshAttempt(before.id)],
    ],
    cached: [['authentication', before.id]],
  });
  if (failed === undefined)
    ctx.log.warn(
      { authentication: before.id, account: before.linked_account, reason },
      'an authentication must be renewed by a person',
    );
  return failed === undefined;
}
