import { quoteText } from '../../database.ts';
import { SqlError } from '../error.ts';
import { INT, isIntegral, STRING, typeText, VARIANT } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { generatedName } from './name.ts';
import { raise } from './raise.ts';
import type { Scope, Typed } from './scope.ts';
import { fieldOf } from './scope.ts';
import type { Tools } from './tools.ts';

/** e[i]: an item, a value by key, a field. */
export function index(e: Expr & { k: 'index' }, scope: Scope, tools: Tools): Typed {
  const value = tools.compile(e.e, scope);
  const at = tools.compile(e.i, scope);
  if (value.type.k === 'array') {
    const i = tools.coerce(at, isIntegral(at.type) ? at.type : INT);
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
    return { sql: `(${value.sql})[${tools.coerce(at, value.type.key).sql}]`, type: value.type.value, ast: e };
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

/** A path into a VARIANT or JSON text. */
export function jsonPath(e: Expr & { k: 'path' }, scope: Scope, tools: Tools): Typed {
  const value = tools.compile(e.e, scope);
  if (value.type.k === 'variant')
    return {
      sql: `spark_variant_path(CAST(${value.sql} AS VARCHAR), ${quoteText(e.path)})::JSON`,
      type: VARIANT,
      ast: e,
    };
  return { sql: `spark_json_path(${tools.coerce(value, STRING).sql}, ${quoteText(e.path)})`, type: STRING, ast: e };
}
