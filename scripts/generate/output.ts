import type { JsonObject } from '../../connector/manifest.ts';
import { type Fact, type FactGroup, type FactSchema, isInt64, referenceOf } from './facts.ts';
import { isIdName } from './input.ts';
import type { Overlay } from './overlay.ts';
import { titleOf } from './titles.ts';

interface Context {
  definitions: { [name: string]: FactSchema };
  shared: Set<string>;
  defs: JsonObject;
}

/** The output schema of an action: what the facts say of the response, open, with the overlay's own properties in front. */
export function outputSchema(fact: Fact, group: FactGroup, overlay: Overlay): JsonObject {
  const { definitions } = group;
  const response = resolve(fact.response ?? { type: 'object' }, definitions);
  const context: Context = { definitions, shared: sharedDefinitions(response, definitions), defs: {} };
  const own = overlay.output ?? {};
  const properties: JsonObject = {};
  for (const [name, property] of Object.entries(own)) if (property !== null) properties[name] = property;
  for (const [name, property] of overlay.ownOutput ? [] : Object.entries(response.properties ?? {})) {
    if (name in own) continue;
    properties[name] = { title: titleOf(name), ...convert(property, name, context) };
  }
  return {
    type: 'object',
    properties,
    ...(Object.keys(context.defs).length === 0 ? {} : { $defs: context.defs }),
  };
}

function resolve(schema: FactSchema, definitions: { [name: string]: FactSchema }): FactSchema {
  const name = referenceOf(schema);
  return name === undefined ? schema : definitions[name]!;
}

/** Values of an enum are examples here: a service may answer with a new one at any time. */
function convert(schema: FactSchema, name: string, context: Context): JsonObject {
  const reference = referenceOf(schema);
  const deprecated: JsonObject = schema.deprecated === true ? { deprecated: true } : {};
  if (reference !== undefined) return { ...convertReference(reference, name, context), ...deprecated };
  if (isInt64(schema))
    return {
      ...(isIdName(name) ? { type: 'string', format: 'int64' } : { type: 'integer', format: 'int64' }),
      ...deprecated,
    };
  if (schema.enum !== undefined) return { type: 'string', examples: schema.enum, ...deprecated };
  if (schema.items !== undefined)
    return { type: 'array', items: convert(schema.items, name.replace(/s$/, ''), context), ...deprecated };
  if (schema.additionalProperties !== undefined) {
    return { type: 'object', additionalProperties: convert(schema.additionalProperties, '', context), ...deprecated };
  }
  if (schema.properties !== undefined) return convertObject(schema, context);
  return { ...(schema.type === undefined ? {} : { type: schema.type }), ...deprecated };
}

function convertObject(schema: FactSchema, context: Context): JsonObject {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return { type: 'object' };
  return {
    type: 'object',
    properties: Object.fromEntries(properties.map(([name, property]) => [name, convert(property, name, context)])),
  };
}

function convertReference(reference: string, name: string, context: Context): JsonObject {
  const definition = context.definitions[reference]!;
  if (definition.properties === undefined) return convert(definition, name, context);
  if (!context.shared.has(reference)) return convertObject(definition, context);
  if (context.defs[reference] === undefined) {
    context.defs[reference] = {};
    context.defs[reference] = convertObject(definition, context);
  }
  return { $ref: `#/$defs/${reference}` };
}

function sharedDefinitions(root: FactSchema, definitions: { [name: string]: FactSchema }): Set<string> {
  const uses = new Map<string, number>();
  const visit = (schema: FactSchema): void => {
    const name = referenceOf(schema);
    if (name !== undefined) {
      const count = (uses.get(name) ?? 0) + 1;
      uses.set(name, count);
      if (count === 1) visit(definitions[name]!);
      return;
    }
    if (schema.items !== undefined) visit(schema.items);
    if (schema.additionalProperties !== undefined) visit(schema.additionalProperties);
    for (const property of Object.values(schema.properties ?? {})) visit(property);
  };
  visit(root);
  return new Set([...uses].filter(([, count]) => count > 1).map(([name]) => name));
}
