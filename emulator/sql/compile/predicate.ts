import { quoteText } from '../../database.ts';
import { BOOLEAN, STRING, VOID } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { likePattern } from './like-pattern.ts';
import type { Scope, Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** IS NULL, IS TRUE, IS DISTINCT FROM and their like. */
export function isWhat(e: Expr & { k: 'is' }, scope: Scope, tools: Tools): Typed {
  if (e.what === 'DISTINCT') {
    const [l, r] = tools.unify([tools.compile(e.e, scope), tools.compile(e.other as Expr, scope)]) as [Typed, Typed];
    return { sql: `(${l.sql} IS ${e.not ? 'NOT ' : ''}DISTINCT FROM ${r.sql})`, type: BOOLEAN, ast: e };
  }
  const value = e.what === 'NULL' ? tools.compile(e.e, scope) : tools.condition(e.e, scope);
  return {
    sql: `(${value.sql} IS ${e.not ? 'NOT ' : ''}${e.what === 'UNKNOWN' ? 'NULL' : e.what})`,
    type: BOOLEAN,
    ast: e,
  };
}

/** LIKE, ILIKE and RLIKE of one pattern, or of ANY and ALL of several. */
export function like(e: Expr & { k: 'like' }, scope: Scope, tools: Tools): Typed {
  const value = tools.coerce(tools.compile(e.e, scope), STRING);
  const tests = e.patterns.map((item) => {
    const pattern = tools.coerce(tools.compile(item, scope), STRING).sql;
    if (e.op === 'RLIKE' || e.op === 'REGEXP') return `CAST(spark_rlike(${value.sql}, ${pattern}) AS BOOLEAN)`;
    return `${value.sql} ${e.op} ${likePattern(item, pattern, e.escape ?? '\\')} ESCAPE ${quoteText(e.escape ?? '\\')}`;
  });
  const sql = `(${tests.map((test) => `(${test})`).join(e.quantifier === 'ALL' ? (e.not ? ' AND NOT ' : ' AND ') : e.not && e.quantifier !== undefined ? ' OR NOT ' : ' OR ')})`;
  if (!e.not) return { sql, type: BOOLEAN, ast: e };
  return { sql: e.quantifier === undefined ? `(NOT ${sql})` : sql.replace('((', '(NOT ('), type: BOOLEAN, ast: e };
}

/** CASE, with an operand or without. */
export function caseWhen(e: Expr & { k: 'case' }, scope: Scope, tools: Tools): Typed {
  const operand = e.operand === undefined ? undefined : tools.compile(e.operand, scope);
  const whens = e.whens.map(({ when }) => {
    if (operand === undefined) return tools.condition(when, scope).sql;
    const [l, r] = tools.unify([operand, tools.compile(when, scope)]) as [Typed, Typed];
    return `${l.sql} = ${r.sql}`;
  });
  const thens = e.whens.map(({ then }) => tools.compile(then, scope));
  const otherwise = e.otherwise === undefined ? { sql: 'NULL', type: VOID, ast: e } : tools.compile(e.otherwise, scope);
  const values = tools.unify([...thens, otherwise], 'casewhen');
  const sql = whens.map((when, index) => `WHEN ${when} THEN ${values[index]?.sql}`).join(' ');
  return { sql: `CASE ${sql} ELSE ${values.at(-1)?.sql} END`, type: values[0]?.type ?? VOID, ast: e };
}
