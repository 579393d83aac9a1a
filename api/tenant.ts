import type { JsonObject } from '../connector/manifest.ts';
import { getTenant, TENANT_CHANGE_SCHEMA, type Tenant, updateTenant } from '../engine/access/tenants.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

export const tenantSchemas: JsonObject = {
  Tenant: object({
    id: TEXT,
    name: { ...TEXT, description: 'Shown to end users on connect pages.' },
    one_account_per_workspace: { type: 'boolean' },
    require_warehouse: { type: 'boolean' },
  }),
};

/** `/v1/tenant`: the organisation that the API key belongs to. */
export function tenantRoutes({ ctx }: Serving): Route[] {
  const answers = { 200: { description: 'The tenant.', schema: ref('Tenant') } };
  return [
    route({
      method: 'GET',
      path: '/v1/tenant',
      operation: 'get_tenant',
      tag: 'Tenant',
      summary: "Read the tenant's name and rules.",
      answers,
      handle: async ({ caller }) => ({ status: 200, body: show(await getTenant(ctx, caller.tenant)) }),
    }),
    route({
      method: 'PATCH',
      path: '/v1/tenant',
      operation: 'update_tenant',
      tag: 'Tenant',
      summary: "Change the tenant's name or rules; accounts that are there stay as they are.",
      body: TENANT_CHANGE_SCHEMA,
      bodyCheck: 'engine',
      answers,
      handle: async ({ caller, body }) => ({ status: 200, body: show(await updateTenant(ctx, caller, body ?? {})) }),
    }),
  ];
}

function show({ id, name, one_account_per_workspace = false, require_warehouse = false }: Tenant) {
  return { id, name, one_account_per_workspace, require_warehouse };
}
