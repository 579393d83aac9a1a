import type { ValidationError } from './errors.ts';
import { escapePart, partsOf, valueAt } from './json-pointer.ts';
import type { Json, JsonObject } from './manifest.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { at } from './references.ts';

/** Compiling takes about 0.1 ms for each, on the thread that serves everybody; the largest one that is shipped has 222. */
const MAX_NODES = 3000;
/** Objects and lists inside each other. Compiling 490 takes seconds; the deepest that is shipped has 12. */
const MAX_DEPTH = 50;
/** With each reference as often as it is followed: a value is checked against all of them. */
const MAX_FOLLOWED = 20_000;

const SCHEMA = ['items', 'additionalProperties', 'not', 'if', 'then', 'propertyNames'];
const LIST = ['allOf', 'anyOf', 'oneOf'];
const MAP = ['properties'];

/**
 * Schemas of a tenant's connector are bounded, so that no value takes long to check: in size, also where references multiply, and
 * without a part that contains itself.
 */
export function checkBounds({ connectors, actions, triggers }: ManifestFiles): ValidationError[] {
  return [
    ...connectors.flatMap((entry) => [
      ...boundsOf(entry, '/connection', entry.manifest.connection),
      ...entry.manifest.auth.flatMap(({ fields }, index) => boundsOf(entry, `/auth/${index}/fields`, fields)),
    ]),
    ...actions.flatMap((entry) => [
      ...boundsOf(entry, '/input', entry.manifest.input),
      ...boundsOf(entry, '/options', entry.manifest.options),
      ...boundsOf(entry, '/output', entry.manifest.output),
    ]),
    ...triggers.flatMap((entry) => [
      ...boundsOf(entry, '/input', entry.manifest.input),
      ...boundsOf(entry, '/output', entry.manifest.output),
      ...boundsOf(entry, '/source/output', entry.manifest.source?.output),
      ...(entry.manifest.sources ?? []).flatMap(({ output }, index) =>
        boundsOf(entry, `/sources/${index}/output`, output),
      ),
    ]),
  ];
}

function boundsOf(entry: { file: string }, pointer: string, schema: JsonObject | undefined): ValidationError[] {
  if (schema === undefined) return [];
  const { nodes, depth } = measure(schema);
  if (nodes > MAX_NODES) {
    const message = `has ${nodes} parts; a schema may have ${MAX_NODES}: leave out what nobody fills in or reads`;
    return [at(entry, pointer, message)];
  }
  if (depth > MAX_DEPTH) {
    const message = `is nested ${depth} levels deep; at most ${MAX_DEPTH} are allowed: end it with {"type": "object"} at some depth`;
    return [at(entry, pointer, message)];
  }
  const followed = followedFrom(schema);
  if (typeof followed !== 'number') {
    const message = `contains itself (${followed.circle}); end it with {"type": "object"} at some depth`;
    return [at(entry, `${pointer}/$defs/${escapePart(followed.circle)}`, message)];
  }
  if (followed <= MAX_FOLLOWED) return [];
  const message = `has ${followed} parts once its references are followed; at most ${MAX_FOLLOWED} are allowed`;
  return [at(entry, pointer, message)];
}

/** Objects, lists and what is in a list, such as the values of an `enum`; and how many levels of them there are. */
function measure(schema: JsonObject): { nodes: number; depth: number } {
  let nodes = 0;
  let depth = 0;
  let level: Json[] = [schema];
  for (; level.length > 0; depth += 1) {
    nodes += level.length;
    level = level.flatMap((node): Json[] => {
      if (node === null || typeof node !== 'object') return [];
      return Array.isArray(node)
        ? node
        : Object.values(node).filter((part) => part !== null && typeof part === 'object');
    });
  }
  return { nodes, depth };
}

/** How many schemas a schema comes to when each reference is followed, up to a bound; or the definition that leads to itself. */
function followedFrom(root: JsonObject): number | { circle: string } {
  const counted = new Map<JsonObject, number>();
  const active = new Set<JsonObject>();
  const count = (node: Json | undefined, name: string): number | { circle: string } => {
    if (node === null || typeof node !== 'object' || Array.isArray(node)) return 0;
    const known = counted.get(node);
    if (known !== undefined) return known;
    if (active.has(node)) return { circle: name };
    active.add(node);
    let sum = 1 + (Array.isArray(node.enum) ? node.enum.length : 0);
    for (const [child, its] of childrenOf(root, node, name)) {
      const found = count(child, its);
      if (typeof found !== 'number') return found;
      sum = Math.min(sum + found, Number.MAX_SAFE_INTEGER);
    }
    active.delete(node);
    counted.set(node, sum);
    return sum;
  };
  return count(root, '');
}

function* childrenOf(root: JsonObject, node: JsonObject, name: string): Generator<[Json | undefined, string]> {
  for (const key of SCHEMA) yield [node[key], name];
  for (const key of LIST) for (const part of (node[key] as Json[] | undefined) ?? []) yield [part, name];
  for (const key of MAP)
    for (const part of Object.values((node[key] as JsonObject | undefined) ?? {})) yield [part, name];
  if (typeof node.$ref === 'string') yield [target(root, node.$ref), node.$ref.split('/').at(-1)!];
}

/** Where a reference inside the document leads; one that leads nowhere is refused when the schema is compiled. */
function target(root: JsonObject, ref: string): Json | undefined {
  try {
    return valueAt(root, partsOf(decodeURIComponent(ref))) as Json | undefined;
  } catch {
    return undefined;
  }
}
