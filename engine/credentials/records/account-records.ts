import { ConnectorError } from '../../../connector/errors.ts';
import { readRecord, type Store, type Stored } from '../../store/records.ts';
import type { LinkedAccountRecord } from './authentication-record.ts';

/**
 * A linked account by id or name. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's: nobody learns that it exists
 */
export async function findAccount(
  store: Store,
  tenant: string,
  idOrName: string,
): Promise<Stored<LinkedAccountRecord>> {
  const byId = idOrName.startsWith('la_')
    ? await readRecord<LinkedAccountRecord>(store, 'linked_account', idOrName)
    : undefined;
  if (byId !== undefined && byId.value.tenant === tenant) return byId;
  const id = await store.redis.hget(store.keys.uniques('linked_account', tenant), `name:${idOrName}`);
  const byName = id === null ? undefined : await readRecord<LinkedAccountRecord>(store, 'linked_account', id);
  if (byName !== undefined) return byName;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no linked account "${idOrName}"`, {
    hint: '"penstock accounts" lists them.',
  });
}
