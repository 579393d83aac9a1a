import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../store/context.ts';
import { createRecordCache, type RecordCache } from '../store/record-cache.ts';
import { readRecord } from '../store/records.ts';
import type { Tenant } from './tenants.ts';

/** Tenants as this process knows them: a change is pushed, and what was read holds 30 seconds where the push was missed. */
export type TenantCache = RecordCache<Tenant>;

type Known = { tenants: TenantCache };

/** Opens the cache. */
export function openTenantCache(place: Pick<Context, 'redis' | 'keys' | 'clock' | 'changes'>): TenantCache {
  const read = async (id: string) => (await readRecord<Tenant>(place, 'tenant', id))?.value;
  const tenants = createRecordCache<Tenant>(place.clock, read);
  place.changes.follow((kind, id) => {
    if (kind === undefined) tenants.invalidate();
    else if (kind === 'tenant') tenants.invalidate(id);
  });
  return tenants;
}

/** Whether a tenant is suspended or being deleted. Costs no round trip, and no promise, while this process knows the tenant. */
export function isSuspended({ tenants }: Known, tenant: string): boolean | Promise<boolean> {
  const found = tenants.get(tenant);
  return found instanceof Promise ? found.then(hasStopped) : hasStopped(found);
}

/** @throws ConnectorError ERR_TENANT_SUSPENDED for a tenant that is suspended or being deleted */
export async function assertActive(ctx: Known, tenant: string): Promise<void> {
  if (!(await isSuspended(ctx, tenant))) return;
  throw new ConnectorError('ERR_TENANT_SUSPENDED', `the tenant "${tenant}" is suspended`);
}

function hasStopped(tenant: Tenant | undefined): boolean {
  return tenant?.suspended !== undefined || tenant?.deleting === true;
}
