import type { JsonObject } from '../connector/manifest.ts';
import { connectWorkspace, listWorkspaces } from '../engine/credentials/accounts/workspaces.ts';
import { revokeAuthentication } from '../engine/credentials/authentications/revoke.ts';
import { testAuthentication } from '../engine/credentials/authentications/test-authentication.ts';
import { AUTHENTICATION_STATUS, authenticationSchema, REVOCATION } from './authentications.ts';
import { listRoute } from './http/list-route.ts';
import { pageOf } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT, TEXTS, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

export const authenticationUseSchemas: JsonObject = {
  AuthenticationTest: object(
    { ok: { type: 'boolean' }, status: AUTHENTICATION_STATUS, tested_at: TIME },
    {
      user_name: TEXT,
      workspace_id: TEXT,
      permissions: {
        type: 'array',
        description: 'Permissions that actions need.',
        items: object(
          { permission: TEXT, granted: { type: ['boolean', 'null'], description: 'Null when unknown.' } },
          { hint: TEXT },
        ),
      },
      missing: { ...TEXTS, description: 'Permissions that are missing.' },
      error: ref('RunError'),
    },
  ),
  RevokedAuthentication: authenticationSchema({ revocation: REVOCATION }),
  Workspace: object({ workspace_id: TEXT, name: TEXT }, { host: TEXT, status: TEXT }),
};

const CONNECT_BODY: JsonObject = {
  type: 'object',
  required: ['workspace_id'],
  additionalProperties: false,
  properties: {
    workspace_id: { title: 'Workspace', type: 'string', minLength: 1, maxLength: 100 },
    name: { title: 'Name', type: 'string', minLength: 1, maxLength: 200, pattern: '\\S', format: 'label' },
    test: { title: 'Test before storing', type: 'boolean', default: true },
  },
};

const ONE = '/v1/linked_accounts/{id}/authentications/{auth_id}';

/** What is done with a stored authentication: test it, withdraw it, and reach the workspaces of its account. */
export function authenticationUseRoutes({ ctx }: Serving): Route[] {
  const tag = 'Authentications';
  return [
    route({
      method: 'POST',
      path: `${ONE}/test`,
      operation: 'test_authentication',
      tag,
      summary: 'Test an authentication: which identity it has and which permissions.',
      answers: {
        200: {
          description: 'The result of the test. `ok` is false when the service rejects the credentials.',
          schema: ref('AuthenticationTest'),
        },
      },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: await testAuthentication(ctx, caller.tenant, params.id!, params.auth_id!),
      }),
    }),
    route({
      method: 'POST',
      path: `${ONE}/revoke`,
      operation: 'revoke_authentication',
      tag,
      summary: 'Revoke an authentication: its secret is deleted, its record is kept.',
      answers: { 200: { description: 'The authentication.', schema: ref('RevokedAuthentication') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: await revokeAuthentication(ctx, caller, { account: params.id!, id: params.auth_id! }),
      }),
    }),
    listRoute({
      path: `${ONE}/workspaces`,
      operation: 'list_workspaces',
      failures: [409],
      tag,
      summary:
        'List the workspaces of the account that an account-level authentication belongs to, by id. Each page asks the service.',
      item: 'Workspace',
      page: 'A page of workspaces.',
      async read({ caller, params }, page) {
        const all = await listWorkspaces(ctx, caller.tenant, { account: params.id!, id: params.auth_id! });
        return pageOf(all, page, ({ workspace_id }) => workspace_id);
      },
    }),
    route<unknown, { workspace_id: string; name?: string; test: boolean }>({
      method: 'POST',
      path: `${ONE}/workspaces`,
      operation: 'connect_workspace',
      tag,
      summary:
        'Create an authentication for one workspace that uses the service principal of an account-level authentication.',
      body: CONNECT_BODY,
      answers: { 201: { description: 'The new authentication.', schema: ref('Authentication') } },
      handle: async ({ caller, params, body }) => ({
        status: 201,
        body: await connectWorkspace(ctx, caller, { account: params.id!, id: params.auth_id!, ...body }),
      }),
    }),
  ];
}
