import type { JsonObject } from '../connector/manifest.ts';
import { getTenant, type Tenant } from '../engine/access/tenants.ts';
import type { Context } from '../engine/context.ts';
import { TENANT_CHANGE_SCHEMA, updateTenant } from '../engine/credentials/accounts/tenant-settings.ts';
import { QUOTA_NAMES, readQuotas } from '../engine/store/quotas.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TEXTS } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

export const tenantSchemas: JsonObject = {
  Tenant: object({
    id: TEXT,
    name: { ...TEXT, description: 'Shown to end users on connect pages.' },
    one_account_per_workspace: { type: 'boolean' },
    require_warehouse: { type: 'boolean' },
    return_urls: { ...TEXTS, description: 'Where connect links can redirect end users.' },
    quotas: {
      ...object(Object.fromEntries(QUOTA_NAMES.map((name) => [name, object({ limit: COUNT, used: COUNT })]))),
      description:
        'Limit and current use of each quota. A request that exceeds a quota fails with 403 or 429 and both numbers.',
    },
  }),
};

/** `/v1/tenant`: the organization that the API key belongs to. */
export function tenantRoutes({ ctx }: Serving): Route[] {
  const answers = { 200: { description: 'The tenant.', schema: ref('Tenant') } };
  return [
    route({
      method: 'GET',
      path: '/v1/tenant',
      operation: 'get_tenant',
      tag: 'Tenant',
      summary: 'Get the name, rules and quotas of the tenant.',
      answers,
      handle: async ({ caller }) => ({ status: 200, body: await show(ctx, await getTenant(ctx, caller.tenant)) }),
    }),
    route({
      method: 'PATCH',
      path: '/v1/tenant',
      operation: 'update_tenant',
      tag: 'Tenant',
      summary: 'Update the name or rules of the tenant. Existing linked accounts do not change.',
      body: TENANT_CHANGE_SCHEMA,
      bodyCheck: 'engine',
      answers,
      handle: async ({ caller, body }) => ({
        status: 200,
        body: await show(ctx, await updateTenant(ctx, caller, body ?? {})),
      }),
    }),
  ];
}

async function show(
  ctx: Context,
  { id, name, one_account_per_workspace = false, require_warehouse = false, return_urls = [] }: Tenant,
): Promise<object> {
  return { id, name, one_account_per_workspace, require_warehouse, return_urls, quotas: await readQuotas(ctx, id) };
}
