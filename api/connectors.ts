import { ConnectorError } from '../connector/errors.ts';
import type { Connector, JsonObject } from '../connector/manifest.ts';
import { listRoute } from './http/list-route.ts';
import { pageOf } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT } from './http/schemas.ts';
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
        enum: ['shipped', 'operator'],
        description: 'Whether it is part of Penstock or in a folder of `PENSTOCK_CONNECTORS`.',
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
      default: { const: true, description: 'The connector of accounts and OAuth apps that name none.' },
    },
  ),
};

/** `/v1/connectors`: the services that can be connected. */
export function connectorRoutes({ ctx: { manifests } }: Serving): Route[] {
  const show = ({ id, origin, icon, manifest }: Connector) => {
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
      actions: [...manifests.actions.values()].filter((action) => action.connector.id === id).length,
      triggers: [...manifests.triggers.values()].filter((trigger) => trigger.connector.id === id).length,
    };
  };
  const all = [...manifests.connectors.values()].map(show).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    listRoute({
      path: '/v1/connectors',
      operation: 'list_connectors',
      tag: 'Connectors',
      summary: 'List connectors, by id.',
      item: 'Connector',
      page: 'A page of connectors.',
      read: (_, page) => pageOf(all, page, ({ id }) => id),
    }),
    route({
      method: 'GET',
      path: '/v1/connectors/{id}',
      operation: 'get_connector',
      tag: 'Connectors',
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
  ];
}
