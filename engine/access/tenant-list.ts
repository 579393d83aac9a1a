import { ConnectorError } from '../../connector/errors.ts';
import type { ListPage, PageRequest } from '../store/list-pages.ts';
import { listNamedRecords } from '../store/named-records.ts';
import { readRecord } from '../store/records.ts';
import type { Actor } from './actor.ts';
import type { Context } from './context.ts';
import { summaryOf, type TenantSummary } from './create-tenant.ts';
import { FIRST_TENANT } from './first-key.ts';
import { ALL_TENANTS, type Tenant } from './tenants.ts';

/**
 * Refuses all but the installation's own keys: those of its first tenant, which `GET /v1/load` and Bull Board take as well.
 * @throws ConnectorError ERR_FORBIDDEN
 */
export function requireOperator(caller: Pick<Actor, 'tenant' | 'name'>): void {
  if (caller.tenant === FIRST_TENANT) return;
  throw new ConnectorError('ERR_FORBIDDEN', `the API key "${caller.name}" belongs to a single tenant`, {
    hint: 'Use an admin key of the first tenant, or "penstock tenants" on a machine that reaches Redis.',
  });
}

/** Tenants of the installation, newest first; with `name`, those with exactly this name. @throws ConnectorError ERR_INPUT_INVALID for a position that is none */
export function pageOfTenants(
  ctx: Context,
  page: PageRequest & { name?: string | undefined },
): Promise<ListPage<TenantSummary>> {
  return listNamedRecords<Tenant, TenantSummary>(ctx, { kind: 'tenant', owner: ALL_TENANTS }, page, ({ value }) =>
    summaryOf(value),
  );
}

/** @throws ConnectorError ERR_NOT_FOUND */
export async function findTenant(ctx: Context, id: string): Promise<TenantSummary> {
  const found = await readRecord<Tenant>(ctx, 'tenant', id);
  if (found !== undefined) return summaryOf(found.value);
  throw new ConnectorError('ERR_NOT_FOUND', `there is no tenant "${id}"`, { hint: 'List them with GET /v1/tenants.' });
}
