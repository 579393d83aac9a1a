import { quoteName } from '../../database.ts';
import { SqlError } from '../error.ts';
import type { SparkType } from '../spark-type.ts';
import type { Expr, Item } from './ast.ts';
import { matches, resolveColumn, type Scope, type Typed } from './scope.ts';

/** * and t.* as columns. */
export function expand(
  item: Item | { e: Typed; aliases: string[] },
  scope: Scope,
): (Item | { e: Typed; aliases: string[] })[] {
  const { e } = item;
  if ('ast' in e || e.k !== 'star') return [item];
  const qualifier = e.qualifier.map((part) => part.toLowerCase());
  const sources = scope.sources.filter((source) => matches(source, qualifier));
  const except = new Set(e.except.map((name) => name.toLowerCase()));
  if (sources.length === 0 && qualifier.length > 0) {
    const value = resolveColumn({ k: 'column', parts: e.qualifier, at: e.at }, scope, 'last');
    if (value.type.k !== 'struct')
      throw new SqlError(
        'CANNOT_RESOLVE_STAR_EXPAND',
        '42704',
        `Cannot resolve ${e.qualifier.map((part) => `\`${part}\``).join('.')}.* given input columns.`,
        { offset: e.at, length: 1 },
      );
    return value.type.fields.map((field) => ({
      e: {
        sql: `(${value.sql}).${quoteName(field.name)}`,
        type: field.type,
        ast: { k: 'column', parts: [field.name], at: e.at },
      },
      aliases: [],
    }));
  }
  if (sources.length === 0)
    throw new SqlError('INVALID_USAGE_OF_STAR_OR_REGEX', '42000', "Invalid usage of '*' in expression.", {
      offset: e.at,
      length: 1,
    });
  const typed = (name: string, sql: string, type: SparkType) => ({
    e: { sql, type, ast: { k: 'column', parts: [name], at: e.at } as Expr },
    aliases: [],
  });
  const merged =
    qualifier.length === 0 ? [...scope.merged.values()].map((field) => typed(field.name, field.sql, field.type)) : [];
  const rest = sources.flatMap((source) =>
    source.fields
      .filter((field) => qualifier.length > 0 || !scope.merged.has(field.name.toLowerCase()))
      .map((field) => typed(field.name, field.sql, field.type)),
  );
  return [...merged, ...rest].filter(
    ({ e: cell }) => !except.has(cell.ast.k === 'column' ? (cell.ast.parts[0] as string).toLowerCase() : ''),
  );
}
