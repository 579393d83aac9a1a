import type { JsonObject } from './manifest.ts';
import { resolveRef } from './normalize.ts';

/** How a message names a field: `Warehouse (warehouse_id)`, or the name alone when the field has no title. */
export function labelOf(schema: Record<string, unknown> | undefined, path: string[]): string {
  if (path.length === 0) return 'the value';
  const name = nameOf(path);
  return typeof schema?.title === 'string' ? `${schema.title} (${name})` : `"${name}"`;
}

/** Longer names are cut where they are shown; no field of a schema has one. */
const MAX_SHOWN_NAME = 200;

/** A name as messages show it: its first 200 characters. */
export function clip(name: string): string {
  return name.length > MAX_SHOWN_NAME ? `${name.slice(0, MAX_SHOWN_NAME)}…` : name;
}

/** A path as code writes it: `tasks[0].task_key`. */
export function nameOf(path: string[]): string {
  return path
    .map(clip)
    .map((step, index) => (/^\d+$/.test(step) && index > 0 ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/** The schema of the field at a path, with what stands beside a `$ref` laid over what it refers to. */
export function schemaAt(root: JsonObject, path: string[]): Record<string, unknown> | undefined {
  let current = flatten(root, root);
  for (const step of path) {
    if (current === undefined) return undefined;
    const property = (current.properties as Record<string, unknown> | undefined)?.[step];
    const next =
      property ?? (current.items !== undefined && /^\d+$/.test(step) ? current.items : current.additionalProperties);
    const isInSecret = current.writeOnly === true || current['x-secret'] !== undefined;
    current = flatten(root, next);
    // What is inside a secret is one, and so are the values of headers.
    if (isInSecret) current = { ...current, writeOnly: true };
  }
  return current;
}

function flatten(root: JsonObject, schema: unknown): Record<string, unknown> | undefined {
  if (schema === null || typeof schema !== 'object') return undefined;
  const node = schema as Record<string, unknown>;
  if (typeof node.$ref !== 'string') return node;
  return { ...flatten(root, resolveRef(root, node.$ref)), ...node };
}

/** Whether the field, or a field inside it, is a secret. */
export function isSecret(root: JsonObject, schema: unknown, seen = new Set<unknown>()): boolean {
  if (schema === null || typeof schema !== 'object' || seen.has(schema)) return false;
  seen.add(schema);
  const { writeOnly, $ref, 'x-secret': kind } = schema as Record<string, unknown>;
  if (writeOnly === true || kind !== undefined) return true;
  if (typeof $ref === 'string' && isSecret(root, resolveRef(root, $ref), seen)) return true;
  // Properties, items, alternatives and whatever else may hold a schema.
  return Object.values(schema).some((part) => isSecret(root, part, seen));
}
