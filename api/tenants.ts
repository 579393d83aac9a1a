import type { JsonObject } from '../connector/manifest.ts';
import { createTenant } from '../engine/access/create-tenant.ts';
import { setQuotas } from '../engine/access/set-quotas.ts';
import { setSuspended } from '../engine/access/suspension.ts';
import { findTenant, pageOfTenants, requireOperator } from '../engine/access/tenant-list.ts';
import type { Context } from '../engine/context.ts';
import { deleteTenant } from '../engine/operations/delete-tenant.ts';
import { wakePaused } from '../engine/runs/paused-runs.ts';
import { QUOTA_NAMES, readQuotas } from '../engine/store/quotas.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, SHARED_NAME_FILTER, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const brief: JsonObject = {
  id: TEXT,
  name: TEXT,
  created_at: TIME,
  status: { type: 'string', enum: ['active', 'suspended', 'deleting'] },
};
const optional: JsonObject = {
  suspended: {
    ...object({ at: TIME, by: TEXT }, { reason: TEXT }),
    description: 'While set, keys, sessions and links of the tenant are refused, and nothing of it starts.',
  },
};
const REASON: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { title: 'Reason', type: 'string', minLength: 1, maxLength: 500 } },
};

export const tenantsSchemas: JsonObject = {
  TenantSummary: object(brief, optional),
  NewTenant: object({
    ...brief,
    api_key: { ...ref('NewApiKey'), description: 'The first admin key of the tenant. It is shown only once.' },
  }),
  TenantDetail: object(
    {
      ...brief,
      quotas: object(Object.fromEntries(QUOTA_NAMES.map((name) => [name, object({ limit: COUNT, used: COUNT })]))),
    },
    optional,
  ),
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
    listRoute<{ name?: string }>({
      path: '/v1/tenants',
      operation: 'list_tenants',
      tag,
      summary: 'List tenants, newest first.',
      filter: SHARED_NAME_FILTER,
      item: 'TenantSummary',
      page: 'A page of tenants.',
      read({ caller, query: { name } }, page) {
        requireOperator(caller);
        return pageOfTenants(ctx, { ...page, name });
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
    route({
      method: 'DELETE',
      path: '/v1/tenants/{id}',
      operation: 'delete_tenant',
      failures: [409],
      tag,
      summary: 'Delete a tenant with everything that it has.',
      description:
        'It stops at once. Unfinished runs are canceled: workers have 10 seconds to cancel what they have begun at services, and the rest is ended without that. Then runs, artifacts, workflows, linked accounts with their grants, keys and all other data are deleted. It can take minutes; if the request or the server is interrupted, repeat it. Entries about the tenant in your own audit log stay.',
      answers: { 204: { description: 'Deleted.' } },
      async handle({ caller, params }) {
        requireOperator(caller);
        await deleteTenant(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
    route<unknown, { reason?: string }>({
      method: 'POST',
      path: '/v1/tenants/{id}/suspend',
      operation: 'suspend_tenant',
      tag,
      summary: 'Suspend a tenant: its keys, sessions and links are refused, and nothing of it starts.',
      description:
        'Requests get 403 ERR_TENANT_SUSPENDED. Schedules, polls, incoming webhooks, bulk replays and deliveries of events stop. Runs that have not started wait; what has started at a service is followed to its end. The first tenant cannot be suspended.',
      body: REASON,
      answers,
      async handle({ caller, params, body }) {
        requireOperator(caller);
        await setSuspended(ctx, caller, { tenant: params.id!, suspended: true, reason: body.reason });
        return { status: 200, body: await show(ctx, params.id!) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/tenants/{id}/resume',
      operation: 'resume_tenant',
      tag,
      summary: 'Resume a tenant and start the runs that waited.',
      description:
        'The first 500 runs start immediately, the others within two minutes. Polls continue at their cursors; scheduled times that passed are not made up for. Resuming a tenant that is not suspended changes nothing.',
      answers,
      async handle({ caller, params }) {
        requireOperator(caller);
        await setSuspended(ctx, caller, { tenant: params.id!, suspended: false });
        await wakePaused(ctx, params.id!);
        return { status: 200, body: await show(ctx, params.id!) };
      },
    }),
  ];
}

async function show(ctx: Context, id: string): Promise<object> {
  return { ...(await findTenant(ctx, id)), quotas: await readQuotas(ctx, id) };
}
