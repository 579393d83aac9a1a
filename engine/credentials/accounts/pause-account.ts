import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { updateWrites } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { findAccount } from '../records/account-records.ts';
import type { LinkedAccountRecord } from '../records/authentication-record.ts';

/**
 * Pauses everything of a linked account, or resumes it. While it is paused its syncs do not look for new rows and its runs do
 * not start: they wait, none is lost. What has started at the service continues. Doing it twice changes nothing.
 * @throws ConnectorError ERR_NOT_FOUND
 */
export async function setAccountPaused(
  ctx: Context,
  caller: Actor,
  change: { account: string; paused: boolean; reason?: string | undefined },
): Promise<void> {
  await compareAndSet(ctx, `the linked account "${change.account}"`, async () => {
    const account = await findAccount(ctx, caller.tenant, change.account);
    const { paused: before, ...rest } = account.value;
    if ((before !== undefined) === change.paused) return { result: undefined };
    const now = ctx.clock.now();
    const reason = change.reason === undefined ? {} : { reason: change.reason };
    const value: LinkedAccountRecord = {
      ...rest,
      ...(change.paused ? { paused: { at: now, by: caller.name, ...reason } } : {}),
      updated_at: now,
    };
    return {
      checks: [unchanged(ctx, 'linked_account', value.id, account)],
      writes: [
        ...updateWrites(ctx, { kind: 'linked_account', id: value.id, version: account.version }, { value }),
        auditWrite(ctx, caller, {
          action: change.paused ? 'linked_account.pause' : 'linked_account.resume',
          target: { kind: 'linked_account', id: value.id, name: value.name },
          ...(change.reason === undefined ? {} : { details: reason }),
        }),
      ],
      cached: [['linked_account', value.id]],
      result: undefined,
    };
  });
}

/** Whether the account of a run is paused. Costs no round trip, and no promise, while this process knows the account. */
export function isAccountPaused(ctx: Pick<Context, 'tokens'>, account: string | undefined): boolean | Promise<boolean> {
  if (account === undefined) return false;
  const found = ctx.tokens.accounts.get(account);
  if (found instanceof Promise) return found.then((record) => record?.value.paused !== undefined);
  return found?.value.paused !== undefined;
}
