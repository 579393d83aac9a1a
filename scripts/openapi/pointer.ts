/** The steps of a local reference such as `#/components/schemas/Pet`. */
export function pathTo(ref: string): string[] {
  return ref
    .slice(2)
    .split('/')
    .filter((step) => step !== '')
    .map((step) => decoded(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What stands there, or undefined. */
export function valueAt(root: unknown, steps: readonly string[]): unknown {
  let at: unknown = root;
  for (const step of steps) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step; // A percent sign of its own.
  }
}
