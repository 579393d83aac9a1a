import { findAggregate } from './aggregates.ts';
import type { Expr, Select } from './ast.ts';
import { groupable } from './comparable.ts';
import { position } from './order-by.ts';
import type { Scope, Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** GROUP BY in all its forms. */
export function grouping(select: Select, cells: { value: Typed; name: string }[], scope: Scope, tools: Tools): string {
  const { group } = select;
  if (group === undefined) return '';
  if (group.kind === 'all') {
    const keys = cells
      .filter(({ value }) => findAggregate(value.ast) === undefined && value.ast.k !== 'literal')
      .map(({ value }) => groupable(value).sql);
    return keys.length === 0 ? '' : ` GROUP BY ${[...new Set(keys)].join(', ')}`;
  }
  const key = (e: Expr): string => {
    const at = position(e, cells.length, 'GROUP_BY');
    return groupable(at === undefined ? tools.compile(e, scope) : (cells[Number(at) - 1] as { value: Typed }).value)
      .sql;
  };
  if (group.kind === 'list')
    return ` GROUP BY ${group.items.map((e) => (e.k === 'literal' && position(e, cells.length, 'GROUP_BY') === undefined ? `(SELECT ${key(e)})` : key(e))).join(', ')}`;
  if (group.kind === 'GROUPING SETS')
    return ` GROUP BY GROUPING SETS (${group.sets.map((set) => `(${set.map(key).join(', ')})`).join(', ')})`;
  return ` GROUP BY ${group.kind} (${group.items.map(key).join(', ')})`;
}
