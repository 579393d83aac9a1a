import type { Clock } from '../process/clock.ts';
import { insertWrites, readRecord, type Store, transact } from '../store/records.ts';

/** The organization that owns API keys and everything below them. */
export interface Tenant {
  id: string;
  name: string;
  created_at: number;
  /** One linked account per workspace: a second one is refused with ERR_ACCOUNT_EXISTS. */
  one_account_per_workspace?: boolean;
  /** A linked account must name a warehouse: without one it is refused with ERR_WAREHOUSE_MISSING. */
  require_warehouse?: boolean;
  /** Where connect links may lead browsers back to, letter by letter. */
  return_urls?: string[];
  /** Set by an operator; see engine/access/suspension.ts. Epoch ms. */
  suspended?: { at: number; by: string; reason?: string };
  /** Its deletion has begun; nothing of it starts again. */
  deleting?: true;
  /** Number of its present set of connectors; left out of one that never had its own. See engine/connectors/. */
  catalog?: number;
}

/** Owner of the list of tenants itself. */
export const ALL_TENANTS = 'all';

/** Makes a tenant of this id unless it is there; called twice or at once, the first wins. */
export async function ensureTenant(store: Store & { clock: Clock }, id: string, name = id): Promise<void> {
  const value: Tenant = { id, name, created_at: store.clock.now() };
  await transact(
    store,
    [['absent', store.keys.record('tenant', id)]],
    insertWrites(store, { kind: 'tenant', id, createdAt: value.created_at, owners: [ALL_TENANTS] }, { value }),
  );
}

/** Ids of all tenants. */
export async function readTenantIds(store: Store): Promise<string[]> {
  return store.redis.zrange(store.keys.records('tenant', ALL_TENANTS), '0', '-1');
}

/** The tenant; one that was never made has no settings. */
export async function getTenant(store: Store, id: string): Promise<Tenant> {
  return (await readRecord<Tenant>(store, 'tenant', id))?.value ?? { id, name: id, created_at: 0 };
}
