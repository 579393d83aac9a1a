import type { Reads } from './reads.ts';

interface Names {
  /** Everything below is read. */
  isWhole?: boolean;
  next: Map<string, Names>;
}

/** The part of a scope that expressions read: its own objects, not copies, below the last name that is known. */
export function pruneScope<S extends object>(scope: S, reads: readonly Reads[]): S {
  if (reads.some(({ isWhole }) => isWhole)) return scope;
  const names: Names = { next: new Map() };
  for (const { roots, counts } of reads)
    for (const root of [...roots, ...counts]) {
      add(names, root);
      add(names, columnsBeside(root) ?? root);
    }
  if ('item' in scope && 'itemColumns' in scope) add(names, ['itemColumns']);
  return take(scope, names) as S;
}

/** The path of the columns by which the numbers in the rows at a path are known. */
export function columnsBeside(names: readonly string[]): string[] | undefined {
  const at = names.findIndex((name) => name === 'rows' || name === 'events');
  return at < 1 ? undefined : [...names.slice(0, at), 'columns'];
}

function add(names: Names, root: readonly string[]): void {
  let at = names;
  for (const name of root) {
    if (at.isWhole === true) return;
    let next = at.next.get(name);
    if (next === undefined) {
      next = { next: new Map() };
      at.next.set(name, next);
    }
    at = next;
  }
  at.isWhole = true;
}

function take(value: unknown, names: Names): unknown {
  if (names.isWhole === true || value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const part: Record<string, unknown> = {};
  for (const [name, next] of names.next) {
    if (Object.hasOwn(value, name)) part[name] = take((value as Record<string, unknown>)[name], next);
  }
  return part;
}
