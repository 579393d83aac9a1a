import { isObject, type Schema, typesOf } from './schema.ts';

/** Which control a field has. */
export type Kind = 'text' | 'number' | 'select' | 'secret' | 'choice' | 'json' | 'list' | 'map' | 'object';

/** The control for a schema and for the value that is there: what no other control can show as it is, JSON can. */
export function kindOf(schema: Schema, value: unknown): Kind {
  const kind = kindOfSchema(schema);
  return fits(kind, schema, value) ? kind : 'json';
}

function kindOfSchema(schema: Schema): Kind {
  const widget = schema['x-ui']?.widget;
  if (schema.enum !== undefined) return 'select';
  if (widget === 'json' || widget === 'rows') return 'json';
  const types = typesOf(schema).filter((type) => type !== 'null');
  if (types.length !== 1) return types.length === 0 && widget === 'textarea' ? 'text' : 'json';
  switch (types[0]) {
    case 'boolean':
      return 'select';
    case 'integer':
    case 'number':
      return schema['x-options'] === undefined ? 'number' : 'choice';
    case 'array':
      return schema.items === undefined ? 'json' : 'list';
    case 'object':
      if (schema.properties !== undefined || schema.oneOf !== undefined) return 'object';
      return isObject(schema.additionalProperties) ? 'map' : 'json';
    case 'string':
      if (schema.writeOnly === true || widget === 'password') return 'secret';
      return schema['x-options'] === undefined ? 'text' : 'choice';
    default:
      return 'json';
  }
}

function fits(kind: Kind, schema: Schema, value: unknown): boolean {
  if (value === undefined || kind === 'json') return true;
  switch (kind) {
    case 'select':
      return true;
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return isObject(value);
    case 'number':
    case 'choice':
      return ['string', 'number', 'bigint'].includes(typeof value);
    default:
      if (value === null) return typesOf(schema).includes('null');
      return typeof value === 'string' || isInt64(schema, value);
  }
}

/** Fields in groups of their own, with a border and a name; others are a line. */
export function isGroup(kind: Kind): boolean {
  return kind === 'list' || kind === 'map' || kind === 'object';
}

/** A 64-bit id that is stored as a number: the field of its digits shows it. */
function isInt64({ format }: Schema, value: unknown): boolean {
  return format === 'int64' && (typeof value === 'number' || typeof value === 'bigint');
}
