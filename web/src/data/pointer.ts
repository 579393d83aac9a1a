/*
 * JSON pointers (RFC 6901), here and nowhere else in the app. `connector/json-pointer.ts` has others of the kind: an app that speaks
 * HTTP does not import them, and its changes remove what becomes undefined.
 */

/** The pointer of a member. */
export function below(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The names of a pointer, from the root. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether a pointer is another one, or leads into it. */
export function isUnder(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}

/** The value at a pointer; undefined where nothing is. */
export function valueAt(root: unknown, pointer: string): unknown {
  let current = root;
  for (const part of partsOf(pointer)) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    if (part === 'length' && Array.isArray(current)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

/**
 * A copy with another value at a pointer; undefined removes the member of an object. Objects on the way are created. What is not on
 * the way is the same object as before.
 */
export function withValueAt<Root>(root: Root, pointer: string, value: unknown): Root {
  return put(root, partsOf(pointer), value) as Root;
}

function put(at: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(at)) {
    const copy = [...at];
    copy[Number(name)] = put(at[Number(name)], rest, value);
    return copy;
  }
  const before: object = typeof at === 'object' && at !== null ? at : {};
  const isThere = Object.hasOwn(before, name);
  const inner = put(isThere ? (before as Record<string, unknown>)[name] : undefined, rest, value);
  const entries = Object.entries(before);
  // By entries: `__proto__` is a name like any other.
  if (inner === undefined) return Object.fromEntries(entries.filter(([key]) => key !== name));
  return Object.fromEntries([...entries, [name, inner]]);
}
