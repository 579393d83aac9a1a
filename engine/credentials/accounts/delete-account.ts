import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { changeMessage } from '../../store/record-changes.ts';
import { type Check, readRecords, removeWrites, type Stored, transact } from '../../store/records.ts';
import { deleteAuthenticationWrites, revokeDeleted } from '../authentications/delete-authentication.ts';
import { changedByOthers, MAX_CONFLICTS } from '../authentications/store-authentication.ts';
import type { Context } from '../context.ts';
import { findAccount } from '../records/account-records.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
import { workspaceFieldOf } from '../records/authentication-record.ts';

/** Deletes a linked account with all its authentications, and revokes their grants where the service allows it. Its runs stay until retention takes them. @throws ConnectorError ERR_NOT_FOUND */
export async function deleteLinkedAccount(ctx: Context, caller: Actor, idOrName: string): Promise<void> {
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    const account = await findAccount(ctx, caller.tenant, idOrName);
    const { id } = account.value;
    const ids = await ctx.redis.zrange(ctx.keys.records('authentication', id), '0', '-1');
    const auths = await readRecords<AuthenticationRecord>(ctx, 'authentication', ids);
    const uniques = ctx.keys.uniques('linked_account', caller.tenant);
    const workspaces = await workspacesOf(ctx, uniques, { account: id, auths });
    const failed = await transact(
      ctx,
      [
        ['version', ctx.keys.record('linked_account', id), String(account.version)],
        ...auths.map(
          (auth): Check => ['version', ctx.keys.record('authentication', auth.value.id), String(auth.version)],
        ),
      ],
      [
        ...auths.flatMap((auth) => deleteAuthenticationWrites(ctx, caller, auth)),
        ...removeWrites(ctx, { kind: 'linked_account', id, owners: [caller.tenant] }, undefined),
        ['HDEL', uniques, `name:${account.value.name}`, ...workspaces],
        auditWrite(ctx, caller, {
          action: 'linked_account.delete',
          target: { kind: 'linked_account', id, name: account.value.name },
          details: { authentications: auths.length },
        }),
        ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('linked_account', id)],
      ],
    );
    ctx.changes.tell('linked_account', id);
    for (const auth of auths) ctx.changes.tell('authentication', auth.value.id);
    if (failed === undefined) {
      for (const auth of auths) await revokeDeleted(ctx, auth);
      return;
    }
  }
  throw changedByOthers(idOrName);
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
