import type { Json, JsonObject } from '../../connector/manifest.ts';
import { choice } from './choices.ts';
import { ANY, type Conversion, MAX_DEPTH, type Place } from './conversion.ts';
import { isNode, type Node } from './description.ts';
import { fits, limits, typeKeyword, typesOf, withNull } from './keywords.ts';
import { reasonAgainst } from './patterns.ts';
import { follow, merged } from './references.ts';
import { sentenceOf, titleOf } from './words.ts';

const FORMATS = new Set(['int64', 'date', 'date-time', 'time', 'email', 'uri', 'uuid', 'byte']);

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

function build(of: Conversion, schema: Node, place: Place): JsonObject {
  const variants = [schema.oneOf, schema.anyOf].find(
    (list): list is unknown[] => Array.isArray(list) && list.length > 0,
  );
  if (variants !== undefined) return choice(of, { schema, variants, make: { build, objectOf } }, place);
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
