import { isDeepStrictEqual } from 'node:util';
import type { CompiledSchema, Connector, Json, JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';
import { METADATA_SCHEMA } from '../../store/metadata.ts';

const name: JsonObject = {
  title: 'Name',
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^(?!la_)\\S(.*\\S)?$',
  format: 'label',
  examples: ['acme'],
};
const limits: JsonObject = {
  title: 'Limits',
  description: 'Limits for requests to the workspace, across all workers. They override the limits of the connector.',
  type: 'object',
  additionalProperties: false,
  properties: {
    per_second: { title: 'Requests per second', type: 'number', minimum: 0.1, maximum: 100_000 },
    concurrent: { title: 'Concurrent requests', type: 'integer', minimum: 1, maximum: 100_000 },
  },
};

/** Bodies that create and change a linked account of a connector, compiled once. */
export interface AccountSchemas {
  create: CompiledSchema;
  change: CompiledSchema;
}

const compiled = new WeakMap<Connector, AccountSchemas>();

/** The bodies for one connector. */
export function accountSchemas(connector: Connector): AccountSchemas {
  const known = compiled.get(connector);
  if (known !== undefined) return known;
  const made = {
    create: compileSchema(linkedAccountSchema([connector]), { owner: connector.own }),
    change: compileSchema(linkedAccountChangeSchema([connector]), { owner: connector.own }),
  };
  compiled.set(connector, made);
  return made;
}

/** Body of `POST /v1/linked_accounts`, with the fields of these connectors; `authentication` is checked by its own schema. */
export function linkedAccountSchema(connectors: readonly Connector[]): JsonObject {
  const usual = connectors.find(({ manifest }) => manifest.default === true);
  return {
    type: 'object',
    required: ['name', ...(connectors.length === 1 ? requiredOf(connectors[0]!) : [])],
    additionalProperties: false,
    properties: {
      name,
      connector: { title: 'Connector', type: 'string', ...(usual === undefined ? {} : { default: usual.id }) },
      ...fieldsOf(connectors),
      limits,
      metadata: METADATA_SCHEMA,
      authentication: { title: 'Authentication', type: 'object' },
    },
  };
}

/** Body of `PATCH /v1/linked_accounts/{id}`. */
export function linkedAccountChangeSchema(connectors: readonly Connector[]): JsonObject {
  return {
    type: 'object',
    minProperties: 1,
    additionalProperties: false,
    properties: {
      name,
      ...withoutDefaults(fieldsOf(connectors)),
      limits,
      metadata: { ...METADATA_SCHEMA, description: `${METADATA_SCHEMA.description} Replaces all that was there.` },
      default_authentication: { title: 'Default authentication', type: 'string' },
    },
  };
}

/** A field that connectors declare differently is described by what they have in common: its title and type. */
function fieldsOf(connectors: readonly Connector[]): JsonObject {
  const found: JsonObject = {};
  for (const { manifest } of connectors) {
    for (const [field, schema] of Object.entries(
      (manifest.connection.properties ?? {}) as Record<string, JsonObject>,
    )) {
      const known = found[field] as JsonObject | undefined;
      found[field] = known === undefined || isDeepStrictEqual(known, schema) ? schema : commonOf(known, schema);
    }
  }
  return found;
}

function commonOf(one: JsonObject, other: JsonObject): JsonObject {
  return Object.fromEntries(
    ['title', 'type'].filter((key) => isDeepStrictEqual(one[key], other[key])).map((key) => [key, one[key]!]),
  );
}

function requiredOf({ manifest }: Connector): string[] {
  return (manifest.connection.required ?? []) as string[];
}

/** What a change leaves out stays as it is. */
function withoutDefaults(fields: JsonObject): JsonObject {
  const entries = Object.entries(fields).map(([field, schema]): [string, Json] => {
    const { default: _, ...rest } = schema as JsonObject;
    return [field, rest];
  });
  return Object.fromEntries(entries);
}
