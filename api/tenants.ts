import type { JsonObject } from '../connector/manifest.ts';
import { createTenant } from '../engine/access/create-tenant.ts';
import { setQuotas } from '../engine/access/set-quotas.ts';
import { findTenant, pageOfTenants, requireOperator } from '../engine/access/tenant-list.ts';
import type { Context } from '../engine/context.ts';
import { QUOTA_NAMES, readQuotas } from '../engine/store/quotas.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const brief: JsonObject = { id: TEXT, name: TEXT, created_at: TIME };

export const tenantsSchemas: JsonObject = {
  TenantSummary: object(brief),
  NewTenant: object({
    ...brief,
    api_key: { ...ref('NewApiKey'), description: 'The first admin key of the tenant. It is shown only once.' },
  }),
  TenantDetail: object({
    ...brief,
    quotas: object(Object.fromEntries(QUOTA_NAMES.map((name) => [name, object({ limit: COUNT, used: COUNT })]))),
  }),
};

const CREATE_BODY: JsonObject = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { title: 'Name', type: 'string', minLength: 1, maxLength: 200, pattern: '\\S', format: 'label' },
  },
};

const CHANGE_BODY: JsonObject = {
  type: 'object',
  required: ['quotas'],
  additionalProperties: false,
  properties: {
    quotas: {
      title: 'Quotas',
      type: 'object',
      minProperties: 1,
      additionalProperties: false,
      properties: Object.fromEntries(
        QUOTA_NAMES.map((name) => [
          name,
          { title: name, type: ['integer', 'null'], minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        ]),
      ),
      description: 'Limits by name; null for the default.',
    },
  },
};

/** `/v1/tenants`: the tenants of the installation, for admin keys of its first tenant. */
export function tenantsRoutes({ ctx }: Serving): Route[] {
  const tag = 'Tenants';
  const answers = { 200: { description: 'The tenant.', schema: ref('TenantDetail') } };
  return [
    listRoute({
      path: '/v1/tenants',
      operation: 'list_tenants',
      tag,
      summary: 'List tenants, newest first.',
      item: 'TenantSummary',
      page: 'A page of tenants.',
      read({ caller }, page) {
        requireOperator(caller);
        return pageOfTenants(ctx, page);
      },
    }),
    route<unknown, { name: string }>({
      method: 'POST',
      path: '/v1/tenants',
      operation: 'create_tenant',
      tag,
      summary: 'Create a tenant with its first admin key, which is shown only once.',
      body: CREATE_BODY,
      isSecret: true,
      answers: {
        201: { description: 'The tenant.', schema: ref('NewTenant'), headers: { Location: 'Path of the tenant.' } },
      },
      async handle({ caller, body }) {
        requireOperator(caller);
        const made = await createTenant(ctx, caller, body.name);
        return { status: 201, headers: { location: `/v1/tenants/${made.id}` }, body: made };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/tenants/{id}',
      operation: 'get_tenant_by_id',
      tag,
      summary: 'Get a tenant with its quotas and usage.',
      answers,
      async handle({ caller, params }) {
        requireOperator(caller);
        return { status: 200, body: await show(ctx, params.id!) };
      },
    }),
    route<unknown, { quotas: Record<string, number | null> }>({
      method: 'PATCH',
      path: '/v1/tenants/{id}',
      operation: 'update_tenant_quotas',
      tag,
      summary: 'Set quotas of a tenant. What it has beyond a new limit stays.',
      body: CHANGE_BODY,
      answers,
      async handle({ caller, params, body }) {
        requireOperator(caller);
        const quotas = Object.fromEntries(
          Object.entries(body.quotas).map(([name, limit]) => [name, limit ?? undefined]),
        );
        await setQuotas(ctx, caller, { tenant: params.id!, quotas });
        return { status: 200, body: await show(ctx, params.id!) };
      },
    }),
  ];
}

async function show(ctx: Context, id: string): Promise<object> {
  return { ...(await findTenant(ctx, id)), quotas: await readQuotas(ctx, id) };
}
