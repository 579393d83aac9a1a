import { partsOf, pointerOf } from '../../connector/json-pointer.ts';
import type { ParsedExpression } from '../expressions/parse.ts';
import type { Occurrence } from '../expressions/template.ts';
import { HIDDEN } from '../secrets/plain-names.ts';
import type { SecretPlace } from '../secrets/secret-places.ts';

/** What in the scope of expressions is secret. */
export interface SecretScope {
  /** Names from the top: `secrets`, `trigger.headers.x-token`. */
  paths: readonly (readonly string[])[];
  /** The texts themselves. */
  credentials: readonly string[];
}

/**
 * The places of an evaluated input that hold secrets, because their templates read some. A path that is passed on whole
 * gives the very places below it; whatever else reads a secret, or might, is secret as a whole.
 */
export async function secretReads(
  read: () => Promise<readonly Occurrence[]>,
  scope: SecretScope,
  parse: (occurrences: readonly Occurrence[]) => Promise<readonly (ParsedExpression | { code: unknown })[]>,
): Promise<Map<string, SecretPlace>> {
  const places = new Map<string, SecretPlace>();
  if (scope.paths.length === 0) return places;
  const occurrences = await read();
  for (const [i, parsed] of (await parse(occurrences)).entries()) {
    // One that cannot be read has failed by now.
    if ('code' in parsed) continue;
    const { pointer, isWhole } = occurrences[i]!;
    const { reads, path } = parsed;
    const below = isWhole && path !== undefined ? pathReads(path, scope) : anyReads(reads, scope);
    for (const parts of below) {
      const at = pointerOf([...partsOf(pointer), ...parts]);
      places.set(at, { shown: HIDDEN, credentials: scope.credentials });
    }
  }
  return places;
}

/** Whether what is at these names is secret, or holds what is. */
export function isSecretPath(names: readonly string[], { paths }: SecretScope): boolean {
  return paths.some((secret) => overlaps(names, secret));
}

/** The places below the value of a plain path; `[]` is the value itself. */
function pathReads(path: readonly string[], { paths }: SecretScope): (readonly string[])[] {
  return paths.flatMap((secret) => {
    const isAbove = path.length < secret.length && path.every((name, i) => name === secret[i]);
    if (isAbove) return [secret.slice(path.length)];
    return overlaps(path, secret) ? [[]] : [];
  });
}

function anyReads({ roots, isWhole }: ParsedExpression['reads'], scope: SecretScope): [][] {
  return isWhole || roots.some((names) => isSecretPath(names, scope)) ? [[]] : [];
}

/** Whether one leads to the other. Paths go through lists without naming their items, so these are passed over. */
function overlaps(names: readonly string[], secret: readonly string[]): boolean {
  const isName = (name: string) => !/^\d+$/.test(name);
  const plain = secret.filter(isName);
  return names.filter(isName).every((name, i) => i >= plain.length || name === plain[i]);
}
