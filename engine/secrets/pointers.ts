/** The names of a JSON pointer, from the root. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The JSON pointer of names. */
export function pointerOf(parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value at a place; `undefined` when nothing is there. */
export function valueAt(value: unknown, parts: readonly string[]): unknown {
  let current = value;
  for (const name of parts) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, name)) return undefined;
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
