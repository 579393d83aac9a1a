import { isSame } from '../data/json.ts';
import { type JsonObject, merge, resolve, type Schema, typesOf } from './schema.ts';

/** One of several ways to fill an object in. */
export interface Alternative {
  title: string;
  /** Fields that belong to this way and to no other. */
  fields: readonly string[];
  /** What it adds to the schema. */
  schema: Schema;
}

/**
 * The ways of `oneOf` (or of `anyOf`, where no `oneOf` is): each adds fields, or names which of the fields it uses. An `anyOf` that only says
 * which fields must not all be missing has no ways: they may be given together.
 */
export function alternativesOf(root: Schema, schema: Schema): readonly Alternative[] {
  const parts = (schema.oneOf ?? schema.anyOf ?? []).map((part) => resolve(root, part));
  if (schema.oneOf === undefined && parts.every((part) => Object.keys(part).every((key) => key === 'required')))
    return [];
  const named = parts.map((part) => new Set([...namesOf(part), ...Object.keys(part.properties ?? {})]));
  if (parts.length < 2 || named.some(({ size }) => size === 0)) return [];
  return parts.map((part, at) => {
    const others = new Set(named.flatMap((names, other) => (other === at ? [] : [...names])));
    const fields = [...named[at]!].filter((name) => !others.has(name));
    return { title: part.title ?? titleOf(root, schema, part, fields), fields, schema: part };
  });
}

/** The way that a value is filled in; undefined where nothing says which, or more than one is used. */
export function chosenOf(alternatives: readonly Alternative[], value: JsonObject): number | undefined {
  const fitting = alternatives.flatMap(({ fields, schema }, at) => {
    const constants = Object.entries(schema.properties ?? {}).filter(([, field]) => 'const' in field);
    if (constants.length > 0) return constants.every(([name, field]) => isSame(field.const, value[name])) ? [at] : [];
    return fields.some((name) => value[name] !== undefined) ? [at] : [];
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** The schema of an object that is filled in one way: with what this way adds. */
export function asChosen(schema: Schema, { schema: part }: Alternative): Schema {
  const { oneOf: _, anyOf: __, ...rest } = schema;
  const { title: ___, description: ____, ...added } = part;
  if (part.properties !== undefined) return merge(rest, added);
  return part.required === undefined ? rest : merge(rest, { required: part.required });
}

/** Names that a part requires, at any depth of its own alternatives. */
function namesOf({ required = [], anyOf = [], oneOf = [], allOf = [] }: Schema): string[] {
  return [...required, ...[...anyOf, ...oneOf, ...allOf].flatMap(namesOf)];
}

function titleOf(root: Schema, schema: Schema, part: Schema, fields: readonly string[]): string {
  const constant = Object.values(part.properties ?? {}).find((field) => 'const' in field)?.const;
  if (constant !== undefined) return String(constant);
  const titles = fields.map((name) => {
    const field = schema.properties?.[name] ?? part.properties?.[name];
    return field === undefined ? name : (resolve(root, field).title ?? name);
  });
  if (titles.length === 0) return typesOf(part).join(' or ') || 'Other';
  if (titles.length <= 2) return titles.join(' and ');
  return `${titles.slice(0, 2).join(', ')} and ${titles.length - 2} more`;
}
