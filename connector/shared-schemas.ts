import { posix } from 'node:path';
import type { ValidationError } from './errors.ts';
import { pointerOf } from './json-pointer.ts';
import type { Json, JsonObject } from './manifest.ts';
import { nearestNames } from './nearest.ts';

/** A schema that several manifests of a connector use: `schemas/NAME.json` in its folder. */
interface SharedSchema {
  /** With `#/$defs/NAME` where the file has `NAME.json`. */
  schema: JsonObject;
  /** Names of the shared schemas that it refers to. */
  uses: ReadonlySet<string>;
}

export type SharedSchemas = ReadonlyMap<string, SharedSchema>;

/** Keywords whose value is a schema, a list of schemas, and an object of schemas. */
const SCHEMA = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'propertyNames']);
const LIST = new Set(['allOf', 'anyOf', 'oneOf']);
const MAP = new Set(['properties', '$defs']);

/** The folder of the shared schemas, in the folder of a connector. */
export const SCHEMAS = 'schemas';

/** The shared schemas of a connector by name, ready to be put into manifests. Pointers of errors begin with `schemas/NAME.json#`. */
export function readShared(files: ReadonlyMap<string, JsonObject>, validationErrors: ValidationError[]): SharedSchemas {
  const names = [...files.keys()];
  return new Map(
    [...files].map(([name, file]): [string, SharedSchema] => {
      const bundle: Bundle = { names, uses: new Set(), validationErrors };
      const at: Place = { folder: SCHEMAS, pointer: `${SCHEMAS}/${name}.json#` };
      const schema = rewrite(bundle, file, { ...at, steps: [] }) as JsonObject;
      return [name, { schema, uses: bundle.uses }];
    }),
  );
}

/**
 * Makes a schema of a manifest complete in itself: `$ref: "../schemas/NAME.json"` becomes `#/$defs/NAME`, with the shared schema there.
 * A shared schema at the root is put in place, because forms look for fields there. What is no schema at all is left for the
 * meta-schema to refuse. `at` says in which folder of the connector the file is, and where in it the schema stands.
 */
export function bundleSchema(
  schema: Json,
  of: { shared: SharedSchemas; at: Place; validationErrors: ValidationError[]; used: Set<string> },
): Json {
  if (!isObject(schema)) return schema;
  const bundle: Bundle = { names: [...of.shared.keys()], uses: new Set(), validationErrors: of.validationErrors };
  const { $ref, ...rest } = schema;
  const atRoot = typeof $ref === 'string' && !$ref.startsWith('#') ? sharedAtRoot(bundle, $ref, of) : undefined;
  const own = rewrite(bundle, atRoot === undefined ? schema : rest, { ...of.at, steps: [] }) as JsonObject;
  const whole = { ...atRoot?.schema, ...own };
  const needed = new Set([...bundle.uses, ...(atRoot?.uses ?? [])]);
  if (needed.size === 0) return whole;
  const defs = new Map<string, Json>(Object.entries(isObject(whole.$defs) ? whole.$defs : {}));
  // The set grows while it is read: a shared schema may refer to others.
  for (const name of needed) {
    const { schema: shared, uses } = of.shared.get(name)!;
    if (defs.has(name)) {
      const message = `has "${name}", and ${SCHEMAS}/${name}.json is used here too; rename the one or the other`;
      of.validationErrors.push({ pointer: `${of.at.pointer}/$defs`, message });
    }
    defs.set(name, shared);
    of.used.add(name);
    for (const other of uses) needed.add(other);
  }
  return { ...whole, $defs: Object.fromEntries(defs) };
}

interface Bundle {
  names: string[];
  uses: Set<string>;
  validationErrors: ValidationError[];
}

export interface Place {
  folder: string;
  pointer: string;
}

/** A place in a schema: the names of the way there, as the pointers of some thousand places that nobody reads would take a while. */
type Inside = Place & { steps: string[] };

/** The same node when it refers to no shared schema, else a copy of what changes. */
function rewrite(bundle: Bundle, node: Json, at: Inside): Json {
  if (!isObject(node)) return node;
  return changed(node, at, (key, value) => {
    if (key === '$ref' && typeof value === 'string') return reference(bundle, value, at);
    if (SCHEMA.has(key)) return rewrite(bundle, value, at);
    if (LIST.has(key) && Array.isArray(value)) return rewriteList(bundle, value, at);
    if (!MAP.has(key) || !isObject(value)) return value;
    return changed(value, at, (_name, part) => rewrite(bundle, part, at));
  });
}

function rewriteList(bundle: Bundle, list: Json[], at: Inside): Json[] {
  const made = list.map((part, index) => {
    at.steps.push(String(index));
    const same = rewrite(bundle, part, at);
    at.steps.pop();
    return same;
  });
  return made.every((part, index) => part === list[index]) ? list : made;
}

function changed(object: JsonObject, at: Inside, change: (key: string, value: Json) => Json): JsonObject {
  let copy: JsonObject | undefined;
  for (const key of Object.keys(object)) {
    at.steps.push(key);
    const made = change(key, object[key]!);
    at.steps.pop();
    if (made === object[key]) continue;
    copy ??= { ...object };
    copy[key] = made;
  }
  return copy ?? object;
}

function reference(bundle: Bundle, ref: string, at: Inside): string {
  const isShared = at.folder === SCHEMAS;
  if (ref.startsWith('#') && !isShared) return ref;
  const name = new RegExp(`^${SCHEMAS}/([a-z][a-z0-9_]*)\\.json$`).exec(posix.join(at.folder, ref))?.[1];
  if (name !== undefined && bundle.names.includes(name)) {
    bundle.uses.add(name);
    return `#/$defs/${name}`;
  }
  const folder = isShared ? '' : `${posix.relative(at.folder, SCHEMAS)}/`;
  const [near] = nearestNames(posix.basename(ref, '.json'), bundle.names);
  const remedy = near === undefined ? 'add the file, or correct the path' : `did you mean "${folder}${near}.json"?`;
  const own = isShared ? '' : ' or "#/$defs/NAME"';
  bundle.validationErrors.push({
    pointer: `${at.pointer}${pointerOf(at.steps)}`,
    message: `leads nowhere: "${ref}"; a schema refers to another as "${folder}NAME.json"${own}; ${remedy}`,
  });
  return ref;
}

function sharedAtRoot(
  { names, validationErrors }: Bundle,
  ref: string,
  of: { shared: SharedSchemas; at: Place; used: Set<string> },
): SharedSchema | undefined {
  const bundle: Bundle = { names, uses: new Set(), validationErrors };
  reference(bundle, ref, { ...of.at, steps: ['$ref'] });
  const [name] = bundle.uses;
  if (name === undefined) return undefined;
  of.used.add(name);
  return of.shared.get(name);
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
