import type { SparkType } from '../spark-type.ts';
import type { Arithmetic, Casts } from './arithmetic.ts';
import type { Expr, Query } from './ast.ts';
import type { Scope, Typed } from './scope.ts';

/** What expressions need of the rest of the compiler. */
export interface Parts {
  call(e: Expr & { k: 'call' }, scope: Scope, tools: Tools): Typed;
  subquery(query: Query, scope: Scope): { sql: string; columns: { name: string; type: SparkType }[] };
}

/** Translates expressions. */
export interface Tools extends Casts {
  compile(e: Expr, scope: Scope): Typed;
  condition(e: Expr, scope: Scope): Typed;
  arithmetic: Arithmetic;
  subquery: Parts['subquery'];
  aliases: 'first' | 'last';
}
