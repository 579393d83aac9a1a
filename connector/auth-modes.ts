import type { AuthFamily, AuthMode, AuthModeManifest } from './auth-mode.ts';
import type { ConnectorManifest, JsonObject } from './manifest.ts';
import { compileSchema } from './schema.ts';

const NO_FIELDS: JsonObject = { type: 'object', additionalProperties: false, properties: {} };
const NAME: JsonObject = {
  title: 'Name',
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '\\S',
  format: 'label',
};
const TEST: JsonObject = { title: 'Test before storing', type: 'boolean', default: true };

interface ModeOptions {
  /** Names of the fields that say where the connector is. */
  addresses: readonly string[];
  /** As of `compileSchema`. */
  owner: object | undefined;
}

/** The modes of a connector by their ids. */
export function compileModes({ auth }: ConnectorManifest, options: ModeOptions): ReadonlyMap<string, AuthMode> {
  return new Map(auth.map((manifest) => [manifest.id, compileMode(manifest, options)]));
}

function compileMode(manifest: AuthModeManifest, { addresses, owner }: ModeOptions): AuthMode {
  const { properties, required = [] } = (manifest.fields ?? NO_FIELDS) as {
    properties: Record<string, JsonObject>;
    required?: string[];
  };
  const { fields = NO_FIELDS } = manifest;
  const names = Object.keys(properties);
  const secrets = names.filter((name) => properties[name]!.writeOnly === true);
  const replaced = [...(manifest.replace ?? []), ...secrets, ...names.filter((name) => name === 'expires_at')];
  const compile = (schema: JsonObject) => compileSchema(schema, { owner });
  return Object.freeze({
    id: manifest.id,
    manifest,
    family: familyOf(manifest),
    secrets,
    shown: names.filter((name) => !secrets.includes(name)),
    credentials: required.filter((name) => !addresses.includes(name)),
    create: compile({
      ...fields,
      required: ['name', 'kind', ...required],
      properties: { name: NAME, kind: { const: manifest.id }, ...properties, test: TEST },
    }),
    replace: compile({
      type: 'object',
      required: required.filter((name) => secrets.includes(name)),
      additionalProperties: false,
      properties: {
        ...Object.fromEntries(names.filter((name) => replaced.includes(name)).map((name) => [name, properties[name]!])),
        test: TEST,
      },
    }),
  });
}

function familyOf({ kind, grant, assume_role }: AuthModeManifest): AuthFamily {
  if (assume_role !== undefined) return 'exchanged';
  if (kind === 'jwt_bearer') return 'exchanged';
  if (kind !== 'oauth2') return 'static';
  return grant === 'authorization_code' ? 'login' : 'exchanged';
}
