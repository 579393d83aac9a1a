import { pointerOf } from '../../connector/json-pointer.ts';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import { resolveRef } from '../../connector/normalize.ts';
import {
  credentialsOf,
  HIDDEN,
  hideInUrl,
  isPlainHeader,
  isPlainParameter,
  isPlainTemplate,
  textsIn,
} from './plain-names.ts';

/** A place in a value that is sealed. */
export interface SecretPlace {
  /** What stands there instead. */
  shown: unknown;
  /** Texts that must not come back in an answer, an error or an artifact. */
  credentials: readonly string[];
}

/** JSON pointer -> what is there. */
export type SecretPlaces = ReadonlyMap<string, SecretPlace>;

/** What a string, or the values of an object, are; see docs/reference/manifests.md. */
type SecretKind = 'headers' | 'query' | 'url' | 'path';

/** Keywords whose schemas hold for the value itself. */
const SAME_VALUE = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'not', 'dependentSchemas'] as const;
const NONE: ReadonlySet<string> = new Set();
const holders = new WeakMap<JsonObject, boolean>();

/**
 * The places of a value that its schema makes secret: `writeOnly` at any depth, through lists, maps, alternatives and references, and
 * the values of headers and parameters (`x-secret`) whose names are not known to be plain. A template that only says where its
 * value comes from is none. Places are found in values that do not fit, too.
 */
export function secretPlaces(schema: JsonObject, value: unknown, at: readonly string[] = []): SecretPlaces {
  const places = new Map<string, SecretPlace>();
  if (holdsSecrets(schema)) walk({ root: schema, places, seen: new Set() }, schema, value, at);
  return places;
}

/** The places inside one value of another, with pointers from there. */
export function placesBelow(pointer: string, places: SecretPlaces): SecretPlaces {
  const below = [...places].filter(([each]) => each === pointer || each.startsWith(`${pointer}/`));
  return new Map(below.map(([each, place]) => [each.slice(pointer.length), place]));
}

/** The places of headers: every value whose name is not known to be plain, everywhere or as one of `plain` (in lower case). */
export function headerPlaces(headers: unknown, at: readonly string[], plain: ReadonlySet<string> = NONE): SecretPlaces {
  return namedPlaces(headers, at, (name) => isPlainHeader(name) || plain.has(name.toLowerCase()));
}

/** The places of parameters of a query. */
export function queryPlaces(query: unknown, at: readonly string[]): SecretPlaces {
  return namedPlaces(query, at, isPlainParameter);
}

/** Most schemas have none: their values are not walked. */
function holdsSecrets(schema: JsonObject): boolean {
  const known = holders.get(schema);
  if (known !== undefined) return known;
  const found = /"writeOnly":true|"x-secret":/.test(JSON.stringify(schema));
  holders.set(schema, found);
  return found;
}

interface Walk {
  root: JsonObject;
  places: Map<string, SecretPlace>;
  /** Schema and place: references may go in a circle. */
  seen: Set<string>;
}

let names = 0;
const schemaNames = new WeakMap<object, number>();

function walk(on: Walk, given: Json | undefined, value: unknown, at: readonly string[]): void {
  if (value === null || value === undefined || given === null || typeof given !== 'object') return;
  if (Array.isArray(given)) {
    for (const each of given) walk(on, each, value, at);
    return;
  }
  if (!schemaNames.has(given)) schemaNames.set(given, names++);
  const mark = `${schemaNames.get(given)} ${pointerOf(at)}`;
  if (on.seen.has(mark)) return;
  on.seen.add(mark);
  if (given.writeOnly === true) {
    if (!isPlainTemplate(value)) on.places.set(pointerOf(at), { shown: HIDDEN, credentials: textsIn(value) });
    return;
  }
  markKind(on, given['x-secret'] as SecretKind | undefined, value, at);
  if (typeof given.$ref === 'string') walk(on, resolveRef(on.root, given.$ref) as Json, value, at);
  for (const keyword of SAME_VALUE) {
    const schemas = given[keyword];
    const isMap = keyword === 'dependentSchemas' && schemas !== null && typeof schemas === 'object';
    walk(on, isMap ? (Object.values(schemas) as Json[]) : schemas, value, at);
  }
  if (Array.isArray(value)) walkItems(on, given, value, at);
  else if (typeof value === 'object') walkProperties(on, given, value as Record<string, unknown>, at);
}

function walkItems(on: Walk, schema: JsonObject, value: unknown[], at: readonly string[]): void {
  const first = (schema.prefixItems ?? []) as Json[];
  for (const [i, item] of value.entries()) {
    const here = [...at, String(i)];
    walk(on, i < first.length ? first[i] : schema.items, item, here);
    walk(on, schema.contains, item, here);
  }
}

function walkProperties(on: Walk, schema: JsonObject, value: Record<string, unknown>, at: readonly string[]): void {
  const properties = (schema.properties ?? {}) as JsonObject;
  const patterns = Object.entries((schema.patternProperties ?? {}) as JsonObject);
  for (const [name, item] of Object.entries(value)) {
    const here = [...at, name];
    const isNamed = Object.hasOwn(properties, name);
    const matching = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name));
    if (isNamed) walk(on, properties[name], item, here);
    for (const [, each] of matching) walk(on, each, item, here);
    if (!isNamed && matching.length === 0) walk(on, schema.additionalProperties, item, here);
    walk(on, schema.unevaluatedProperties, item, here);
  }
}

function markKind(on: Walk, kind: SecretKind | undefined, value: unknown, at: readonly string[]): void {
  if (kind === undefined) return;
  if (kind === 'headers' || kind === 'query') {
    const found = kind === 'headers' ? headerPlaces(value, at) : queryPlaces(value, at);
    for (const [pointer, place] of found) on.places.set(pointer, place);
  } else if (typeof value === 'string') {
    const hidden = hideInUrl(value, kind === 'url');
    if (hidden !== undefined) on.places.set(pointerOf(at), hidden);
  }
}

function namedPlaces(values: unknown, at: readonly string[], isPlain: (name: string) => boolean): SecretPlaces {
  const places = new Map<string, SecretPlace>();
  if (values === null || typeof values !== 'object') return places;
  for (const [name, value] of Object.entries(values)) {
    if (isPlain(name) || value === null || typeof value === 'boolean' || isPlainTemplate(value)) continue;
    const texts = typeof value === 'string' ? [value] : textsIn(value);
    places.set(pointerOf([...at, name]), {
      shown: HIDDEN,
      credentials: texts.flatMap((text) => credentialsOf(name, text)),
    });
  }
  return places;
}
