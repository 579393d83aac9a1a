import { isObject } from './schema.ts';

/** The JSON pointer of a member (RFC 6901). */
export function below(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a JSON pointer; undefined where nothing is. */
export function valueAt(value: unknown, pointer: string): unknown {
  let current = value;
  for (const part of partsOf(pointer)) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

/** A copy with another value at a pointer; undefined removes the member of an object. Objects on the way are created. */
export function withValueAt(value: unknown, pointer: string, next: unknown): unknown {
  return put(value, partsOf(pointer), next);
}

function put(value: unknown, parts: readonly string[], next: unknown): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return next;
  if (Array.isArray(value)) {
    const copy = [...value];
    copy[Number(part)] = put(value[Number(part)], rest, next);
    return copy;
  }
  const before = isObject(value) ? value : {};
  const inner = put(Object.hasOwn(before, part) ? before[part] : undefined, rest, next);
  if (inner === undefined) return Object.fromEntries(Object.entries(before).filter(([name]) => name !== part));
  // `__proto__` is a name like any other.
  if (Object.hasOwn(before, part)) {
    return Object.fromEntries(Object.entries(before).map(([name, each]) => [name, name === part ? inner : each]));
  }
  return Object.fromEntries([...Object.entries(before), [part, inner]]);
}
