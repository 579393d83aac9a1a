import { partsOf, valueAt } from '../../connector/json-pointer.ts';

/** What a local reference such as `#/components/schemas/Pet` leads to; undefined when nothing is there, or it is no place. */
export function targetOf(root: unknown, ref: string): unknown {
  return ref.startsWith('#/') ? valueAt(root, partsOf(ref.slice(1)).map(decoded)) : undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step; // A percent sign of its own.
  }
}
