import { isObject, type JsonObject } from './document.ts';

/** The names of a JSON pointer (RFC 6901). */
function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function escapePart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value at a pointer; undefined where there is none. */
export function valueAt(root: unknown, pointer: string): unknown {
  return partsOf(pointer).reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }, root);
}

/**
 * The document with another value at a pointer; `undefined` removes the property. Objects on the way are made. What is not on
 * the way is the same object as before.
 */
export function withValueAt(root: JsonObject, pointer: string, value: unknown): JsonObject {
  return put(root, partsOf(pointer), value) as JsonObject;
}

function put(at: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(at)) return at.map((item, i) => (String(i) === name ? put(item, rest, value) : item));
  const object = isObject(at) ? at : {};
  const inner = put(Object.hasOwn(object, name) ? object[name] : undefined, rest, value);
  if (inner !== undefined)
    return Object.fromEntries([
      ...Object.entries(object).filter(([key]) => key !== name || Object.hasOwn(object, name)),
      [name, inner],
    ]);
  const { [name]: _, ...others } = object;
  return others;
}
