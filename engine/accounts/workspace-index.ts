import {
  type AuthenticationRecord,
  type LinkedAccountRecord,
  workspaceFieldOf,
} from '../authentications/authentication-record.ts';
import { listRecords, MAX_PAGE, type Store } from '../records.ts';

/**
 * Notes which linked account is connected to which workspace, for a tenant that from now on allows one account each. Where
 * two are connected to the same, the first that is found keeps the place and the others stay as they are. Called twice,
 * it changes nothing.
 */
export async function indexWorkspaces(store: Store, tenant: string): Promise<void> {
  const uniques = store.keys.uniques('linked_account', tenant);
  for await (const { id } of all<LinkedAccountRecord>(store, { kind: 'linked_account', owner: tenant })) {
    for await (const record of all<AuthenticationRecord>(store, { kind: 'authentication', owner: id }))
      await store.redis.hsetnx(uniques, workspaceFieldOf(record), id);
  }
}

async function* all<T>(store: Store, list: { kind: string; owner: string }): AsyncGenerator<T> {
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = await listRecords<T>(store, list, { limit: MAX_PAGE, cursor });
    for (const { value } of items) yield value;
    cursor = next_cursor;
  } while (cursor !== undefined);
}
