import { commonType } from '../common-type.ts';
import { SqlError } from '../error.ts';
import { BOOLEAN, type SparkType } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { castSql } from './cast.ts';
import { mismatch } from './complaints.ts';
import { generatedName } from './name.ts';
import type { Scope, Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** IN with a list or a query. */
export function isIn(e: Expr & { k: 'in' }, scope: Scope, tools: Tools): Typed {
  if (e.query !== undefined) {
    const query = tools.subquery(e.query, scope);
    const value = e.e.k === 'tuple' ? undefined : tools.compile(e.e, scope);
    if (value === undefined || query.columns.length !== 1) return tupleIn(e, query, scope, tools);
    const column = query.columns[0] as { type: SparkType };
    const type = commonType(value.type, column.type);
    if (type === undefined) throw mismatch(e, [value.type, column.type]);
    const cell = castSql('_in', column.type, type);
    const source = cell === '_in' ? query.sql : `SELECT ${cell} FROM (${query.sql}) AS _q(_in)`;
    return {
      sql: `(${castSql(value.sql, value.type, type)} ${e.not ? 'NOT IN' : 'IN'} (${source}))`,
      type: BOOLEAN,
      ast: e,
    };
  }
  const [value, ...list] = tools.unify([
    tools.compile(e.e, scope),
    ...(e.list ?? []).map((item) => tools.compile(item, scope)),
  ]) as [Typed, ...Typed[]];
  return {
    sql: `(${value.sql} ${e.not ? 'NOT IN' : 'IN'} (${list.map((item) => item.sql).join(', ')}))`,
    type: BOOLEAN,
    ast: e,
  };
}

// three-valued: a row that may be equal, because of NULL, makes it NULL
function tupleIn(
  e: Expr & { k: 'in' },
  query: { sql: string; columns: { type: SparkType }[] },
  scope: Scope,
  tools: Tools,
): Typed {
  const items = e.e.k === 'tuple' ? e.e.items.map((item) => tools.compile(item, scope)) : [tools.compile(e.e, scope)];
  if (items.length !== query.columns.length)
    throw new SqlError(
      'DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH',
      '42K09',
      `Cannot resolve "${generatedName(e)}" due to data type mismatch: The number of columns in the left hand side of an IN subquery does not match the number of columns in the output of subquery. Left hand side columns(length: ${items.length}), right hand side columns(length: ${query.columns.length}).`,
      { offset: e.at, length: 2 },
    );
  const tests = items.map((item, index) => {
    const { type: given } = query.columns[index] as { type: SparkType };
    const type = commonType(item.type, given);
    if (type === undefined) throw mismatch(e, [item.type, given]);
    return `${castSql(item.sql, item.type, type)} = ${castSql(`_c${index}`, given, type)}`;
  });
  const rows = `SELECT 1 FROM (${query.sql}) AS _q(${items.map((_, index) => `_c${index}`).join(', ')})`;
  const found = `CASE WHEN EXISTS (${rows} WHERE ${tests.join(' AND ')}) THEN true WHEN EXISTS (${rows} WHERE ${tests.map((test) => `(${test}) IS NOT false`).join(' AND ')}) THEN NULL ELSE false END`;
  return { sql: e.not ? `(NOT ${found})` : found, type: BOOLEAN, ast: e };
}

/** BETWEEN. */
export function between(e: Expr & { k: 'between' }, scope: Scope, tools: Tools): Typed {
  const value = tools.compile(e.e, scope);
  const [a, low] = tools.unify([value, tools.compile(e.low, scope)]) as [Typed, Typed];
  const [b, high] = tools.unify([value, tools.compile(e.high, scope)]) as [Typed, Typed];
  const sql =
    a.sql === b.sql
      ? `(${a.sql} BETWEEN ${low.sql} AND ${high.sql})`
      : `(${a.sql} >= ${low.sql} AND ${b.sql} <= ${high.sql})`;
  return { sql: e.not ? `(NOT ${sql})` : sql, type: BOOLEAN, ast: e };
}
