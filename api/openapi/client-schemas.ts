import type { Json, JsonObject } from '../../connector/manifest.ts';

/** Keywords of schemas that say which fields an object has. */
const SHAPES = ['properties', 'additionalProperties', 'patternProperties', 'oneOf', 'anyOf', 'allOf', '$ref', 'not'];

/**
 * A schema as generators of clients need it. JSON Schema takes any field of an object that names none; generators take none,
 * unless `additionalProperties` says so. A part such as `if: {required: [run]}` names the field, too.
 */
export function forClients<T extends Json>(value: T): T {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(forClients) as T;
  const schema = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, isData(key) ? part : forClients(part)]),
  );
  if (schema.type === 'object' && !SHAPES.some((key) => key in schema)) schema.additionalProperties = true;
  if (isPart(schema)) schema.properties = Object.fromEntries(schema.required.map((name) => [name, {}]));
  return schema as T;
}

/**
 * A schema of a request with its defaults as words: generators take a field that has a default for one that is always
 * there, and then want it from the caller.
 */
export function withSpokenDefaults<T extends Json>(value: T): T {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withSpokenDefaults) as T;
  const { default: given, ...rest } = value as JsonObject;
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, part]) => [key, isData(key) ? part : withSpokenDefaults(part)]),
  );
  // A field of this name is an object, and no default.
  if (given === undefined) return schema as T;
  if (isSchema(given)) return { ...schema, default: withSpokenDefaults(given) } as Json as T;
  const words = `Default: ${JSON.stringify(given)}.`;
  return {
    ...schema,
    description: typeof schema.description === 'string' ? `${schema.description} ${words}` : words,
  } as Json as T;
}

function isSchema(value: Json): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && ('type' in value || '$ref' in value);
}

/** What is in examples is no schema. */
function isData(key: string): boolean {
  return key === 'examples' || key === 'example' || key === 'default' || key === 'enum' || key === 'const';
}

function isPart(schema: JsonObject): schema is JsonObject & { required: string[] } {
  return Object.keys(schema).join() === 'required' && Array.isArray(schema.required);
}
