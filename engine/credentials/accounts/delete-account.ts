import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { readRecords, removeWrites, type Stored } from '../../store/records.ts';
import { deleteAuthenticationWrites, revokeDeleted } from '../authentications/delete-authentication.ts';
import type { Context } from '../context.ts';
import { findAccount } from '../records/account-records.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
import { workspaceFieldOf } from '../records/authentication-record.ts';

/** Deletes a linked account with all its authentications, and revokes their grants where the service allows it. Its runs stay until retention takes them. @throws ConnectorError ERR_NOT_FOUND */
export async function deleteLinkedAccount(ctx: Context, caller: Actor, idOrName: string): Promise<void> {
  const deleted = await compareAndSet(ctx, `the linked account "${idOrName}"`, async () => {
    const account = await findAccount(ctx, caller.tenant, idOrName);
    const { id } = account.value;
    const ids = await ctx.redis.zrange(ctx.keys.records('authentication', id), '0', '-1');
    const auths = await readRecords<AuthenticationRecord>(ctx, 'authentication', ids);
    const uniques = ctx.keys.uniques('linked_account', caller.tenant);
    const workspaces = await workspacesOf(ctx, uniques, { account: id, auths });
    return {
      checks: [
        unchanged(ctx, 'linked_account', id, account),
        ...auths.map((auth) => unchanged(ctx, 'authentication', auth.value.id, auth)),
      ],
      writes: [
        ...auths.flatMap((auth) => deleteAuthenticationWrites(ctx, caller, auth)),
        ...removeWrites(ctx, { kind: 'linked_account', id, owners: [caller.tenant] }, undefined),
        ['HDEL', uniques, `name:${account.value.name}`, ...workspaces],
        auditWrite(ctx, caller, {
          action: 'linked_account.delete',
          target: { kind: 'linked_account', id, name: account.value.name },
          details: { authentications: auths.length },
        }),
      ],
      cached: [['linked_account', id], ...auths.map(({ value }) => ['authentication', value.id] as [string, string])],
      result: auths,
    };
  });
  for (const auth of deleted) await revokeDeleted(ctx, auth);
}

async function workspacesOf(
  ctx: Context,
  uniques: string,
  of: { account: string; auths: readonly Stored<AuthenticationRecord>[] },
): Promise<string[]> {
  const fields = [...new Set(of.auths.map(({ value }) => workspaceFieldOf(value)))];
  if (fields.length === 0) return [];
  const owners = await ctx.redis.hmget(uniques, ...fields);
  return fields.filter((_, index) => owners[index] === of.account);
}
