import type { Json, JsonObject } from './manifest.ts';
import { resolveRef } from './normalize.ts';

/** A value with every field of a schema, for completion where somebody writes an expression. */
export interface Skeleton {
  value: Json;
  /** False when fields were left out: over the limit, or inside a part that contains itself. */
  isComplete: boolean;
}

/** More is slower to read than to look up; no shipped output has more outside of parts that repeat. */
const MAX_FIELDS = 1_000;

/** Texts of each format, so that the skeleton looks like a value. */
const TEXTS: { [format: string]: string } = {
  int64: '0',
  date: '2026-01-02',
  'date-time': '2026-01-02T03:04:05.000Z',
  time: '03:04:05Z',
  email: 'user@example.com',
  uri: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
};

interface Part {
  schema: Json | undefined;
  example: Json | undefined;
  /** References on the way to this part. */
  through: readonly string[];
  put(value: Json): void;
}

/**
 * A value of the shape of the schema: each field once, one item per list, values of the example where it has them. Outer fields come
 * before inner ones, at most 1,000; what contains itself ends in an empty object.
 */
export function skeletonOf(schema: JsonObject, example?: Json): Skeleton {
  const skeleton: Skeleton = { value: null, isComplete: true };
  const open: Part[] = [
    {
      schema,
      example,
      through: [],
      put: (value) => {
        skeleton.value = value;
      },
    },
  ];
  let fields = 0;
  // Breadth first; the list grows while it is read.
  for (const part of open) {
    const found = resolve(schema, part.schema, part.through);
    if (found === 'circle') {
      skeleton.isComplete = false;
      part.put({});
    } else if (found.node.properties !== undefined) {
      const value: JsonObject = {};
      part.put(value);
      const shown = isObject(part.example) ? part.example : {};
      const properties = found.node.properties as JsonObject;
      for (const name of new Set([...Object.keys(properties), ...Object.keys(shown)])) {
        fields += 1;
        if (fields > MAX_FIELDS) {
          skeleton.isComplete = false;
          break;
        }
        const put = (inner: Json) => define(value, name, inner);
        if (!Object.hasOwn(properties, name)) put(shown[name]!);
        else open.push({ schema: properties[name], example: own(shown, name), through: found.through, put });
      }
    } else if (typeOf(found.node) === 'array') {
      const list: Json[] = [];
      part.put(list);
      const [first] = Array.isArray(part.example) ? part.example : [];
      if (found.node.items !== undefined) {
        open.push({ schema: found.node.items, example: first, through: found.through, put: (item) => list.push(item) });
      } else if (first !== undefined) list.push(first);
    } else part.put(leaf(found.node, part.example));
  }
  return skeleton;
}

/** The schema at a part, with what stands beside a reference over what it refers to, and of alternatives the first. */
function resolve(root: JsonObject, schema: Json | undefined, through: readonly string[]) {
  let node: JsonObject = isObject(schema) ? schema : {};
  let way = through;
  for (let steps = 0; typeof node.$ref === 'string'; steps += 1) {
    const { $ref, ...beside }: JsonObject = node;
    if (way.includes($ref as string) || steps > MAX_FIELDS) return 'circle' as const;
    way = [...way, $ref as string];
    const target = resolveRef(root, $ref as string);
    node = { ...(isObject(target as Json) ? (target as JsonObject) : {}), ...beside };
  }
  const [choice] = ((node.oneOf ?? node.anyOf) as Json[] | undefined) ?? [];
  if (node.properties === undefined && node.type === undefined && isObject(choice)) node = { ...choice, ...node };
  return { node, through: way };
}

function leaf(node: JsonObject, example: Json | undefined): Json {
  if (example !== undefined && example !== null) return example;
  const said =
    node.const ?? (node.enum as Json[] | undefined)?.[0] ?? node.default ?? (node.examples as Json[] | undefined)?.[0];
  if (said !== undefined) return said;
  switch (typeOf(node)) {
    case 'string':
      return TEXTS[String(node.format)] ?? '';
    case 'integer':
    case 'number':
      return node.minimum ?? 0;
    case 'boolean':
      return false;
    case 'object':
      return {};
    default:
      return null;
  }
}

function typeOf({ type }: JsonObject): Json | undefined {
  return Array.isArray(type) ? type.find((name) => name !== 'null') : type;
}

/** Not what every object inherits, such as `constructor`. */
function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Also a field whose name an assignment would take for the prototype. */
function define(object: JsonObject, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
