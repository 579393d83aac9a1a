import { ConnectorError } from '../../connector/errors.ts';
import { isLabel } from '../../connector/schema.ts';
import { newId } from '../store/ids.ts';
import { insertWrites, readRecord, readRecordsEach, transact } from '../store/records.ts';
import { toTimestamp } from '../store/timestamps.ts';
import { type Readable, readEach, withUnreadable } from '../store/unreadable.ts';
import type { Actor } from './actor.ts';
import { type ApiKeyView, createApiKey } from './api-keys.ts';
import { auditWrite } from './audit.ts';
import type { Context } from './context.ts';
import { ALL_TENANTS, readTenantIds, type Tenant } from './tenants.ts';

/** A tenant as an operator sees it. */
export interface TenantSummary {
  id: string;
  name: string;
  created_at: string;
  status: 'active' | 'suspended' | 'deleting';
  suspended?: { at: string; by: string; reason?: string };
}

const MAX_NAME_LENGTH = 200;

/**
 * Makes a tenant with its first admin key, which is in the answer and nowhere else. An operator's to do, who has Redis or an
 * admin key of the first tenant: no other API key reaches beyond its tenant.
 * @throws ConnectorError ERR_INPUT_INVALID
 */
export async function createTenant(
  ctx: Context,
  operator: Actor,
  name: string,
): Promise<TenantSummary & { api_key: ApiKeyView & { key: string } }> {
  if (name.trim() === '' || name.length > MAX_NAME_LENGTH || !isLabel(name)) {
    const message = `must be one line of 1 to ${MAX_NAME_LENGTH} characters, without control characters`;
    throw new ConnectorError('ERR_INPUT_INVALID', `"name" ${message}`, { errors: [{ pointer: '/name', message }] });
  }
  const now = ctx.clock.now();
  const value: Tenant = { id: newId('tnt', now), name, created_at: now };
  const { id } = value;
  await transact(
    ctx,
    [['absent', ctx.keys.record('tenant', id)]],
    [
      ...insertWrites(ctx, { kind: 'tenant', id, createdAt: now, owners: [ALL_TENANTS] }, { value }),
      auditWrite(ctx, operator, { action: 'tenant.create', target: { kind: 'tenant', id, name } }),
    ],
  );
  return { ...summaryOf(value), api_key: await addAdminKey(ctx, operator, id) };
}

/** Makes a further admin key of a tenant, for one whose last key was lost. @throws ConnectorError ERR_NOT_FOUND */
export async function addAdminKey(
  ctx: Context,
  operator: Actor,
  tenant: string,
): Promise<ApiKeyView & { key: string }> {
  if ((await readRecord(ctx, 'tenant', tenant)) === undefined)
    throw new ConnectorError('ERR_NOT_FOUND', `there is no tenant "${tenant}"`, {
      hint: '"penstock tenants" lists them.',
    });
  return createApiKey(ctx, { tenant, name: 'admin', role: 'admin' }, { ...operator, tenant });
}

/** All tenants, newest first. */
export async function listTenants(ctx: Context): Promise<Readable<TenantSummary>> {
  const found = await readRecordsEach<Tenant>(ctx, 'tenant', (await readTenantIds(ctx)).toReversed());
  const shown = readEach(ctx, 'tenant', {
    records: found.items,
    idOf: ({ value }) => value.id,
    read: ({ value }) => summaryOf(value),
  });
  return withUnreadable(shown.items, found.unreadable, shown.unreadable);
}

/** The tenant as an operator sees it. */
export function summaryOf({ id, name, created_at, suspended, deleting }: Tenant): TenantSummary {
  return {
    id,
    name,
    created_at: toTimestamp(created_at),
    status: deleting === true ? 'deleting' : suspended === undefined ? 'active' : 'suspended',
    ...(suspended === undefined ? {} : { suspended: { ...suspended, at: toTimestamp(suspended.at) } }),
  };
}
