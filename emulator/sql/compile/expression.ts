import { quoteText } from '../../database.ts';
import { SqlError } from '../error.ts';
import {
  BIGINT,
  BOOLEAN,
  commonType,
  DATE,
  DOUBLE,
  INT,
  isIntegral,
  isNumeric,
  isTime,
  type SparkType,
  STRING,
  sameType,
  TIMESTAMP,
  typeText,
  VARIANT,
  VOID,
} from '../spark-type.ts';
import { type Arithmetic, type Casts, createArithmetic } from './arithmetic.ts';
import type { Expr, Query } from './ast.ts';
import { castSql } from './cast.ts';
import { mismatch, unexpected } from './complaints.ts';
import { foldedNumber, literal } from './literal.ts';
import { generatedName } from './name.ts';
import { raise } from './raise.ts';
import { fieldOf, resolveColumn, type Scope, type Typed } from './scope.ts';

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

/** Makes the translator of expressions. */
export function createTools(parts: Parts): Tools {
  const arithmetic = createArithmetic({ coerce, unify });
  const tools: Tools = { compile, coerce, unify, condition, arithmetic, subquery: parts.subquery, aliases: 'last' };
  return tools;

  function compile(e: Expr, scope: Scope): Typed {
    switch (e.k) {
      case 'literal':
        return literal(e);
      case 'column':
        return resolveColumn(e, scope, tools.aliases);
      case 'call':
        return parts.call(e, scope, tools);
      case 'cast': {
        const value = compile(e.e, scope);
        if (e.e.k === 'literal' && e.e.type.k === 'string' && e.e.value !== null && !e.attempt) {
          if (e.type.k === 'date')
            return { ...literal({ k: 'literal', type: DATE, value: e.e.value, at: e.at }, false), ast: e };
          if (e.type.k === 'timestamp')
            return { ...literal({ k: 'literal', type: TIMESTAMP, value: e.e.value, at: e.at }, false), ast: e };
        }
        const folded = foldedNumber(e);
        return { sql: folded ?? castSql(value.sql, value.type, e.type, e.attempt), type: e.type, ast: e };
      }
      case 'binary':
        return binary(e, scope);
      case 'unary':
        return unary(e, scope);
      case 'is':
        return is(e, scope);
      case 'in': {
        if (e.query !== undefined) {
          const query = parts.subquery(e.query, scope);
          const value = e.e.k === 'tuple' ? undefined : compile(e.e, scope);
          if (value === undefined || query.columns.length !== 1) return tupleIn(e, query, scope);
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
        const [value, ...list] = unify([
          compile(e.e, scope),
          ...(e.list ?? []).map((item) => compile(item, scope)),
        ]) as [Typed, ...Typed[]];
        return {
          sql: `(${value.sql} ${e.not ? 'NOT IN' : 'IN'} (${list.map((item) => item.sql).join(', ')}))`,
          type: BOOLEAN,
          ast: e,
        };
      }
      case 'between': {
        const value = compile(e.e, scope);
        const [a, low] = unify([value, compile(e.low, scope)]) as [Typed, Typed];
        const [b, high] = unify([value, compile(e.high, scope)]) as [Typed, Typed];
        const sql =
          a.sql === b.sql
            ? `(${a.sql} BETWEEN ${low.sql} AND ${high.sql})`
            : `(${a.sql} >= ${low.sql} AND ${b.sql} <= ${high.sql})`;
        return { sql: e.not ? `(NOT ${sql})` : sql, type: BOOLEAN, ast: e };
      }
      case 'like':
        return like(e, scope);
      case 'case': {
        const operand = e.operand === undefined ? undefined : compile(e.operand, scope);
        const whens = e.whens.map(({ when }) => {
          if (operand === undefined) return condition(when, scope).sql;
          const [l, r] = unify([operand, compile(when, scope)]) as [Typed, Typed];
          return `${l.sql} = ${r.sql}`;
        });
        const thens = e.whens.map(({ then }) => compile(then, scope));
        const otherwise = e.otherwise === undefined ? { sql: 'NULL', type: VOID, ast: e } : compile(e.otherwise, scope);
        const values = unify([...thens, otherwise], 'casewhen');
        const sql = whens.map((when, index) => `WHEN ${when} THEN ${values[index]?.sql}`).join(' ');
        return { sql: `CASE ${sql} ELSE ${values.at(-1)?.sql} END`, type: values[0]?.type ?? VOID, ast: e };
      }
      case 'index':
        return index(e, scope);
      case 'field': {
        const value = compile(e.e, scope);
        return fieldOf(value, e.name, e);
      }
      case 'path': {
        const value = compile(e.e, scope);
        if (value.type.k === 'variant')
          return {
            sql: `spark_variant_path(CAST(${value.sql} AS VARCHAR), ${quoteText(e.path)})::JSON`,
            type: VARIANT,
            ast: e,
          };
        return { sql: `spark_json_path(${coerce(value, STRING).sql}, ${quoteText(e.path)})`, type: STRING, ast: e };
      }
      case 'query': {
        const query = parts.subquery(e.query, scope);
        if (query.columns.length !== 1)
          throw new SqlError(
            'INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN',
            '42823',
            `Invalid subquery: Scalar subquery must return only one column, but got ${query.columns.length}.`,
          );
        return { sql: `(${query.sql})`, type: (query.columns[0] as { type: SparkType }).type, ast: e };
      }
      case 'exists':
        return { sql: `EXISTS (${parts.subquery(e.query, scope).sql})`, type: BOOLEAN, ast: e };
      case 'tuple': {
        const items = e.items.map((item) => compile(item, scope));
        const fields = items.map((item, at) => ({
          name: item.ast.k === 'column' ? generatedName(item.ast) : `col${at + 1}`,
          type: item.type,
        }));
        return {
          sql: `struct_pack(${items.map((item, at) => `"${fields[at]?.name}" := ${item.sql}`).join(', ')})`,
          type: { k: 'struct', fields },
          ast: e,
        };
      }
      case 'star':
        throw new SqlError('INVALID_USAGE_OF_STAR_OR_REGEX', '42000', "Invalid usage of '*' in expression.", {
          offset: e.at,
          length: 1,
        });
      case 'named':
        return compile(e.e, scope);
      case 'lambda':
        throw new SqlError(
          'UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_NON_HIGHER_ORDER',
          '0A000',
          'A lambda function should only be used in a higher order function.',
          { offset: e.at, length: 1 },
        );
      default:
        return e satisfies never;
    }
  }

  // three-valued: a row that may be equal, because of NULL, makes it NULL
  function tupleIn(e: Expr & { k: 'in' }, query: { sql: string; columns: { type: SparkType }[] }, scope: Scope): Typed {
    const items = e.e.k === 'tuple' ? e.e.items.map((item) => compile(item, scope)) : [compile(e.e, scope)];
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

  function coerce(value: Typed, type: SparkType, what = ''): Typed {
    if (sameType(value.type, type)) return value;
    const from = value.type;
    const allowed =
      from.k === 'void' ||
      (isNumeric(from) && isNumeric(type)) ||
      (type.k === 'string' && !['array', 'map', 'struct', 'variant'].includes(from.k)) ||
      (from.k === 'string' && (isNumeric(type) || isTime(type) || type.k === 'boolean' || type.k === 'binary')) ||
      (isTime(from) && isTime(type)) ||
      (from.k === 'array' && type.k === 'array') ||
      (from.k === 'map' && type.k === 'map') ||
      (from.k === 'struct' && type.k === 'struct') ||
      (from.k === 'interval' && type.k === 'interval');
    if (!allowed) throw unexpected(value, type, what);
    return { sql: castSql(value.sql, from, type), type, ast: value.ast };
  }

  function unify(values: Typed[], what = 'values'): Typed[] {
    const type = values.reduce<SparkType | undefined>((all, value) => all && commonType(all, value.type), VOID);
    if (type === undefined)
      throw mismatch(
        values[0]?.ast as Expr,
        values.map((value) => value.type),
        what,
      );
    return values.map((value) =>
      sameType(value.type, type) ? value : { sql: castSql(value.sql, value.type, type), type, ast: value.ast },
    );
  }

  function condition(e: Expr, scope: Scope): Typed {
    const value = compile(e, scope);
    if (value.type.k === 'boolean') return value;
    if (value.type.k === 'void') return { sql: 'CAST(NULL AS BOOLEAN)', type: BOOLEAN, ast: e };
    if (value.type.k === 'string') return coerce(value, BOOLEAN);
    throw unexpected(value, BOOLEAN, generatedName(e));
  }

  function binary(e: Expr & { k: 'binary' }, scope: Scope): Typed {
    if (e.op === 'AND' || e.op === 'OR')
      return { sql: `(${condition(e.l, scope).sql} ${e.op} ${condition(e.r, scope).sql})`, type: BOOLEAN, ast: e };
    const l = compile(e.l, scope);
    const r = compile(e.r, scope);
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
        const [a, b] = unify([l, r], generatedName(e)) as [Typed, Typed];
        if (a.type.k === 'map' || (a.type.k === 'variant' && e.op !== '<=>')) throw mismatch(e, [a.type, b.type]);
        if (a.type.k === 'void')
          return { sql: e.op === '<=>' ? 'true' : 'CAST(NULL AS BOOLEAN)', type: BOOLEAN, ast: e };
        const op = e.op === '<=>' ? 'IS NOT DISTINCT FROM' : e.op === '==' ? '=' : e.op === '!=' ? '<>' : e.op;
        return { sql: `(${a.sql} ${op} ${b.sql})`, type: BOOLEAN, ast: e };
      }
      case '||': {
        if (l.type.k === 'array' && r.type.k === 'array') {
          const [a, b] = unify([l, r]) as [Typed, Typed];
          return {
            sql: `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_concat(${a.sql}, ${b.sql}) END`,
            type: a.type,
            ast: e,
          };
        }
        return { sql: `(${coerce(l, STRING).sql} || ${coerce(r, STRING).sql})`, type: STRING, ast: e };
      }
      case '&':
      case '|':
      case '^': {
        const [a, b] = unify([l, r]) as [Typed, Typed];
        if (!isIntegral(a.type)) throw mismatch(e, [l.type, r.type], generatedName(e));
        return { sql: e.op === '^' ? `xor(${a.sql}, ${b.sql})` : `(${a.sql} ${e.op} ${b.sql})`, type: a.type, ast: e };
      }
      default:
        return arithmetic(e, l, r);
    }
  }

  function unary(e: Expr & { k: 'unary' }, scope: Scope): Typed {
    if (e.op === 'NOT') return { sql: `(NOT ${condition(e.e, scope).sql})`, type: BOOLEAN, ast: e };
    let value = compile(e.e, scope);
    if (value.type.k === 'string') value = coerce(value, DOUBLE);
    if (value.type.k === 'void') value = coerce(value, DOUBLE);
    if (e.op === '~') {
      if (!isIntegral(value.type)) throw unexpected(value, BIGINT, generatedName(e));
      return { sql: `(~ ${value.sql})`, type: value.type, ast: e };
    }
    if (!isNumeric(value.type) && value.type.k !== 'interval') throw unexpected(value, DOUBLE, generatedName(e));
    return e.op === '+' ? { ...value, ast: e } : { sql: `(- ${value.sql})`, type: value.type, ast: e };
  }

  function is(e: Expr & { k: 'is' }, scope: Scope): Typed {
    if (e.what === 'DISTINCT') {
      const [l, r] = unify([compile(e.e, scope), compile(e.other as Expr, scope)]) as [Typed, Typed];
      return { sql: `(${l.sql} IS ${e.not ? 'NOT ' : ''}DISTINCT FROM ${r.sql})`, type: BOOLEAN, ast: e };
    }
    const value = e.what === 'NULL' ? compile(e.e, scope) : condition(e.e, scope);
    return {
      sql: `(${value.sql} IS ${e.not ? 'NOT ' : ''}${e.what === 'UNKNOWN' ? 'NULL' : e.what})`,
      type: BOOLEAN,
      ast: e,
    };
  }

  function like(e: Expr & { k: 'like' }, scope: Scope): Typed {
    const value = coerce(compile(e.e, scope), STRING);
    const tests = e.patterns.map((item) => {
      const pattern = coerce(compile(item, scope), STRING).sql;
      if (e.op === 'RLIKE' || e.op === 'REGEXP') return `CAST(spark_rlike(${value.sql}, ${pattern}) AS BOOLEAN)`;
      return `${value.sql} ${e.op} ${pattern} ESCAPE ${quoteText(e.escape ?? '\\')}`;
    });
    const sql = `(${tests.map((test) => `(${test})`).join(e.quantifier === 'ALL' ? (e.not ? ' AND NOT ' : ' AND ') : e.not && e.quantifier !== undefined ? ' OR NOT ' : ' OR ')})`;
    if (!e.not) return { sql, type: BOOLEAN, ast: e };
    return { sql: e.quantifier === undefined ? `(NOT ${sql})` : sql.replace('((', '(NOT ('), type: BOOLEAN, ast: e };
  }

  function index(e: Expr & { k: 'index' }, scope: Scope): Typed {
    const value = compile(e.e, scope);
    const at = compile(e.i, scope);
    if (value.type.k === 'array') {
      const i = coerce(at, isIntegral(at.type) ? at.type : INT);
      const length = `len(${value.sql})`;
      const error = raise(
        'INVALID_ARRAY_INDEX',
        '22003',
        `'The index ' || ${i.sql} || ' is out of bounds. The array has ' || ${length} || ' elements. Use the SQL function \`get()\` to tolerate accessing element at invalid index and return NULL instead.'`,
      );
      return {
        sql: `CASE WHEN ${value.sql} IS NULL OR ${i.sql} IS NULL THEN NULL WHEN ${i.sql} < 0 OR ${i.sql} >= ${length} THEN ${error} ELSE (${value.sql})[${i.sql} + 1] END`,
        type: value.type.e,
        ast: e,
      };
    }
    if (value.type.k === 'map')
      return { sql: `(${value.sql})[${coerce(at, value.type.key).sql}]`, type: value.type.value, ast: e };
    if (value.type.k === 'struct' && e.i.k === 'literal' && e.i.value !== null) return fieldOf(value, e.i.value, e);
    if (value.type.k === 'variant' && e.i.k === 'literal') {
      const path = e.i.type.k === 'string' ? `$['${e.i.value}']` : `$[${e.i.value}]`;
      return {
        sql: `spark_variant_path(CAST(${value.sql} AS VARCHAR), ${quoteText(path)})::JSON`,
        type: VARIANT,
        ast: e,
      };
    }
    throw new SqlError(
      'INVALID_EXTRACT_BASE_FIELD_TYPE',
      '42000',
      `Can't extract a value from "${generatedName(e.e)}". Need a complex type [STRUCT, ARRAY, MAP] but got "${typeText(value.type)}".`,
    );
  }
}
