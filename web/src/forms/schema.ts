import { referenced } from '../data/pointer.ts';

/** What x-options says: the choices of a field come from a listing action, through the API. */
interface OptionsOf {
  action: string;
  input?: unknown;
  /** The property of an item that is the value: `name` where it is one that a person reads. */
  value?: string;
  /** The input of the listing action that a typed text goes to; without it the API looks for the text in labels and values. */
  search?: string;
}

/** The part of JSON Schema that inputs use (manifests/schema/input.json), as the API sends it: references are inside the root. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  deprecated?: boolean;
  writeOnly?: boolean;
  format?: string;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  if?: Schema;
  then?: Schema;
  dependentRequired?: Record<string, string[]>;
  'x-options'?: OptionsOf;
  'x-ui'?: {
    widget?: 'textarea' | 'sql' | 'json' | 'password' | 'cron' | 'time_zone' | 'rows' | 'file';
    level?: 'main' | 'advanced' | 'hidden';
    when?: Record<string, unknown[]>;
  };
}

export type JsonObject = Record<string, unknown>;

/** A schema that names itself through others would be followed forever; no manifest has a chain this long. */
const MAX_CHAIN = 20;

/** A schema without `$ref`: what it names, with the keywords beside it on top. Properties and required names of both count. */
export function resolve(root: Schema, schema: Schema): Schema {
  let current = schema;
  for (let step = 0; current.$ref !== undefined && step < MAX_CHAIN; step++) {
    const { $ref, ...beside } = current;
    current = merge(definition(root, $ref), beside);
  }
  return current;
}

/** Two schemas that both hold, the second one first where they differ. */
export function merge(under: Schema, over: Schema): Schema {
  const merged: Schema = { ...under, ...over };
  if (under.properties !== undefined && over.properties !== undefined) {
    merged.properties = { ...under.properties };
    for (const [name, field] of Object.entries(over.properties)) {
      merged.properties[name] = { ...under.properties[name], ...field };
    }
  }
  if (under.required !== undefined && over.required !== undefined) {
    merged.required = [...new Set([...under.required, ...over.required])];
  }
  return merged;
}

function definition(root: Schema, ref: string): Schema {
  return (referenced(root, ref) as Schema | undefined) ?? {};
}

/** The types that are allowed; empty where any is. */
export function typesOf({ type }: Schema): readonly string[] {
  return type === undefined ? [] : [type].flat();
}

/** What a new object, list item or map entry starts as: objects have the objects and constants that they require. */
export function emptyOf(root: Schema, given: Schema): unknown {
  const schema = resolve(root, given);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  const [type] = typesOf(schema);
  if (type === 'array') return [];
  if (type === 'boolean') return false;
  if (type === 'object') {
    const value: JsonObject = {};
    for (const name of schema.required ?? []) {
      const field = resolve(root, schema.properties?.[name] ?? {});
      if (field.const !== undefined) value[name] = field.const;
      else if (typesOf(field)[0] === 'object' && field.properties !== undefined) value[name] = emptyOf(root, field);
    }
    return value;
  }
  return type === undefined ? null : '';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
