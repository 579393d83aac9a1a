import type { Json, JsonObject } from '../../connector/manifest.ts';
import { type Fact, type FactGroup, type FactSchema, isInt64, referenceOf } from './facts.ts';
import type { FieldText, FieldTexts, Overlay } from './overlay.ts';
import { titleOf } from './titles.ts';

interface Context {
  definitions: { [name: string]: FactSchema };
  /** Definitions that are in `$defs`, because they are used more than once or contain themselves. */
  shared: Set<string>;
  defs: JsonObject;
  texts: FieldTexts[];
  /** Fields for which nobody wrote a word. */
  missing: Set<string>;
}

/** The input schema of an action: every field of the REST request, in the overlay's order, with the overlay's words. */
export function inputSchema(
  fact: Fact,
  group: FactGroup,
  { overlay, texts, missing }: { overlay: Overlay; texts: FieldTexts[]; missing: Set<string> },
): JsonObject {
  const fields = requestFields(fact);
  const context: Context = {
    definitions: group.definitions,
    shared: sharedDefinitions([...fields.values()], group.definitions),
    defs: {},
    texts: [overlay.fields ?? {}, ...texts],
    missing,
  };
  const own = overlay.own ?? {};
  const names = orderNames([...fields.keys(), ...Object.keys(own)], fact, overlay);
  const properties: JsonObject = {};
  for (const name of names) {
    const isMain = overlay.main.includes(name);
    const field =
      name in own ? structuredClone(own[name] as JsonObject) : convertField(fields.get(name)!, name, '', context);
    properties[name] = isMain ? field : withLevel(field);
  }
  const required = names.filter((name) => isRequired(fact, name) || overlay.required?.includes(name));
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    properties,
    ...overlay.rules,
    ...(Object.keys(context.defs).length === 0 ? {} : { $defs: context.defs }),
  };
}

/** Path, query and body fields by name; dotted query fields (`filter_by.is_pinned`) become one object. */
export function requestFields(fact: Fact): Map<string, FactSchema> {
  const fields = new Map<string, FactSchema>();
  for (const parameter of [...fact.pathParams, ...fact.query]) {
    const { name, required: _required, style: _style, ...schema } = parameter;
    const [parent, child] = name.split('.') as [string, string | undefined];
    if (child === undefined) {
      fields.set(name, schema);
    } else {
      const object = fields.get(parent) ?? { type: 'object', properties: {} };
      object.properties![child] = schema;
      fields.set(parent, object);
    }
  }
  for (const [name, schema] of Object.entries(fact.body?.properties ?? {})) fields.set(name, schema);
  return fields;
}

function isRequired(fact: Fact, name: string): boolean {
  const parameter = [...fact.pathParams, ...fact.query].find((item) => item.name === name);
  return Boolean(parameter?.required) || Boolean(fact.body?.required?.includes(name));
}

/** Main fields first, then the required ones, then the others as the facts list them; deprecated fields last. */
function orderNames(names: string[], fact: Fact, overlay: Overlay): string[] {
  for (const name of overlay.main) {
    if (!names.includes(name)) throw new Error(`${overlay.name}: main names "${name}", which is no field`);
  }
  const fields = requestFields(fact);
  const rank = (name: string) => {
    const main = overlay.main.indexOf(name);
    if (main >= 0) return main;
    return 1000 + (isRequired(fact, name) ? 0 : fields.get(name)?.deprecated === true ? 2 : 1);
  };
  return [...names].sort((a, b) => rank(a) - rank(b));
}

function withLevel(field: JsonObject): JsonObject {
  const ui = (field['x-ui'] ?? {}) as JsonObject;
  return { ...field, 'x-ui': { level: 'advanced', ...ui } };
}

function convertField(schema: FactSchema, name: string, definition: string, context: Context): JsonObject {
  const text = textOf(name, definition, context);
  const { description, ...converted } = convert(schema, name, context) as JsonObject & { description?: string };
  const isDeprecated = schema.deprecated === true;
  const words = [isDeprecated ? 'Deprecated, still works.' : undefined, text.description ?? description]
    .filter((part) => part !== undefined)
    .join(' ');
  const field: JsonObject = {
    title: text.title ?? titleOf(name),
    ...(words === '' ? {} : { description: words }),
    ...converted,
    ...(isDeprecated ? { deprecated: true } : {}),
    ...(text.examples === undefined ? {} : { examples: text.examples }),
    ...(text.options === undefined ? {} : { 'x-options': text.options }),
  };
  const ui = {
    ...(text.widget === undefined ? {} : { widget: text.widget }),
    ...(text.when === undefined ? {} : { when: text.when }),
  };
  if (Object.keys(ui).length > 0) field['x-ui'] = ui;
  for (const [keyword, value] of Object.entries(text.schema ?? {})) {
    if (value === null) delete field[keyword];
    else field[keyword] = value;
  }
  if (text.description === undefined && text.title === undefined) context.missing.add(`${definition}.${name}`);
  return field;
}

function textOf(name: string, definition: string, context: Context): FieldText {
  // The task of a submitted run is that of a job.
  const owner = definition === 'SubmitTask' ? 'Task' : definition;
  for (const key of owner === '' ? [name] : [`${owner}.${name}`, name]) {
    for (const texts of context.texts) {
      const text = texts[key];
      if (text !== undefined) return typeof text === 'string' ? { description: text } : text;
    }
  }
  return {};
}

function convert(schema: FactSchema, name: string, context: Context): JsonObject {
  const reference = referenceOf(schema);
  if (reference !== undefined) return convertReference(reference, context);
  if (isInt64(schema)) return integer64(schema, name);
  const { type, items, properties, additionalProperties, required } = schema;
  const kept: JsonObject = {};
  for (const key of [
    'enum',
    'examples',
    'pattern',
    'minimum',
    'maximum',
    'maxLength',
    'minItems',
    'maxItems',
    'maxProperties',
  ]) {
    if (schema[key] !== undefined) kept[key] = schema[key] as Json;
  }
  if (items !== undefined) return { type: 'array', items: convert(items, '', context), ...kept };
  if (additionalProperties !== undefined) {
    return { type: 'object', additionalProperties: convert(additionalProperties, '', context), ...kept };
  }
  if (type !== 'object') return { ...(type === undefined ? {} : { type: type as Json }), ...kept };
  if (properties === undefined || Object.keys(properties).length === 0) return { type: 'object', ...kept };
  return { ...convertObject(schema, '', context), ...(required === undefined ? {} : { required }) };
}

function convertObject(schema: FactSchema, definition: string, context: Context): JsonObject {
  const properties = Object.entries(schema.properties ?? {});
  return {
    type: 'object',
    ...(schema.required === undefined || schema.required.length === 0 ? {} : { required: schema.required }),
    ...(properties.length === 0 ? {} : { additionalProperties: false }),
    ...(properties.length === 0
      ? {}
      : {
          properties: Object.fromEntries(
            properties.map(([name, field]) => [name, convertField(field, name, definition, context)]),
          ),
        }),
  };
}

function convertReference(name: string, context: Context): JsonObject {
  const definition = context.definitions[name]!;
  if (definition.enum !== undefined) return { type: 'string', enum: definition.enum };
  if (!context.shared.has(name)) return convertObject(definition, name, context);
  if (context.defs[name] === undefined) {
    context.defs[name] = {}; // keeps its place, and ends the recursion of a definition that contains itself
    context.defs[name] = convertObject(definition, name, context);
  }
  return { $ref: `#/$defs/${name}` };
}

/** Ids are text at the edges, because JavaScript would round them; counts and times stay numbers. */
function integer64(schema: FactSchema, name: string): JsonObject {
  if (isIdName(name)) return { type: 'string', format: 'int64' };
  const { minimum, maximum } = schema;
  return {
    type: 'integer',
    ...(minimum === undefined ? {} : { minimum: minimum as Json }),
    ...(maximum === undefined ? {} : { maximum: maximum as Json }),
  };
}

/** Whether a field of this name holds an id rather than a count or a time. */
export function isIdName(name: string): boolean {
  return /(^|_)id$/.test(name) || name === 'number_in_job';
}

function sharedDefinitions(fields: FactSchema[], definitions: { [name: string]: FactSchema }): Set<string> {
  const uses = new Map<string, number>();
  const recursive = new Set<string>();
  const visit = (schema: FactSchema, stack: string[]): void => {
    const name = referenceOf(schema);
    if (name !== undefined) {
      if (stack.includes(name)) {
        recursive.add(name);
        return;
      }
      const count = (uses.get(name) ?? 0) + 1;
      uses.set(name, count);
      if (count === 1) visit(definitions[name]!, [...stack, name]);
      return;
    }
    if (schema.items !== undefined) visit(schema.items, stack);
    if (schema.additionalProperties !== undefined) visit(schema.additionalProperties, stack);
    for (const property of Object.values(schema.properties ?? {})) visit(property, stack);
  };
  for (const field of fields) visit(field, []);
  const isSmall = (name: string) => Object.keys(definitions[name]!.properties ?? {}).length < 2;
  return new Set([
    ...recursive,
    ...[...uses].filter(([name, count]) => count > 1 && !isSmall(name)).map(([name]) => name),
  ]);
}
