import type { AuthMode } from '../../../connector/auth-mode.ts';
import type { CompiledSchema, Connector, JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';

const name: JsonObject = {
  title: 'Name',
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^(?!app_)\\S(.*\\S)?$',
  format: 'label',
};
const secret: JsonObject = {
  title: 'Client secret',
  description: 'Of an app that signs (private_key_jwt): its private key in PEM',
  type: 'string',
  minLength: 1,
  maxLength: 4096,
  writeOnly: true,
};
const scopes: JsonObject = {
  title: 'Scopes',
  description: 'Additional scopes beside the mandatory ones: selectable or custom',
  type: 'array',
  maxItems: 100,
  items: { type: 'string', pattern: '^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$' },
};
const returnUrls: JsonObject = {
  title: 'Return URLs',
  type: 'array',
  maxItems: 20,
  items: { type: 'string', format: 'uri', pattern: '^https?://' },
};

/** The connectors that people can sign in to. */
export function loginConnectors(connectors: Iterable<Connector>): { connector: Connector; mode: AuthMode }[] {
  return [...connectors].flatMap((connector) => {
    const mode = [...connector.modes.values()].find(({ family }) => family === 'login');
    return mode === undefined ? [] : [{ connector, mode }];
  });
}

const compiled = new WeakMap<AuthMode, CompiledSchema>();

/** Body of `POST /v1/oauth_apps` for a login of a connector, compiled once. */
export function appSchema(connector: Connector, mode: AuthMode): CompiledSchema {
  const known = compiled.get(mode);
  if (known !== undefined) return known;
  const schema = compileSchema(oauthAppSchema([{ connector, mode }]), { owner: connector.own });
  compiled.set(mode, schema);
  return schema;
}

/** Body of `POST /v1/oauth_apps`. */
export function oauthAppSchema(logins: readonly { connector: Connector; mode: AuthMode }[]): JsonObject {
  const ids = logins.map(({ connector }) => connector.id);
  const usual = logins.find(({ connector }) => connector.manifest.default === true)?.connector.id;
  const template: JsonObject = { title: 'Template', enum: ids, ...(usual === undefined ? {} : { default: usual }) };
  return {
    type: 'object',
    required: ['name', 'client_id'],
    additionalProperties: false,
    properties: {
      template,
      name,
      ...Object.assign({}, ...logins.map(({ mode }) => (mode.manifest.fields?.properties ?? {}) as JsonObject)),
      client_id: { title: 'Client id', type: 'string', minLength: 1, maxLength: 200 },
      client_secret: secret,
      scopes,
      return_urls: returnUrls,
    },
  };
}

/** Body of `PATCH /v1/oauth_apps/{id}`. */
export const OAUTH_APP_CHANGE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { name, client_secret: secret, scopes, return_urls: returnUrls },
});
