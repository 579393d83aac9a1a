import type { JsonObject } from '../connector/manifest.ts';
import { createApiKey, deleteApiKey, getApiKey, listApiKeys, updateApiKey } from '../engine/access/api-keys.ts';
import { ROLES, type Role } from '../engine/access/roles.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, SHARED_NAME_FILTER, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const ROLE: JsonObject = { title: 'Role', type: 'string', enum: [...ROLES] };

const BODY: JsonObject = {
  type: 'object',
  required: ['name', 'role'],
  additionalProperties: false,
  properties: {
    name: { title: 'Name', type: 'string', minLength: 1, maxLength: 200, pattern: '\\S', format: 'label' },
    role: ROLE,
    expires_at: {
      title: 'Expires at',
      type: 'string',
      format: 'date-time',
      description: 'Omit it for a key that does not expire.',
    },
  },
};

const CHANGE: JsonObject = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { name: (BODY.properties as JsonObject).name!, role: ROLE },
};

const fields: JsonObject = { id: TEXT, name: TEXT, role: ROLE, created_at: TIME, created_by: TEXT };

export const apiKeySchemas: JsonObject = {
  ApiKey: object(fields, { expires_at: TIME }),
  NewApiKey: object(
    { ...fields, key: { ...TEXT, description: 'The key itself. It is shown only once.' } },
    { expires_at: TIME },
  ),
};

/** `/v1/api_keys`: who may use the API, and for what. */
export function apiKeyRoutes({ ctx }: Serving): Route[] {
  return [
    listRoute<{ name?: string }>({
      path: '/v1/api_keys',
      operation: 'list_api_keys',
      tag: 'API keys',
      summary: 'List API keys, newest first. The keys themselves are never shown.',
      filter: SHARED_NAME_FILTER,
      item: 'ApiKey',
      page: 'A page of API keys.',
      read: ({ caller, query: { name } }, page) => listApiKeys(ctx, caller.tenant, { ...page, name }),
    }),
    route<unknown, { name: string; role: Role; expires_at?: string }>({
      method: 'POST',
      path: '/v1/api_keys',
      operation: 'create_api_key',
      tag: 'API keys',
      summary: 'Create an API key. The response contains the key; it is shown only once.',
      body: BODY,
      isSecret: true,
      answers: {
        201: { description: 'The API key.', schema: ref('NewApiKey'), headers: { Location: 'Path of the API key.' } },
      },
      async handle({ caller, body: { name, role, expires_at } }) {
        const wanted = {
          tenant: caller.tenant,
          name,
          role,
          ...(expires_at === undefined ? {} : { expiresAt: Date.parse(expires_at) }),
        };
        const made = await createApiKey(ctx, wanted, caller);
        return { status: 201, headers: { location: `/v1/api_keys/${made.id}` }, body: made };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/api_keys/{id}',
      operation: 'get_api_key',
      tag: 'API keys',
      summary: 'Get an API key. The key itself is never shown.',
      answers: { 200: { description: 'The API key.', schema: ref('ApiKey') } },
      handle: async ({ caller, params }) => ({ status: 200, body: await getApiKey(ctx, caller.tenant, params.id!) }),
    }),
    route<unknown, { name?: string; role?: Role }>({
      method: 'PATCH',
      path: '/v1/api_keys/{id}',
      operation: 'update_api_key',
      failures: [409],
      tag: 'API keys',
      summary: 'Update the name or role of an API key. A key cannot change its own role.',
      body: CHANGE,
      answers: { 200: { description: 'The API key.', schema: ref('ApiKey') } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: await updateApiKey(ctx, caller, params.id!, body),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/api_keys/{id}',
      operation: 'delete_api_key',
      tag: 'API keys',
      summary: 'Delete an API key. It stops working immediately. A key cannot delete itself.',
      answers: { 204: { description: 'Deleted.' } },
      async handle({ caller, params }) {
        await deleteApiKey(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
  ];
}
