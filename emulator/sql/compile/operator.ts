import { BIGINT, BOOLEAN, DOUBLE, isIntegral, isNumeric, STRING } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { mismatch, unexpected } from './complaints.ts';
import { generatedName } from './name.ts';
import type { Scope, Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** Comparisons, AND, OR, ||, bits and arithmetic. */
export function binary(e: Expr & { k: 'binary' }, scope: Scope, tools: Tools): Typed {
  if (e.op === 'AND' || e.op === 'OR')
    return {
      sql: `(${tools.condition(e.l, scope).sql} ${e.op} ${tools.condition(e.r, scope).sql})`,
      type: BOOLEAN,
      ast: e,
    };
  const l = tools.compile(e.l, scope);
  const r = tools.compile(e.r, scope);
  switch (e.op) {
    case '=':
    case '==':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '<>':
    case '!=':
    case '<=>': {
      const [a, b] = tools.unify([l, r], generatedName(e)) as [Typed, Typed];
      if (a.type.k === 'map' || (a.type.k === 'variant' && e.op !== '<=>')) throw mismatch(e, [a.type, b.type]);
      if (a.type.k === 'void') return { sql: e.op === '<=>' ? 'true' : 'CAST(NULL AS BOOLEAN)', type: BOOLEAN, ast: e };
      const op = e.op === '<=>' ? 'IS NOT DISTINCT FROM' : e.op === '==' ? '=' : e.op === '!=' ? '<>' : e.op;
      return { sql: `(${a.sql} ${op} ${b.sql})`, type: BOOLEAN, ast: e };
    }
    case '||': {
      if (l.type.k === 'array' && r.type.k === 'array') {
        const [a, b] = tools.unify([l, r]) as [Typed, Typed];
        return {
          sql: `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_concat(${a.sql}, ${b.sql}) END`,
          type: a.type,
          ast: e,
        };
      }
      if (l.type.k === 'binary' && r.type.k === 'binary')
        return { sql: `(${l.sql} || ${r.sql})`, type: l.type, ast: e };
      return { sql: `(${tools.coerce(l, STRING).sql} || ${tools.coerce(r, STRING).sql})`, type: STRING, ast: e };
    }
    case '&':
    case '|':
    case '^': {
      const [a, b] = tools.unify([l, r]) as [Typed, Typed];
      if (!isIntegral(a.type)) throw mismatch(e, [l.type, r.type], generatedName(e));
      return { sql: e.op === '^' ? `xor(${a.sql}, ${b.sql})` : `(${a.sql} ${e.op} ${b.sql})`, type: a.type, ast: e };
    }
    default:
      return tools.arithmetic(e, l, r);
  }
}

/** NOT, -, + and ~. */
export function unary(e: Expr & { k: 'unary' }, scope: Scope, tools: Tools): Typed {
  if (e.op === 'NOT') return { sql: `(NOT ${tools.condition(e.e, scope).sql})`, type: BOOLEAN, ast: e };
  let value = tools.compile(e.e, scope);
  if (value.type.k === 'string') value = tools.coerce(value, DOUBLE);
  if (value.type.k === 'void') value = tools.coerce(value, DOUBLE);
  if (e.op === '~') {
    if (!isIntegral(value.type)) throw unexpected(value, BIGINT, generatedName(e));
    return { sql: `(~ ${value.sql})`, type: value.type, ast: e };
  }
  if (!isNumeric(value.type) && value.type.k !== 'interval') throw unexpected(value, DOUBLE, generatedName(e));
  return e.op === '+' ? { ...value, ast: e } : { sql: `(- ${value.sql})`, type: value.type, ast: e };
}
