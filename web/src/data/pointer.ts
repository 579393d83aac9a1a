import { escapePart, partsOf, valueAt as valueAtParts } from '../../../connector/json-pointer.ts';

/*
 * JSON pointers (RFC 6901) as the app uses them: whole texts, and changes that remove what becomes undefined. What a pointer means is
 * written in `connector/json-pointer.ts` alone.
 */

/** The pointer of a member. */
export function below(pointer: string, name: string | number): string {
  return `${pointer}/${escapePart(String(name))}`;
}

/** Whether a pointer is another one, or leads into it. */
export function isUnder(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}

/** The value at a pointer; undefined where nothing is. */
export function valueAt(root: unknown, pointer: string): unknown {
  return valueAtParts(root, partsOf(pointer));
}

/** What a reference names, which is a pointer into its own document (`#/…`); undefined for any other. */
export function referenced(root: unknown, reference: string): unknown {
  return reference.startsWith('#/') ? valueAt(root, reference.slice(1)) : undefined;
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
