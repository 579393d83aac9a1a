/*
 * JSON pointers (RFC 6901), here and nowhere else: the browser app, too, reads them by these, and has only changes of its own, which
 * remove what becomes undefined. Libraries have the first three functions, of three lines each; none has the last two with what they
 * need: only own properties, and a copy that shares what is beside the way.
 */

/** A name as a part of a pointer. */
export function escapePart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The pointer of names from the root. */
export function pointerOf(parts: readonly string[]): string {
  return parts.map((part) => `/${escapePart(part)}`).join('');
}

/** The names of a pointer, from the root. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a place; `undefined` when nothing is there. */
export function valueAt(value: unknown, parts: readonly string[]): unknown {
  let current = value;
  for (const name of parts) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, name)) return undefined;
    if (name === 'length' && Array.isArray(current)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** A copy with another value at a place; objects that are not on the way are made, what is beside the way is shared. */
export function withValueAt(target: unknown, parts: readonly string[], value: unknown): unknown {
  const [name, ...rest] = parts;
  if (name === undefined) return value;
  if (Array.isArray(target))
    return target.map((item, i) => (String(i) === name ? withValueAt(item, rest, value) : item));
  const present = (target ?? {}) as Record<string, unknown>;
  return { ...present, [name]: withValueAt(Object.hasOwn(present, name) ? present[name] : undefined, rest, value) };
}
