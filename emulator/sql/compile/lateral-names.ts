import type { Expr } from './ast.ts';
import type { Scope } from './scope.ts';

/** An expression as its generated name shows it: what reads an earlier item by its alias says so. */
export function withLateralNames(e: Expr, scope: Scope): Expr {
  if (scope.aliases.size === 0 || e.k === 'column') return e;
  const columns = new Set(scope.sources.flatMap((source) => source.fields.map(({ name }) => name.toLowerCase())));
  const visit = (node: unknown): unknown => {
    if (node === null || typeof node !== 'object') return node;
    if (Array.isArray(node)) return node.map(visit);
    const found = node as Expr;
    if (found.k === 'query' || found.k === 'exists' || found.k === 'lambda') return found;
    if (found.k === 'column') {
      const [name] = found.parts as [string];
      const isAlias =
        found.parts.length === 1 && scope.aliases.has(name.toLowerCase()) && !columns.has(name.toLowerCase());
      return isAlias ? { ...found, parts: [`lateralAliasReference(${name})`] } : found;
    }
    return Object.fromEntries(
      Object.entries(found).map(([key, value]) => [key, key === 'type' ? value : visit(value)]),
    );
  };
  return visit(e) as Expr;
}
