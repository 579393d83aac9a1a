import type { Route } from './route.ts';

/** Which methods a path takes, for the Allow header of a 405; none for a path that nothing answers. */
export function allowedMethods(routes: readonly Pick<Route, 'method' | 'path'>[]): (path: string) => string[] {
  const patterns = new Map<string, { pattern: RegExp; methods: string[] }>();
  for (const { method, path } of routes) {
    const known = patterns.get(path) ?? { pattern: toPattern(path), methods: [] };
    known.methods.push(method);
    patterns.set(path, known);
  }
  return (path) => {
    const matches = [...patterns.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(matches.flatMap(({ methods }) => methods))].sort();
  };
}

function toPattern(path: string): RegExp {
  const escaped = path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
