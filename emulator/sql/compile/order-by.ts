import { SqlError } from '../error.ts';
import { INT } from '../spark-type.ts';
import type { Expr, Order, Query } from './ast.ts';
import { orderable } from './comparable.ts';
import type { Scope, Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** ORDER BY ALL: every column from left to right. */
export function everyColumn(order: Order[], count: number): Order[] {
  return order.flatMap((item) =>
    item.e.k === 'star'
      ? Array.from({ length: count }, (_, index) => ({
          ...item,
          e: { k: 'literal', type: INT, value: String(index + 1), at: item.e.at } as Expr,
        }))
      : [item],
  );
}

/** LIMIT and OFFSET. */
export function limits(query: Query, scope: Scope, tools: Tools): string {
  const number = (e: Expr) => {
    const value = tools.compile(e, scope);
    if (e.k === 'literal' && Number(e.value) < 0)
      throw new SqlError(
        'INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE',
        '42K0E',
        `The limit like expression "${e.value}" is invalid. The limit expression must be equal to or greater than 0, but got ${e.value}.`,
      );
    return value.sql;
  };
  return `${query.limit === undefined ? '' : ` LIMIT ${number(query.limit)}`}${query.offset === undefined ? '' : ` OFFSET ${number(query.offset)}`}`;
}

/** A key of ORDER BY: a place in the select list where it is one, or an expression. */
export function orderKey(e: Expr, cells: { value: Typed; name: string }[], scope: Scope, tools: Tools): string {
  const at = position(e, cells.length);
  if (at !== undefined) {
    orderable((cells[Number(at) - 1] as { value: Typed }).value);
    return at;
  }
  if (e.k === 'column' && e.parts.length === 1) {
    const index = cells.findIndex(({ name }) => name.toLowerCase() === (e.parts[0] as string).toLowerCase());
    if (index >= 0) {
      orderable((cells[index] as { value: Typed }).value);
      return String(index + 1);
    }
  }
  const kept = tools.aliases;
  tools.aliases = 'first';
  try {
    const { sql } = orderable(tools.compile(e, scope));
    const index = cells.findIndex(({ value }) => value.sql === sql);
    return index >= 0 ? String(index + 1) : sql;
  } finally {
    tools.aliases = kept;
  }
}

/** A number that stands for a place in the select list. @throws SqlError when there is no such place */
export function position(e: Expr, count: number, clause: 'ORDER_BY' | 'GROUP_BY' = 'ORDER_BY'): string | undefined {
  if (e.k !== 'literal' || e.type.k !== 'int' || e.value === null) return undefined;
  const at = Number(e.value);
  if (at < 1 || at > count)
    throw new SqlError(
      `${clause}_POS_OUT_OF_RANGE`,
      '42805',
      `${clause.replace('_', ' ')} position ${at} is not in select list (valid range is [1, ${count}]).`,
      { offset: e.at, length: e.value.length },
    );
  return String(at);
}
