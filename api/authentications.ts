import type { JsonObject, Manifests } from '../connector/manifest.ts';
import {
  createAuthentication,
  getAuthentication,
  listAuthentications,
  replaceSecret,
} from '../engine/credentials/authentications/authentications.ts';
import { deleteAuthentication } from '../engine/credentials/authentications/delete-authentication.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, NAME_FILTER, object, ref, TEXT, TEXTS, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

/** How an authentication stands, in answers. */
export const AUTHENTICATION_STATUS: JsonObject = {
  type: 'string',
  enum: ['active', 'expiring', 'needs_reauth', 'revoked'],
};

/** Whether the service was told. */
export const REVOCATION: JsonObject = {
  type: 'string',
  enum: ['revoked', 'not_possible', 'failed'],
  description: 'Whether the grant was revoked at the service.',
};

/** An authentication in an answer, with what else the answer tells of it. */
export function authenticationSchema(more: JsonObject = {}): JsonObject {
  return object(
    {
      id: TEXT,
      linked_account: TEXT,
      name: TEXT,
      kind: { ...TEXT, description: 'Id of a mode of the connector.' },
      status: AUTHENTICATION_STATUS,
      host: TEXT,
      created_at: TIME,
      updated_at: TIME,
      created_by: TEXT,
      ...more,
    },
    {
      status_reason: TEXT,
      host_workspace_id: TEXT,
      account_id: TEXT,
      client_id: TEXT,
      oauth_app: TEXT,
      scopes: TEXTS,
      fields: { ...ANY_OBJECT, description: 'The other public fields of its kind.' },
      granted_scopes: TEXTS,
      user_name: { ...TEXT, description: 'The identity that the service reports.' },
      workspace_id: TEXT,
      expires_at: TIME,
      tested_at: TIME,
    },
  );
}

export const authenticationSchemas: JsonObject = {
  Authentication: { ...authenticationSchema(), description: 'A stored credential. Its secret is never shown.' },
  DeletedAuthentication: object({ id: TEXT, revocation: REVOCATION }),
};

const WHERE = '/v1/linked_accounts/{id}/authentications';

/** `/v1/linked_accounts/{id}/authentications`: stored credentials. `{id}` takes an id or a name. */
export function authenticationRoutes({ ctx }: Serving): Route[] {
  return [
    listRoute<{ name?: string }>({
      path: WHERE,
      operation: 'list_authentications',
      tag: 'Authentications',
      summary: 'List the authentications of a linked account, newest first.',
      filter: NAME_FILTER,
      item: 'Authentication',
      page: 'A page of authentications.',
      read: ({ caller, params, query: { name } }, page) =>
        listAuthentications(ctx, caller.tenant, params.id!, { ...page, name }),
    }),
    route({
      method: 'POST',
      path: WHERE,
      operation: 'create_authentication',
      tag: 'Authentications',
      summary: 'Create an authentication. It is tested first unless `test` is false.',
      body: authenticationBody(ctx.manifests),
      bodyCheck: 'engine',
      answers: {
        201: {
          description: 'The authentication.',
          schema: ref('Authentication'),
          headers: { Location: 'Path of the authentication.' },
        },
      },
      async handle({ caller, params, body }) {
        const made = await createAuthentication(ctx, caller, params.id!, body ?? {});
        return {
          status: 201,
          headers: { location: `/v1/linked_accounts/${made.linked_account}/authentications/${made.id}` },
          body: made,
        };
      },
    }),
    route({
      method: 'GET',
      path: `${WHERE}/{auth_id}`,
      operation: 'get_authentication',
      tag: 'Authentications',
      summary: 'Get an authentication.',
      answers: { 200: { description: 'The authentication.', schema: ref('Authentication') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: await getAuthentication(ctx, caller.tenant, params.id!, params.auth_id!),
      }),
    }),
    route({
      method: 'PUT',
      path: `${WHERE}/{auth_id}`,
      operation: 'replace_secret',
      failures: [422],
      tag: 'Authentications',
      summary:
        'Replace the secret of an authentication. The id stays the same, so everything that uses it keeps working.',
      body: { type: 'object', anyOf: bodyModes(ctx.manifests).map(({ replace }) => replace.schema) },
      bodyCheck: 'engine',
      answers: { 200: { description: 'The authentication.', schema: ref('Authentication') } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: await replaceSecret(ctx, caller, params.id!, params.auth_id!, body ?? {}),
      }),
    }),
    route({
      method: 'DELETE',
      path: `${WHERE}/{auth_id}`,
      operation: 'delete_authentication',
      tag: 'Authentications',
      summary: 'Delete an authentication and its secret.',
      description: 'A login is also revoked at the service, if the service supports that.',
      answers: { 200: { description: 'Deleted.', schema: ref('DeletedAuthentication') } },
      async handle({ caller, params }) {
        const { revocation } = await deleteAuthentication(ctx, caller, params.id!, params.auth_id!);
        return { status: 200, body: { id: params.auth_id!, revocation } };
      },
    }),
  ];
}

/** The body of a new authentication, by connector and kind; beside a linked account its name may be left out. */
export function authenticationBody(manifests: Manifests, { nameIsOptional = false } = {}): JsonObject {
  const forms = bodyModes(manifests).map(({ create: { schema } }) =>
    nameIsOptional
      ? { ...schema, required: (schema.required as string[]).filter((field) => field !== 'name') }
      : schema,
  );
  const kind: JsonObject = { type: 'string', description: 'Id of a kind of the connector.' };
  return { title: 'Authentication', type: 'object', required: ['kind'], properties: { kind }, anyOf: forms };
}

/** The modes that are made by a body, of all connectors. */
function bodyModes({ connectors }: Manifests) {
  return [...connectors.values()].flatMap(({ modes }) =>
    [...modes.values()].filter(({ family }) => family !== 'login'),
  );
}
