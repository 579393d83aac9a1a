import { eachRow } from '../../store/list-pages.ts';
import { listRecords, type Store, type Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { type AuthenticationRecord, type LinkedAccountRecord, workspaceFieldOf } from './authentication-record.ts';

const PAGE = 200;

/**
 * Notes which linked account is connected to which workspace, for a tenant that from now on allows one account each. Where
 * two are connected to the same, the first that is found keeps the place and the others stay as they are. Called twice,
 * it changes nothing.
 */
export async function indexWorkspaces(ctx: Store & Pick<Context, 'meters'>, tenant: string): Promise<void> {
  const uniques = ctx.keys.uniques('linked_account', tenant);
  for await (const { id } of all<LinkedAccountRecord>(ctx, { kind: 'linked_account', owner: tenant })) {
    for await (const record of all<AuthenticationRecord>(ctx, { kind: 'authentication', owner: id }))
      await ctx.redis.hsetnx(uniques, workspaceFieldOf(record), id);
  }
}

function all<T>(ctx: Store & Pick<Context, 'meters'>, list: { kind: string; owner: string }): AsyncGenerator<T> {
  return eachRow((after) => listRecords(ctx, list, { limit: PAGE, after }, ({ value }: Stored<T>) => value));
}
