import { quoteName } from '../../database.ts';
import type { Expr, Item, LateralView } from './ast.ts';
import { GENERATORS } from './call.ts';
import { generator } from './generators.ts';
import { type OutputColumn, rename, unique } from './output-column.ts';
import { type Scope, sourceOf, type Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** What makes relations of generators. */
export interface Generating {
  tools: Tools;
  /** A new alias. */
  id: () => string;
}

/** explode in a select list is a lateral view. */
export function generators(
  items: Item[],
  scope: Scope,
  from: string[],
  parts: Generating,
): (Item | { e: Typed; aliases: string[] })[] {
  return items.flatMap((item): (Item | { e: Typed; aliases: string[] })[] => {
    if (item.e.k !== 'call' || !GENERATORS.has(item.e.name)) return [item];
    const outer = item.e.name.endsWith('_outer');
    const view: LateralView = { outer, call: item.e, alias: '', columns: item.aliases };
    const before = scope.sources.length;
    from.push(lateral(view, scope, from.length > 0, parts));
    const [source] = scope.sources.splice(before);
    return (source?.fields ?? []).map((field) => ({
      e: { sql: field.sql, type: field.type, ast: { k: 'column', parts: [field.name], at: item.e.at } as Expr },
      aliases: [field.name],
    }));
  });
}

/** The relation of one LATERAL VIEW; adds its columns to the scope. */
export function lateral(view: LateralView, scope: Scope, joined: boolean, { tools, id }: Generating): string {
  const alias = id();
  const { sql, columns } = generator(view.call, scope, tools);
  const outer = view.outer || view.call.name.endsWith('_outer');
  const named = rename(columns, view.columns);
  const cells = unique(named).map(quoteName).join(', ');
  scope.sources.push(
    sourceOf(
      view.alias === '' ? [] : [view.alias.toLowerCase()],
      alias,
      unique(named).map((name, index) => ({ name, type: (named[index] as OutputColumn).type })),
    ),
  );
  if (outer)
    return `${joined ? 'LEFT JOIN' : '(SELECT 1) AS _o LEFT JOIN'} LATERAL (${sql}) AS ${alias}(${cells}) ON true`;
  return joined ? `CROSS JOIN LATERAL (${sql}) AS ${alias}(${cells})` : `(${sql}) AS ${alias}(${cells})`;
}
