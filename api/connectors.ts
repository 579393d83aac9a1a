import { ConnectorError } from '../connector/errors.ts';
import type { Connector, JsonObject, Manifests } from '../connector/manifest.ts';
import { scopeOf } from '../engine/connectors/scope.ts';
import type { Context } from '../engine/context.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import {
  addConnector,
  CONNECTOR_SCHEMA,
  removeConnector,
  replaceConnector,
} from '../engine/workflows/own-connectors.ts';
import { listRoute } from './http/list-route.ts';
import { pageOf } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

export const connectorSchemas: JsonObject = {
  Connector: object(
    {
      id: TEXT,
      version: COUNT,
      title: TEXT,
      connection: { ...ANY_OBJECT, description: 'JSON Schema of the fields of a linked account.' },
      base_urls: {
        ...ANY_OBJECT,
        description: 'Where requests go, by name, with the hosts that may receive credentials.',
      },
      auth: {
        type: 'array',
        items: ANY_OBJECT,
        description:
          'Kinds of authentications. `fields` is the JSON Schema of what a person gives; `writeOnly` fields are secrets.',
      },
      origin: {
        type: 'string',
        enum: ['shipped', 'operator', 'tenant'],
        description:
          'Whether it is part of Penstock, in a folder of `PENSTOCK_CONNECTORS`, or added by the tenant with `POST /v1/connectors`.',
      },
      actions: { ...COUNT, description: 'Number of actions.' },
      triggers: { ...COUNT, description: 'Number of triggers.' },
    },
    {
      icon: {
        type: 'string',
        pattern: '^data:image/svg\\+xml;base64,',
        description: 'A data URL for `<img src>`: an SVG of shapes only, at most 8 KiB.',
      },
      color: { type: 'string', pattern: '^#[0-9a-f]{6}$', description: 'Color of the connector.' },
      docs: TEXT,
      limits: ANY_OBJECT,
      revision: {
        ...COUNT,
        description:
          'Of a connector that the tenant added: rises with each change. Runs continue with the revision with which they began.',
      },
      created_at: { ...TIME, description: 'Of a connector that the tenant added.' },
      updated_at: { ...TIME, description: 'Of a connector that the tenant added: when this revision was stored.' },
      default: { const: true, description: 'The connector of accounts and OAuth apps that name none.' },
    },
  ),
};

/** Manifests as they are written, by people and generators: twice what is stored of them without spaces. */
const MAX_FILES_BYTES = 4_000_000;

const FILES_ROUTE = {
  body: CONNECTOR_SCHEMA,
  bodyCheck: 'engine',
  maxBodyBytes: MAX_FILES_BYTES,
  failures: [409, 422],
} as const;

/** `/v1/connectors`: the services that can be connected, and those that the tenant adds. */
export function connectorRoutes({ ctx }: Serving): Route[] {
  const tag = 'Connectors';
  const all = [...ctx.manifests.connectors.values()].map((connector) => show(ctx.manifests, connector));
  return [
    listRoute({
      path: '/v1/connectors',
      operation: 'list_connectors',
      tag,
      summary: 'List connectors, by id.',
      item: 'Connector',
      page: 'A page of connectors.',
      read: (_, page) => pageOf(all, page, ({ id }) => id),
    }),
    route({
      method: 'POST',
      path: '/v1/connectors',
      operation: 'add_connector',
      tag,
      summary: 'Add a connector of your own.',
      description:
        'The files are those of a folder as described in the guide "Write a connector": data only, 2 MB at most. They are checked as a whole; each validation error names the file, the place in it, and what to do. Only this tenant sees the connector. Do not put secrets into the files.',
      ...FILES_ROUTE,
      answers: { 201: { description: 'The connector.', schema: ref('Connector') } },
      handle: async ({ caller, body }) => ({
        status: 201,
        body: await showOwn(ctx, caller.tenant, await addConnector(ctx, caller, body ?? {})),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/connectors/{id}',
      operation: 'get_connector',
      tag,
      summary: 'Get a connector.',
      answers: { 200: { description: 'The connector.', schema: ref('Connector') } },
      handle({ params: { id } }) {
        const body = all.find((connector) => connector.id === id);
        if (body !== undefined) return { status: 200, body };
        throw new ConnectorError('ERR_NOT_FOUND', `there is no connector "${id}"`, {
          hint: `Connectors: ${all.map((connector) => connector.id).join(', ')}.`,
        });
      },
    }),
    route({
      method: 'PUT',
      path: '/v1/connectors/{id}',
      operation: 'replace_connector',
      tag,
      summary: 'Replace a connector of your own.',
      description:
        'Runs that have begun continue with the files with which they began; what begins from then on uses the new ones. Refused with 409 when a workflow uses an action or trigger that is no longer there, or a trigger that is of another kind, or when credentials are stored and `base_urls` or the addresses of a login change.',
      ...FILES_ROUTE,
      answers: { 200: { description: 'The connector.', schema: ref('Connector') } },
      handle: async ({ caller, body, params }) => ({
        status: 200,
        body: await showOwn(
          ctx,
          caller.tenant,
          await replaceConnector(ctx, caller, { id: params.id!, body: body ?? {} }),
        ),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/connectors/{id}',
      operation: 'remove_connector',
      tag,
      summary: 'Remove a connector of your own.',
      description:
        'Refused with 409 while workflows, linked accounts or OAuth apps use it; the error names them. Runs that have begun end with it.',
      failures: [409],
      answers: { 204: { description: 'Removed.' } },
      async handle({ caller, params }) {
        await removeConnector(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
  ];
}

async function showOwn(ctx: Context, tenant: string, connector: Connector) {
  return show((await scopeOf(ctx, tenant)).manifests, connector);
}

function show({ actions, triggers }: Manifests, { id, origin, icon, manifest, own }: Connector) {
  const { version, title, color, docs, connection, base_urls = {}, auth, limits, default: isDefault } = manifest;
  return {
    id,
    origin,
    version,
    title,
    ...(icon === undefined ? {} : { icon: `data:image/svg+xml;base64,${Buffer.from(icon).toString('base64')}` }),
    ...(color === undefined ? {} : { color }),
    ...(docs === undefined ? {} : { docs }),
    connection,
    base_urls,
    auth,
    ...(isDefault === undefined ? {} : { default: true }),
    ...(limits === undefined ? {} : { limits }),
    ...(own === undefined
      ? {}
      : {
          revision: own.revision,
          created_at: toTimestamp(own.createdAt),
          updated_at: toTimestamp(own.updatedAt),
        }),
    actions: [...actions.values()].filter((action) => action.connector.id === id).length,
    triggers: [...triggers.values()].filter((trigger) => trigger.connector.id === id).length,
  };
}
