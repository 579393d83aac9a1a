import { readdirSync, readFileSync } from 'node:fs';

// biome-ignore lint/suspicious/noExplicitAny: manifests, which a test changes as it likes
export type Files = Record<string, any>;

const HELPDESK = new URL('../../examples/connectors/helpdesk/', import.meta.url);

/** The files of the connector of the guide; each call gives others. */
export function helpdeskFiles(): Files {
  const files: Files = { 'connector.json': read('connector.json') };
  for (const part of ['actions', 'triggers', 'schemas'])
    for (const name of readdirSync(new URL(part, HELPDESK))) files[`${part}/${name}`] = read(`${part}/${name}`);
  return files;
}

/** A connector with one action, which gets what is at a path of the server. */
export function pingFiles({ id = 'pinger', path = '/ping' } = {}): Files {
  return {
    'connector.json': {
      id,
      version: 1,
      title: 'Pinger',
      connection: {
        type: 'object',
        required: ['base_url'],
        additionalProperties: false,
        properties: { base_url: { title: 'URL', type: 'string', maxLength: 200 } },
      },
      base_urls: { api: { url: '{account.base_url}', hosts: '[a-z]+\\.pinger\\.example' } },
      auth: [
        {
          id: 'api_key',
          title: 'API key',
          kind: 'api_key',
          fields: {
            type: 'object',
            required: ['api_key'],
            additionalProperties: false,
            properties: {
              api_key: { title: 'API key', type: 'string', minLength: 1, maxLength: 200, writeOnly: true },
            },
          },
          send: { headers: { 'x-api-key': '{auth.api_key}' } },
        },
      ],
    },
    'actions/ping.json': {
      id: `${id}.ping`,
      version: 1,
      title: 'Ping',
      group: 'Pings',
      description: 'Pings.',
      effect: 'safe',
      input: { type: 'object', additionalProperties: false, properties: {} },
      request: { method: 'GET', path },
      output: { type: 'object', properties: { said: { title: 'Said', type: 'string' } } },
      examples: [{ title: 'A ping', input: {}, output: { said: 'pong' } }],
    },
  };
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, HELPDESK), 'utf8'));
}
