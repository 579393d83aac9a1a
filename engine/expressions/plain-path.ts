/** The longest source that is looked at; a longer one is no plain path. */
const MAX_PATH_LENGTH = 1000;
/** Dotted names: letters, digits and underscores, or anything between back-ticks. Each character is looked at once. */
const PATH = /^\s*(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)(?:\s*\.\s*(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`))*\s*$/;
const NAME = /`([^`]+)`|[A-Za-z_][A-Za-z0-9_]*/g;
/** Words that JSONata does not read as names everywhere. */
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/**
 * The names of an expression that is dotted names and nothing else. It needs no interpreter: the process reads it itself.
 * Anything else, however near, is `undefined` and goes to the interpreter.
 */
export function plainPath(source: string): string[] | undefined {
  if (source.length > MAX_PATH_LENGTH || !PATH.test(source)) return undefined;
  const found = [...source.matchAll(NAME)];
  if (found.some(([text]) => WORDS.has(text))) return undefined;
  return found.map(([text, quoted]) => quoted ?? text);
}

/** The value at plain names; not found where an array is on the way, over which JSONata maps a path. */
export function readNames(names: readonly string[], value: unknown): { found: boolean; value?: unknown } {
  let current = value;
  for (const name of names) {
    if (Array.isArray(current)) return { found: false };
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, name)) return { found: true };
    current = (current as Record<string, unknown>)[name];
  }
  return { found: true, value: current };
}

/**
 * The value of a plain path, as JSONata reads it: over an array, the values in its items; lists in them are joined, one value
 * is given as it is, and none is `undefined`.
 */
export function readPath(names: readonly string[], value: unknown): unknown {
  const plain = readNames(names, value);
  if (plain.found) return plain.value;
  let current: unknown[] = [value];
  for (const [i, name] of names.entries()) {
    const found = current.flatMap((item) => lookUp(item, name) ?? []);
    const [only] = found;
    if (i === names.length - 1 && found.length === 1 && Array.isArray(only!.value) && !only!.isJoined)
      return only!.value;
    current = found.flatMap((each) => each.value);
    if (current.length === 0) return undefined;
  }
  return current.length === 1 ? current[0] : current;
}

interface Found {
  value: unknown;
  /** A list that was made of the items of another. */
  isJoined: boolean;
}

function lookUp(value: unknown, name: string): Found | undefined {
  if (!Array.isArray(value)) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    const found = (value as Record<string, unknown>)[name];
    return found === undefined ? undefined : { value: found, isJoined: false };
  }
  const joined = join(value, name);
  if (joined.length === 0) return undefined;
  return joined.length === 1 ? { value: joined[0], isJoined: false } : { value: joined, isJoined: true };
}

function join(list: unknown[], name: string): unknown[] {
  return list.flatMap((item) => (Array.isArray(item) ? join(item, name) : valuesOf(lookUp(item, name))));
}

function valuesOf(found: Found | undefined): unknown {
  return found === undefined ? [] : found.value;
}
