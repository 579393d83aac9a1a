import type { Json, JsonObject } from './manifest.ts';
import { resolveRef } from './normalize.ts';

/** The schema at a dotted path of a schema's values (`jobs.settings.name`; a list stands for its elements); `true` where anything may be, undefined where nothing is known. */
export function schemaAtPath(root: JsonObject, path: string): JsonObject | true | undefined {
  let current: JsonObject | true | undefined = resolve(root, root);
  for (const step of path.split('.')) {
    if (current === undefined || current === true) return current;
    const list: JsonObject | true | undefined = current.items === undefined ? current : resolve(root, current.items);
    if (list === undefined || list === true) return list;
    const property = (list.properties as JsonObject | undefined)?.[step];
    current =
      property !== undefined ? resolve(root, property) : resolve(root, list.additionalProperties ?? isOpen(list));
  }
  return current;
}

/** Whether a value of the schema may have something at the path. */
export function hasPath(root: JsonObject, path: string): boolean {
  return schemaAtPath(root, path) !== undefined;
}

/** An object that names no fields at all may have any. */
function isOpen(schema: JsonObject): boolean {
  return schema.properties === undefined && (schema.type === 'object' || schema.type === undefined);
}

function resolve(root: JsonObject, schema: Json): JsonObject | true | undefined {
  if (schema === true) return true;
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return undefined;
  if (typeof schema.$ref !== 'string') return schema;
  const target = resolveRef(root, schema.$ref);
  return { ...(target as JsonObject), ...schema, $ref: '' };
}
