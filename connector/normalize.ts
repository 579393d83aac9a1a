import { partsOf, valueAt } from './json-pointer.ts';
import type { JsonObject } from './manifest.ts';

/** What a schema says about defaults and 64-bit integers, made ready to be applied to many values. */
export interface Normalizer {
  /** Fills in defaults and writes integers as strings of digits where the schema says int64. Copies only what changes. */
  fill(value: unknown): unknown;
  /** The other way for int64: strings of digits become a number, or a bigint beyond 2^53. Copies only what changes. */
  toWire(value: unknown): unknown;
}

/** One place of a schema. Shared by every reference to it, so a schema may refer to itself. */
interface Place {
  isInt64: boolean;
  /** A 64-bit number that is no id: a service may write it as text. */
  isCount: boolean;
  defaults: [key: string, value: unknown][];
  properties: Map<string, Place>;
  extra: Place | undefined;
  items: Place | undefined;
  /** Schemas that hold for the same value (`allOf`). */
  also: Place[];
  /** False when nothing at or below this place has a default or is int64: the walk stops here. */
  hasWork: boolean;
}

/** Reads the places of a schema once. Follows `$ref` inside the schema, `allOf`, `properties`, `items` and `additionalProperties`; like Ajv, no `anyOf`, `oneOf` or `if`. */
export function compileNormalizer(schema: JsonObject): Normalizer {
  const places = new Map<unknown, Place>();
  const root = read(schema, schema, places);
  markWork([...places.values()]);
  return {
    fill: (value) => (root.hasWork ? fill(root, value) : value),
    toWire: (value) => (root.hasWork ? wire(root, value) : value),
  };
}

/** The subschema at a local reference such as `#/$defs/Task`; undefined when there is none. */
export function resolveRef(root: JsonObject, ref: string): unknown {
  if (!ref.startsWith('#')) return undefined;
  return valueAt(root, partsOf(ref.slice(1)));
}

function read(schema: unknown, root: JsonObject, places: Map<unknown, Place>): Place {
  const known = places.get(schema);
  if (known !== undefined) return known;
  const place: Place = {
    isInt64: false,
    isCount: false,
    defaults: [],
    properties: new Map(),
    extra: undefined,
    items: undefined,
    also: [],
    hasWork: false,
  };
  places.set(schema, place);
  if (schema === null || typeof schema !== 'object') return place;
  const node = schema as Record<string, unknown>;
  place.isInt64 = node.format === 'int64' && [node.type].flat().includes('string');
  place.isCount = node.format === 'int64' && node.type === 'integer';
  if (typeof node.$ref === 'string') place.also.push(read(resolveRef(root, node.$ref), root, places));
  for (const part of (node.allOf as unknown[] | undefined) ?? []) place.also.push(read(part, root, places));
  for (const [key, property] of Object.entries((node.properties as object | undefined) ?? {})) {
    place.properties.set(key, read(property, root, places));
    if (property !== null && typeof property === 'object' && 'default' in property) {
      place.defaults.push([key, property.default]);
    }
  }
  if (node.items !== undefined) place.items = read(node.items, root, places);
  if (typeof node.additionalProperties === 'object') place.extra = read(node.additionalProperties, root, places);
  return place;
}

/** Repeats until nothing changes, because places may form a circle. */
function markWork(places: Place[]): void {
  for (const place of places) place.hasWork = place.isInt64 || place.isCount || place.defaults.length > 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const place of places) {
      if (!place.hasWork && below(place).some((other) => other.hasWork)) changed = place.hasWork = true;
    }
  }
}

function below(place: Place): Place[] {
  return [...place.properties.values(), ...place.also, place.extra, place.items].filter((other) => other !== undefined);
}

function fill(place: Place, value: unknown): unknown {
  if (!place.hasWork) return value;
  if (place.isInt64) return isExactInteger(value) ? String(value) : value;
  if (place.isCount) return countOf(value);
  return walk(place, value, fill, true);
}

function wire(place: Place, value: unknown): unknown {
  if (!place.hasWork) return value;
  if (place.isCount) return value;
  if (place.isInt64) return typeof value === 'string' ? toInteger(value) : value;
  return walk(place, value, wire, false);
}

/** Text of digits as a number, unless that would round it. */
function countOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) return value;
  const count = Number(value);
  return Number.isSafeInteger(count) ? count : value;
}

/** A rounded number is left for the validator to refuse: its digits are already lost. */
function isExactInteger(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function toInteger(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

function walk(place: Place, value: unknown, visit: (place: Place, value: unknown) => unknown, withDefaults: boolean) {
  let current = value;
  for (const other of place.also) current = visit(other, current);
  if (Array.isArray(current)) return place.items === undefined ? current : walkArray(place.items, current, visit);
  if (current === null || typeof current !== 'object') return current;
  return walkObject(place, current as Record<string, unknown>, visit, withDefaults);
}

function walkArray(items: Place, list: unknown[], visit: (place: Place, value: unknown) => unknown): unknown[] {
  if (!items.hasWork) return list;
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const changed = visit(items, list[index]);
    if (changed !== list[index]) {
      copy ??= [...list];
      copy[index] = changed;
    }
  }
  return copy ?? list;
}

function walkObject(
  place: Place,
  object: Record<string, unknown>,
  visit: (place: Place, value: unknown) => unknown,
  withDefaults: boolean,
): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(object)) {
    const property = place.properties.get(key) ?? place.extra;
    if (property === undefined || !property.hasWork) continue;
    const changed = visit(property, object[key]);
    if (changed !== object[key]) {
      copy ??= { ...object };
      copy[key] = changed;
    }
  }
  if (!withDefaults) return copy ?? object;
  for (const [key, value] of place.defaults) {
    if (Object.hasOwn(object, key)) continue;
    copy ??= { ...object };
    copy[key] = value;
  }
  return copy ?? object;
}
