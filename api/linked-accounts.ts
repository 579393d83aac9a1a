import type { JsonObject, Manifests } from '../connector/manifest.ts';
import type { Context } from '../engine/context.ts';
import { linkedAccountChangeSchema, linkedAccountSchema } from '../engine/credentials/accounts/account-schema.ts';
import {
  createLinkedAccount,
  getLinkedAccount,
  listLinkedAccounts,
  updateLinkedAccount,
} from '../engine/credentials/accounts/accounts.ts';
import { deleteLinkedAccount } from '../engine/credentials/accounts/delete-account.ts';
import { findAccount } from '../engine/credentials/records/account-records.ts';
import type { Metadata } from '../engine/store/metadata.ts';
import { workflowsOnAccount } from '../engine/workflows/usage.ts';
import { authenticationBody } from './authentications.ts';
import { DELETION_QUERY, type DeletionQuery, deletionAnswers } from './deletions.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { METADATA, METADATA_FILTER, NAME_FILTER, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const fields: JsonObject = {
  id: TEXT,
  name: TEXT,
  connector: TEXT,
  status: {
    type: 'string',
    enum: ['active', 'expiring', 'needs_reauth', 'revoked', 'no_authentication'],
    description: 'Status of the default authentication.',
  },
  created_at: TIME,
  updated_at: TIME,
  created_by: { ...TEXT, description: 'Id of the API key.' },
};
const optional: JsonObject = {
  host: TEXT,
  user_name: { ...TEXT, description: 'Of the default authentication: the identity that the service reports.' },
  expires_at: { ...TIME, description: 'When the default authentication expires.' },
  tested_at: { ...TIME, description: 'When the default authentication was last accepted by the service.' },
  paused: {
    ...object({ at: TIME, by: TEXT }, { reason: TEXT }),
    description: 'While set, triggers do not poll and runs wait until the account is resumed.',
  },
  default_authentication: TEXT,
  limits: { type: 'object', description: 'Overrides the limits of the connector.' },
  metadata: METADATA,
};

/** Beside these, the fields that the connector declares in `connection`. */
function withConnectorFields(schema: JsonObject): JsonObject {
  return {
    ...schema,
    additionalProperties: true,
    description: 'With the fields that `connection` of its connector declares.',
  };
}

export const linkedAccountSchemas: JsonObject = {
  LinkedAccount: withConnectorFields(object(fields, optional)),
  NewLinkedAccount: withConnectorFields(object(fields, { ...optional, authentication: ref('Authentication') })),
};

/** `/v1/linked_accounts`: whose workspaces are connected. `{id}` takes an id or a name. */
export function linkedAccountRoutes({ ctx }: Serving): Route[] {
  const connectors = [...ctx.manifests.connectors.values()];
  return [
    listRoute<{ name?: string; metadata?: Metadata }>({
      path: '/v1/linked_accounts',
      operation: 'list_linked_accounts',
      tag: 'Linked accounts',
      summary: 'List linked accounts, newest first.',
      filter: { ...NAME_FILTER, ...METADATA_FILTER },
      item: 'LinkedAccount',
      page: 'A page of linked accounts.',
      read: ({ caller, query: { name, metadata } }, page) =>
        listLinkedAccounts(ctx, caller.tenant, { ...page, name, metadata }),
    }),
    route({
      method: 'POST',
      path: '/v1/linked_accounts',
      operation: 'create_linked_account',
      failures: [502],
      tag: 'Linked accounts',
      summary: 'Create a linked account, with an authentication if the body contains one.',
      description: 'All or nothing: if the service rejects the credentials, nothing is stored.',
      body: withAuthentication(ctx.manifests, linkedAccountSchema(connectors)),
      bodyCheck: 'engine',
      answers: {
        201: {
          description: 'The linked account.',
          schema: ref('NewLinkedAccount'),
          headers: { Location: 'Path of the linked account.' },
        },
      },
      async handle({ caller, body }) {
        const account = await createLinkedAccount(ctx, caller, body ?? {});
        return { status: 201, headers: { location: `/v1/linked_accounts/${account.id}` }, body: account };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/linked_accounts/{id}',
      operation: 'get_linked_account',
      tag: 'Linked accounts',
      summary: 'Get a linked account.',
      answers: { 200: { description: 'The linked account.', schema: ref('LinkedAccount') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: await getLinkedAccount(ctx, caller.tenant, params.id!),
      }),
    }),
    route({
      method: 'PATCH',
      path: '/v1/linked_accounts/{id}',
      operation: 'update_linked_account',
      tag: 'Linked accounts',
      summary: 'Update the name, the fields of the connector, the metadata or the default authentication.',
      body: linkedAccountChangeSchema(connectors),
      bodyCheck: 'engine',
      answers: { 200: { description: 'The linked account.', schema: ref('LinkedAccount') } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: await updateLinkedAccount(ctx, caller, params.id!, body ?? {}),
      }),
    }),
    route<DeletionQuery>({
      method: 'DELETE',
      path: '/v1/linked_accounts/{id}',
      operation: 'delete_linked_account',
      tag: 'Linked accounts',
      summary: 'Delete a linked account with its authentications. Its runs are kept.',
      query: DELETION_QUERY,
      answers: deletionAnswers('LinkedAccountDeletion'),
      async handle({ caller, params, query }) {
        if (query.dry_run === true) {
          return { status: 200, body: await previewDeletion(ctx, caller.tenant, params.id!) };
        }
        await deleteLinkedAccount(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
  ];
}

async function previewDeletion(ctx: Context, tenant: string, idOrName: string) {
  const { id } = (await findAccount(ctx, tenant, idOrName)).value;
  return {
    dry_run: true,
    authentications: await ctx.redis.zcard(ctx.keys.records('authentication', id)),
    workflows: await workflowsOnAccount(ctx, tenant, id),
  };
}

/** The engine's schema leaves the authentication to its own check; a reader wants to see both. */
function withAuthentication(manifests: Manifests, schema: JsonObject): JsonObject {
  return {
    ...schema,
    properties: {
      ...(schema.properties as JsonObject),
      authentication: authenticationBody(manifests, { nameIsOptional: true }),
    },
  };
}
