import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import { isNode, type Node } from './description.ts';
import { reasonAgainst } from './patterns.ts';
import { targetOf } from './pointer.ts';
import { sentenceOf, titleOf } from './words.ts';

/** Requests are closed and have titles; answers are open and have no defaults. */
export type Direction = 'input' | 'output';

/** One schema that is being converted. */
export interface Conversion {
  root: Node;
  direction: Direction;
  /** Sentences about what was not converted; `at` is the place in the schema. */
  note(at: string, what: string): void;
  /** Schemas that may still be made. */
  left: number;
}

/** What one form of a choice requires: of a discriminator and its value. */
export interface FormRule {
  if: { properties: JsonObject; required: string[] };
  then: { required: string[] };
}

interface Place {
  at: string;
  /** References that lead here: one that comes again is a recursion. */
  refs: readonly string[];
  depth: number;
}

/** Deeper parts are any JSON: a form with more levels is read by nobody. */
const MAX_DEPTH = 8;
const FORMATS = new Set(['int64', 'date', 'date-time', 'time', 'email', 'uri', 'uuid', 'byte']);
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
const ANY: JsonObject = {};

/** A schema of the description in the subset that manifests use. Never throws. */
export function convertSchema(of: Conversion, schema: unknown, at = ''): JsonObject {
  return convert(of, schema, { at, refs: [], depth: 0 });
}

function convert(of: Conversion, given: unknown, place: Place): JsonObject {
  if (given === true || given === undefined) return ANY;
  of.left -= 1;
  if (of.left < 0) {
    if (of.left === -1) of.note(place.at, 'is larger than a form can be, and is any JSON from here on');
    return ANY;
  }
  if (place.depth > MAX_DEPTH) {
    of.note(place.at, `is deeper than ${MAX_DEPTH} levels, and is any JSON`);
    return ANY;
  }
  const { node, refs } = follow(of, given, place);
  if (node === undefined) return ANY;
  const whole = merged(of, node, { ...place, refs });
  return describe(whole.schema, build(of, whole.schema, { ...place, refs: whole.refs }));
}

/** The node at the end of its references. */
function follow(
  of: Conversion,
  given: unknown,
  { at, refs }: Place,
): { node: Node | undefined; refs: readonly string[] } {
  let node = given;
  let seen = refs;
  while (isNode(node) && typeof node.$ref === 'string') {
    const { $ref: ref, ...beside } = node;
    if (!ref.startsWith('#')) {
      of.note(at, `refers to another file, "${ref.slice(0, 200)}", and is any JSON`);
      return { node: undefined, refs };
    }
    if (seen.includes(ref)) {
      of.note(at, `contains itself ("${ref}"), and is any JSON from there on`);
      return { node: undefined, refs };
    }
    seen = [...seen, ref];
    const target = targetOf(of.root, ref);
    if (target === undefined) of.note(at, `refers to "${ref}", which is not there, and is any JSON`);
    node = isNode(target) && Object.keys(beside).length > 0 ? { ...target, ...beside } : target;
  }
  return { node: isNode(node) ? node : undefined, refs: seen };
}

/** The schema with its `allOf` in it: properties and required fields together, of other keywords the first. */
function merged(of: Conversion, node: Node, place: Place): { schema: Node; refs: readonly string[] } {
  if (!Array.isArray(node.allOf)) return { schema: node, refs: place.refs };
  const { allOf, ...own } = node;
  let schema: Node = own;
  let refs = place.refs;
  for (const part of allOf as unknown[]) {
    const found = follow(of, part, place);
    of.left -= 1;
    if (found.node === undefined || place.depth > MAX_DEPTH || of.left < 0) continue;
    const inner = merged(of, found.node, { ...place, refs: found.refs, depth: place.depth + 1 });
    refs = [...new Set([...refs, ...inner.refs])];
    schema = joined(schema, inner.schema);
  }
  return { schema, refs };
}

function joined(one: Node, other: Node): Node {
  const both: Node = { ...other, ...one };
  if (isNode(one.properties) || isNode(other.properties))
    both.properties = { ...(other.properties as Node | undefined), ...(one.properties as Node | undefined) };
  const required = [one.required, other.required].flatMap((names) => (Array.isArray(names) ? names : []));
  if (required.length > 0) both.required = [...new Set(required)];
  return both;
}

function build(of: Conversion, schema: Node, place: Place): JsonObject {
  const variants = [schema.oneOf, schema.anyOf].find(
    (list): list is unknown[] => Array.isArray(list) && list.length > 0,
  );
  if (variants !== undefined) return choice(of, schema, variants, place);
  const types = typesOf(schema);
  if (types.includes('object') && (types.length === 1 || types.every((type) => type === 'object' || type === 'null')))
    return withNull(objectOf(of, schema, place), types);
  if (types.includes('array') && types.every((type) => type === 'array' || type === 'null')) {
    const items = convert(of, schema.items, { ...place, at: `${place.at}[]`, depth: place.depth + 1 });
    return withNull({ type: 'array', items, ...limits(schema, ['array']) }, types);
  }
  return scalar(of, schema, types, place);
}

function scalar(of: Conversion, schema: Node, types: string[], place: Place): JsonObject {
  const kinds = types.filter((type) => type !== 'null');
  if (Array.isArray(schema.enum) && schema.enum.length > 0) {
    const values = schema.enum.filter((value) => types.length === 0 || fits(value, types)) as Json[];
    if (values.length > 0) return { ...typeKeyword(types), enum: [...new Set(values)] };
  }
  if (kinds.length !== 1) return kinds.some((type) => type === 'object' || type === 'array') ? ANY : typeKeyword(types);
  const [kind] = kinds;
  if (kind === 'integer' && schema.format === 'int64') return withNull({ type: 'string', format: 'int64' }, types);
  const made: JsonObject = { ...typeKeyword(types), ...limits(schema, kinds) };
  if (kind === 'string' && typeof schema.format === 'string' && FORMATS.has(schema.format) && schema.format !== 'int64')
    made.format = schema.format;
  if (kind === 'string' && schema.format === 'password' && of.direction === 'input') made.writeOnly = true;
  if (kind === 'string' && typeof schema.pattern === 'string' && of.direction === 'input')
    Object.assign(made, patternOf(of, schema.pattern, place));
  return made;
}

/** A pattern that takes linear time; others are left to the service. */
function patternOf(of: Conversion, pattern: string, { at }: Place): JsonObject {
  const reason = reasonAgainst(pattern);
  if (reason === undefined) return { pattern };
  of.note(at, `has a pattern that is ${reason}, and is left out`);
  return {};
}

function objectOf(of: Conversion, schema: Node, place: Place): JsonObject {
  const made: JsonObject = { type: 'object' };
  const properties = isNode(schema.properties) ? schema.properties : {};
  const found: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    // As a key it would set the prototype.
    if (name === '__proto__') {
      of.note(place.at, 'has a field named __proto__, which is left out');
      continue;
    }
    const inner = { ...place, at: place.at === '' ? name : `${place.at}.${name}`, depth: place.depth + 1 };
    const target = follow(of, property, { ...inner, refs: [] }).node;
    if (target?.[of.direction === 'input' ? 'readOnly' : 'writeOnly'] === true) continue;
    const field = convert(of, property, inner);
    found[name] = of.direction === 'input' ? { title: titleOf(name), ...field } : field;
  }
  if (Object.keys(found).length > 0) made.properties = found;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const known = required.filter((name): name is string => typeof name === 'string' && Object.hasOwn(found, name));
  if (of.direction === 'input' && known.length > 0) made.required = [...new Set(known)];
  if (isNode(schema.additionalProperties)) {
    const inner = { ...place, at: `${place.at}.*`, depth: place.depth + 1 };
    const values = convert(of, schema.additionalProperties, inner);
    if (Object.keys(values).length > 0 && made.properties === undefined) made.additionalProperties = values;
  } else if (of.direction === 'input' && made.properties !== undefined) made.additionalProperties = false;
  return made;
}

/** Several forms of a value. With a discriminator a choice of fields; of answers all fields together. */
function choice(of: Conversion, schema: Node, variants: unknown[], place: Place): JsonObject {
  const inner = { ...place, depth: place.depth + 1 };
  const parts = variants.flatMap((variant) => {
    const found = follow(of, variant, inner);
    of.left -= 1;
    if (found.node === undefined || of.left < 0) return [];
    const { schema: whole, refs } = merged(of, found.node, { ...inner, refs: found.refs });
    return [{ variant, schema: whole, refs }];
  });
  const isNull = (part: Node) => typesOf(part).join() === 'null';
  const real = parts.filter(({ schema: part }) => !isNull(part));
  const hasNull = real.length < parts.length;
  const nulls = hasNull ? ['null'] : [];
  const { oneOf: _one, anyOf: _any, discriminator, ...base } = schema;
  if (real.length === 0) return ANY;
  if (real.length === 1) {
    const [only] = real;
    return withNull(build(of, joined(base, only!.schema), { ...inner, refs: only!.refs }), nulls);
  }
  if (real.every(({ schema: part }) => typesOf(part).includes('object')))
    return withNull(oneObject(of, { base, parts: real, discriminator }, inner), nulls);
  const types = [...new Set(real.flatMap(({ schema: part }) => typesOf(part)))];
  if (types.length > 0 && types.every((type) => type !== 'object' && type !== 'array'))
    return typeKeyword([...types, ...nulls]);
  of.note(place.at, 'has several forms that are not told apart, and is any JSON');
  return ANY;
}

function oneObject(
  of: Conversion,
  {
    base,
    parts,
    discriminator,
  }: { base: Node; parts: { variant: unknown; schema: Node; refs: readonly string[] }[]; discriminator: unknown },
  place: Place,
): JsonObject {
  const name =
    isNode(discriminator) && typeof discriminator.propertyName === 'string' ? discriminator.propertyName : undefined;
  const made = objectOf(of, base, place);
  const fields: JsonObject = (made.properties as JsonObject | undefined) ?? {};
  const when = new Map<string, string[]>();
  const rules: JsonObject[] = [];
  const values: string[] = [];
  for (const { variant, schema, refs } of parts) {
    const { properties = {}, required = [] } = objectOf(of, schema, { ...place, refs }) as {
      properties?: JsonObject;
      required?: string[];
    };
    const value = name === undefined ? '' : discriminatorValue(variant, schema, discriminator as Node, name);
    values.push(value);
    for (const [field, converted] of Object.entries(properties)) {
      if (field === name) continue;
      if (fields[field] === undefined) fields[field] = converted;
      else if (!isDeepStrictEqual(fields[field], converted)) {
        const title = (fields[field] as JsonObject).title;
        fields[field] = title === undefined ? {} : { title };
      }
      when.set(field, [...(when.get(field) ?? []), value]);
    }
    const needed = required.filter((field) => field !== name);
    if (name !== undefined && needed.length > 0)
      rules.push({ if: { properties: { [name]: { const: value } }, required: [name] }, then: { required: needed } });
  }
  if (of.direction === 'input' && name === undefined)
    of.note(place.at, 'has several forms without a discriminator: its fields are those of all forms');
  if (name !== undefined) {
    const title: JsonObject = of.direction === 'input' ? { title: titleOf(name) } : {};
    fields[name] = { ...title, type: 'string', enum: [...new Set(values)] };
    if (of.direction === 'input') {
      for (const [field, of] of when)
        if (of.length < parts.length)
          fields[field] = { ...(fields[field] as JsonObject), 'x-ui': { when: { [name]: of } } };
      made.required = [...new Set([...((made.required as string[] | undefined) ?? []), name])];
      if (rules.length > 0) made.allOf = rules;
    }
  }
  if (Object.keys(fields).length > 0) made.properties = fields;
  if (of.direction === 'input' && made.properties !== undefined) made.additionalProperties = false;
  return made;
}

/** The value of the discriminator that means this form: of the mapping, of its own enum, or the name of the schema. */
function discriminatorValue(variant: unknown, schema: Node, discriminator: Node, name: string): string {
  const ref = isNode(variant) && typeof variant.$ref === 'string' ? variant.$ref : '';
  const last = ref.slice(ref.lastIndexOf('/') + 1);
  const mapped = Object.entries(isNode(discriminator.mapping) ? discriminator.mapping : {}).find(
    ([, target]) => target === ref || target === last,
  )?.[0];
  const own = (schema.properties as Record<string, Node> | undefined)?.[name];
  const fixed = isNode(own)
    ? (own.const ?? (Array.isArray(own.enum) && own.enum.length === 1 ? own.enum[0] : undefined))
    : undefined;
  return mapped ?? (typeof fixed === 'string' ? fixed : last);
}

function describe(schema: Node, made: JsonObject): JsonObject {
  const said = sentenceOf(schema.description);
  const usual = schema.default;
  const isShort = ['string', 'number', 'boolean'].includes(typeof usual) && String(usual).length <= 40 && usual !== '';
  const sentence = isShort ? [said, `Default: ${String(usual)}.`].filter((text) => text !== undefined).join(' ') : said;
  return {
    ...made,
    ...(sentence === undefined ? {} : { description: sentence }),
    ...(schema.deprecated === true ? { deprecated: true } : {}),
  };
}

function typesOf(schema: Node): string[] {
  const given = [schema.type].flat().filter((type): type is string => TYPES.includes(String(type)));
  const types = schema.nullable === true && given.length > 0 ? [...given, 'null'] : given;
  if (types.length > 0) return [...new Set(types)];
  if (isNode(schema.properties) || isNode(schema.additionalProperties)) return ['object'];
  return schema.items === undefined ? [] : ['array'];
}

function typeKeyword(types: string[]): JsonObject {
  const all = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  const unique = [...new Set(all)];
  if (unique.length === 0) return {};
  return { type: unique.length === 1 ? unique[0]! : unique };
}

function withNull(made: JsonObject, types: string[]): JsonObject {
  if (!types.includes('null') || made.type === undefined) return made;
  return { ...made, ...typeKeyword([...[made.type].flat().map(String), 'null']) };
}

function limits(schema: Node, types: readonly string[]): JsonObject {
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

function fits(value: unknown, types: readonly string[]): boolean {
  if (value === null) return types.includes('null');
  if (typeof value === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value));
  return types.includes(typeof value);
}
