import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import type { Context } from '../context.ts';
import { indexWorkspaces } from '../credentials/records/workspace-index.ts';
import type { Clock } from '../process/clock.ts';
import { insertWrites, readRecord, type Store, transact, updateWrites } from '../store/records.ts';
import { type Actor, auditWrite } from './audit.ts';

/** The organisation that owns API keys and everything below them. */
export interface Tenant {
  id: string;
  name: string;
  created_at: number;
  /** One linked account per workspace: a second one is refused with ERR_ACCOUNT_EXISTS. */
  one_account_per_workspace?: boolean;
  /** A linked account must name a warehouse: without one it is refused with ERR_WAREHOUSE_MISSING. */
  require_warehouse?: boolean;
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

/** Body of `PATCH /v1/tenant`. */
export const TENANT_CHANGE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    name: {
      title: 'Name',
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'Shown to end users on connect pages',
    },
    one_account_per_workspace: { title: 'One linked account per workspace', type: 'boolean' },
    require_warehouse: { title: 'A linked account must name a warehouse', type: 'boolean' },
  },
});

const changeBody = compileSchema(TENANT_CHANGE_SCHEMA);
const MAX_CONFLICTS = 5;

/** Changes name or rules; accounts that are there stay as they are. @throws ConnectorError ERR_INPUT_INVALID */
export async function updateTenant(
  store: Store & Pick<Context, 'clock' | 'meters'>,
  caller: Actor,
  body: unknown,
): Promise<Tenant> {
  const change = changeBody.check(body, 'the tenant') as Partial<Tenant>;
  await ensureTenant(store, caller.tenant);
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    const record = (await readRecord<Tenant>(store, 'tenant', caller.tenant))!;
    const value = { ...record.value, ...change };
    const failed = await transact(
      store,
      [['version', store.keys.record('tenant', caller.tenant), String(record.version)]],
      [
        ...updateWrites(store, { kind: 'tenant', id: caller.tenant, version: record.version }, { value }),
        auditWrite(store, caller, {
          action: 'tenant.update',
          target: { kind: 'tenant', id: caller.tenant },
          details: { fields: Object.keys(change) },
        }),
      ],
    );
    if (failed === undefined) {
      // After the rule stands: what is connected from now on notes itself.
      if (change.one_account_per_workspace === true) await indexWorkspaces(store, caller.tenant);
      return value;
    }
  }
  throw new ConnectorError('ERR_CONFLICT', 'the tenant is being changed by others', { hint: 'Try again.' });
}

/** The tenant; one that was never made has no settings. */
export async function getTenant(store: Store, id: string): Promise<Tenant> {
  return (await readRecord<Tenant>(store, 'tenant', id))?.value ?? { id, name: id, created_at: 0 };
}
