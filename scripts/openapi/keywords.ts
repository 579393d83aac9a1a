import type { JsonObject } from '../../connector/manifest.ts';
import { isNode, type Node } from './description.ts';

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
const LIMITS: Record<string, readonly string[]> = {
  minLength: ['string'],
  maxLength: ['string'],
  minimum: ['integer', 'number'],
  maximum: ['integer', 'number'],
  exclusiveMinimum: ['integer', 'number'],
  exclusiveMaximum: ['integer', 'number'],
  minItems: ['array'],
  maxItems: ['array'],
};

export function typesOf(schema: Node): string[] {
  const given = [schema.type].flat().filter((type): type is string => TYPES.includes(String(type)));
  const types = schema.nullable === true && given.length > 0 ? [...given, 'null'] : given;
  if (types.length > 0) return [...new Set(types)];
  if (isNode(schema.properties) || isNode(schema.additionalProperties)) return ['object'];
  return schema.items === undefined ? [] : ['array'];
}

export function typeKeyword(types: string[]): JsonObject {
  const all = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  const unique = [...new Set(all)];
  if (unique.length === 0) return {};
  return { type: unique.length === 1 ? unique[0]! : unique };
}

export function withNull(made: JsonObject, types: string[]): JsonObject {
  if (!types.includes('null') || made.type === undefined) return made;
  return { ...made, ...typeKeyword([...[made.type].flat().map(String), 'null']) };
}

export function limits(schema: Node, types: readonly string[]): JsonObject {
  const made: JsonObject = {};
  for (const [key, allowed] of Object.entries(LIMITS)) {
    const value = schema[key];
    const isCount = /Length|Items/.test(key);
    if (typeof value !== 'number' || !Number.isFinite(value) || (isCount && (value < 0 || !Number.isInteger(value))))
      continue;
    if (allowed.some((type) => types.includes(type))) made[key] = value;
  }
  return made;
}

export function fits(value: unknown, types: readonly string[]): boolean {
  if (value === null) return types.includes('null');
  if (typeof value === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value));
  return types.includes(typeof value);
}
