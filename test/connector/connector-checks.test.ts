import { expect, test } from 'vitest';
import { compileBaseUrls } from '../../connector/base-urls.ts';
import { checkConnector } from '../../connector/connector-checks.ts';
import type { ConnectorManifest, JsonObject } from '../../connector/manifest.ts';

const text = (more: JsonObject = {}): JsonObject => ({ title: 'T', type: 'string', ...more });
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
const token = {
  id: 'token',
  title: 'Token',
  kind: 'bearer' as const,
  fields: object({ token: text({ writeOnly: true }) }),
};
const right: ConnectorManifest = {
  id: 'shop',
  version: 1,
  title: 'Shop',
  connection: object({ base_url: text() }),
  base_urls: { api: { url: '{account.base_url}', hosts: '^(api|eu)\\.shop\\.example$' } },
  auth: [token],
};

function errorsOf(change: Partial<ConnectorManifest>): string[] {
  const entry = (manifest: ConnectorManifest) => ({
    file: 'shop/connector.json',
    name: 'connector',
    connector: 'shop',
    manifest,
  });
  const checked = entry({ ...right, ...change });
  return checkConnector(checked, [checked, entry({ ...right, id: 'other', default: true })]).map(
    ({ pointer, message }) => `${pointer.split('#')[1]}: ${message}`,
  );
}

test('finds nothing wrong with a right one', () => {
  expect(errorsOf({})).toEqual([]);
});

test.each<[string, Partial<ConnectorManifest>, string]>([
  [
    'a field of the account that is ours',
    { connection: object({ base_url: text(), limits: text() }) },
    '/connection/properties/limits: is a field',
  ],
  ['two default connectors', { default: true }, '/default: is set by two'],
  ['credentials that may go nowhere', { base_urls: undefined } as never, '/base_urls: is missing'],
  [
    'an unknown field in a URL',
    { base_urls: { api: { url: 'https://{account.regoin}.example', hosts: '^x$' } } },
    '/base_urls/api/url: reads the field "regoin"',
  ],
  ['two modes of one id', { auth: [token, token] }, '/auth/1/id: "token" is the id of two'],
  [
    'a secret that is shown',
    { auth: [{ ...token, fields: object({ token: text() }) }] },
    '/auth/0/fields/properties/token: is a secret',
  ],
  [
    'a login without its field',
    { auth: [{ ...token, fields: object({}) }] },
    '/auth/0/fields: needs the field "token"',
  ],
  [
    'a field of an authentication that is ours',
    { auth: [{ ...token, fields: object({ token: text({ writeOnly: true }), status: text() }) }] },
    '/auth/0/fields/properties/status: is a field',
  ],
  [
    'a text that reads an unknown field',
    { auth: [{ ...token, send: { headers: { 'x-key': '{auth.tokn}' } } }] },
    '/auth/0: reads the field "tokn"',
  ],
  [
    'a host that is no address',
    { auth: [{ ...token, fields: object({ token: text({ writeOnly: true }), host: text() }) }] },
    '/auth/0/fields/properties/host: is no address',
  ],
])('finds %s', (_what, change, said) => {
  expect(errorsOf(change)).toEqual([expect.stringContaining(said)]);
});

test.each(['api.shop.example', '^api\\.shop\\.example', 'api\\.shop\\.example$', 'x|api\\.shop\\.example'])(
  'the pattern %s is of a whole host',
  (hosts) => {
    const { api } = Object.fromEntries(
      compileBaseUrls({ ...right, base_urls: { api: { url: '{account.base_url}', hosts } } }),
    );

    expect(api!.isHost('api.shop.example')).toBe(true);
    expect(api!.isHost('api.shop.example.evil.example')).toBe(false);
    expect(api!.isHost('evil.example/api.shop.example')).toBe(false);
  },
);
