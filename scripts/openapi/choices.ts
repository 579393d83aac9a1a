import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../connector/manifest.ts';
import { ANY, type Conversion, type Place } from './conversion.ts';
import { isNode, type Node } from './description.ts';
import { typeKeyword, typesOf, withNull } from './keywords.ts';
import { follow, joined, merged } from './references.ts';
import { titleOf } from './words.ts';

/** What one form of a choice requires: of a discriminator and its value. */
export interface FormRule {
  if: { properties: JsonObject; required: string[] };
  then: { required: string[] };
}

/** What makes the schema of one form. */
interface Makers {
  build(of: Conversion, schema: Node, place: Place): JsonObject;
  objectOf(of: Conversion, schema: Node, place: Place): JsonObject;
}

/** Several forms of a value. With a discriminator a choice of fields; of answers all fields together. */
export function choice(
  of: Conversion,
  { schema, variants, make }: { schema: Node; variants: unknown[]; make: Makers },
  place: Place,
): JsonObject {
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
    return withNull(make.build(of, joined(base, only!.schema), { ...inner, refs: only!.refs }), nulls);
  }
  if (real.every(({ schema: part }) => typesOf(part).includes('object')))
    return withNull(oneObject(of, { base, parts: real, discriminator, make }, inner), nulls);
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
    make,
  }: {
    base: Node;
    parts: { variant: unknown; schema: Node; refs: readonly string[] }[];
    discriminator: unknown;
    make: Makers;
  },
  place: Place,
): JsonObject {
  const name =
    isNode(discriminator) && typeof discriminator.propertyName === 'string' ? discriminator.propertyName : undefined;
  const made = make.objectOf(of, base, place);
  const fields: JsonObject = (made.properties as JsonObject | undefined) ?? {};
  const when = new Map<string, string[]>();
  const rules: JsonObject[] = [];
  const values: string[] = [];
  for (const { variant, schema, refs } of parts) {
    const { properties = {}, required = [] } = make.objectOf(of, schema, { ...place, refs }) as {
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
