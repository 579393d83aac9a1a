import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../connector/manifest.ts';
import { resolveRef } from '../../connector/normalize.ts';
import { shippedManifests } from '../shipped-manifests.ts';
import restFields from './rest-fields.json' with { type: 'json' };

const manifests = await shippedManifests();
const operations = Object.entries(restFields).map(([id, rest]) => ({
  id,
  fields: [...rest.in_path, ...rest.query, ...rest.body],
}));

describe.each(operations)('$id', ({ id, fields }) => {
  const { input } = manifests.actions.get(id)!.manifest;

  test('takes every field of the REST request, with its type, its values and whether it is required', () => {
    const wrong = fields.flatMap((field) => {
      const [, path, type, mark] = /^(.*?)(?::([^!]*)(!?))?$/.exec(field)!;
      if (path!.endsWith('...')) return schemaAt(input, path!.slice(0, -3)) === undefined ? [field] : [];
      const schema = schemaAt(input, path!);
      const fits = schema !== undefined && typeOf(schema) === expectedType(type!, schema);
      return fits && (mark === '' || isRequired(input, path!)) ? [] : [`${field} is ${JSON.stringify(schema)}`];
    });

    expect(wrong).toEqual([]);
  });
});

test('the facts have the 63 operations of the list and six beside them', () => {
  expect(operations).toHaveLength(69);
  expect(operations.reduce((sum, { fields }) => sum + fields.length, 0)).toBeGreaterThan(2000);
});

function schemaAt(root: JsonObject, path: string): JsonObject | undefined {
  const steps = path.match(/\[\]|\.\*|[^.[]+/g) ?? [];
  return steps.reduce<JsonObject | undefined>((schema, step) => {
    if (schema === undefined) return undefined;
    const next =
      step === '[]'
        ? schema.items
        : step === '.*'
          ? schema.additionalProperties
          : (schema.properties as JsonObject | undefined)?.[step];
    return resolve(root, next as JsonObject | undefined);
  }, root);
}

function resolve(root: JsonObject, schema: JsonObject | undefined): JsonObject | undefined {
  return typeof schema?.$ref === 'string' ? { ...(resolveRef(root, schema.$ref) as JsonObject), ...schema } : schema;
}

function isRequired(root: JsonObject, path: string): boolean {
  const at = path.lastIndexOf('.');
  const parent = at < 0 ? root : schemaAt(root, path.slice(0, at));
  return ((parent?.required ?? []) as string[]).includes(path.slice(at + 1));
}

function typeOf(schema: JsonObject): string {
  if (schema.enum !== undefined) return `enum(${(schema.enum as string[]).join('|')})`;
  return schema.type === undefined ? 'any' : [schema.type].flat().join('|');
}

/** A 64-bit integer is text where it is an id; sizes of warehouses are text in the facts and a list of values here. */
function expectedType(type: string, schema: JsonObject): string {
  if (type === 'int64') return schema.format === 'int64' ? 'string' : 'integer';
  if (type === 'string' && schema.enum !== undefined) return typeOf(schema);
  return type;
}
