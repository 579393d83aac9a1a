import { SqlError } from '../error.ts';
import { BOOLEAN, DATE, type SparkType, TIMESTAMP } from '../spark-type.ts';
import { index, jsonPath } from './access.ts';
import { createArithmetic } from './arithmetic.ts';
import type { Expr } from './ast.ts';
import { castSql } from './cast.ts';
import { coerce, unify } from './coerce.ts';
import { unexpected } from './complaints.ts';
import { foldedNumber, literal } from './literal.ts';
import { between, isIn } from './membership.ts';
import { generatedName } from './name.ts';
import { binary, unary } from './operator.ts';
import { caseWhen, isWhat, like } from './predicate.ts';
import { fieldOf, resolveColumn, type Scope, type Typed } from './scope.ts';
import type { Parts, Tools } from './tools.ts';

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
        return binary(e, scope, tools);
      case 'unary':
        return unary(e, scope, tools);
      case 'is':
        return isWhat(e, scope, tools);
      case 'in':
        return isIn(e, scope, tools);
      case 'between':
        return between(e, scope, tools);
      case 'like':
        return like(e, scope, tools);
      case 'case':
        return caseWhen(e, scope, tools);
      case 'index':
        return index(e, scope, tools);
      case 'field': {
        const value = compile(e.e, scope);
        return fieldOf(value, e.name, e);
      }
      case 'path':
        return jsonPath(e, scope, tools);
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

  function condition(e: Expr, scope: Scope): Typed {
    const value = compile(e, scope);
    if (value.type.k === 'boolean') return value;
    if (value.type.k === 'void') return { sql: 'CAST(NULL AS BOOLEAN)', type: BOOLEAN, ast: e };
    if (value.type.k === 'string') return coerce(value, BOOLEAN);
    throw unexpected(value, BOOLEAN, generatedName(e));
  }
}
