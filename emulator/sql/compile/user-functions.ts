import { quoteName } from '../../database.ts';
import type { FullName } from '../../unity/names.ts';
import { fullNameText, resolveName } from '../../unity/names.ts';
import type { Meta } from '../../unity/registry.ts';
import { SqlError } from '../error.ts';
import { tokenize } from '../lexer.ts';
import { parseType } from '../read-type.ts';
import type { Environment } from '../session.ts';
import type { SparkType } from '../spark-type.ts';
import { assign } from './assign.ts';
import type { Call, Expr, From, Query } from './ast.ts';
import { refuse } from './complaints.ts';
import { parseExpression, parseQuery } from './parse-query.ts';
import { emptyScope, type Scope, type Typed } from './scope.ts';

/** A parameter, or a column of a result, in the form of the Functions API. */
export interface Parameter {
  name: string;
  type_text: string;
  position: number;
  comment?: string;
  parameter_default?: string;
}

/** A function of Unity Catalog, in the form of the Functions API. */
export interface FunctionMeta extends Meta {
  catalog_name: string;
  schema_name: string;
  full_name: string;
  routine_body: string;
  routine_definition: string;
  input_params: { parameters: Parameter[] };
  return_params?: { parameters: Parameter[] };
  full_data_type: string;
}

/** What a call of a function of Unity Catalog stands for: its body, and a scope in which its parameters are the arguments. */
export interface Inlined {
  meta: FunctionMeta;
  body: { expression: Expr } | { query: Query };
  scope: Scope;
}

/** The function that a name means, if it is one of Unity Catalog. */
export function findFunction(name: string, environment: Environment): FunctionMeta | undefined {
  const full = resolveName(name.split('.'), environment) as FullName | undefined;
  if (full === undefined || environment.unity.functions === undefined) return undefined;
  return environment.unity.functions.get(fullNameText(full)) as FunctionMeta | undefined;
}

/** The body of a function; its tables are those of its own schema. */
export function bodyOf(meta: FunctionMeta): { expression: Expr } | { query: Query } {
  const tokens = tokenize(meta.routine_definition);
  const isQuery =
    meta.return_params !== undefined || ['SELECT', 'WITH', 'VALUES', 'TABLE', 'FROM'].includes(tokens[0]?.value ?? '');
  const body = isQuery ? { query: parseQuery(tokens) } : { expression: parseExpression(tokens) };
  qualify(body, [meta.catalog_name, meta.schema_name], new Set());
  return body;
}

// what WITH names is no table
function qualify(node: unknown, place: string[], named: Set<string>): void {
  if (node === null || typeof node !== 'object') return;
  const ctes = (node as Query).ctes;
  if (Array.isArray(ctes)) for (const { name } of ctes) named.add(name.toLowerCase());
  const from = node as From;
  if (from.k === 'table' && Array.isArray(from.parts) && from.parts.length < 3)
    if (from.parts.length > 1 || !named.has((from.parts[0] as string).toLowerCase()))
      from.parts = [...place.slice(0, 3 - from.parts.length), ...from.parts];
  for (const child of Object.values(node)) qualify(child, place, named);
}

/** A scope in which parameters are NULL of their types: enough to find the type of a body. */
export function functionScope(meta: FunctionMeta, scope: Scope): Scope {
  for (const { name, type_text } of meta.input_params.parameters) {
    const type = parseType(type_text);
    const ast: Expr = { k: 'column', parts: [name], at: 0 };
    scope.lambda.set(name.toLowerCase(), { sql: quoteName(name), type, ast });
  }
  return scope;
}

/** Puts the arguments of a call in place of the parameters. @throws SqlError WRONG_NUM_ARGS */
export function inline(meta: FunctionMeta, call: Call, args: Typed[], compile: (e: Expr) => Typed): Inlined {
  const params = meta.input_params.parameters;
  const least = params.filter((param) => param.parameter_default === undefined).length;
  if (args.length > params.length || (args.length < least && !call.args.some((arg) => arg.k === 'named')))
    throw new SqlError(
      'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
      '42605',
      `The \`${meta.full_name}\` requires ${least === params.length ? least : `[${least}, ${params.length}]`} parameters but the actual number is ${args.length}. Please, refer to the documentation for a fix.`,
      { offset: call.at, length: call.name.length },
    );
  const scope = emptyScope();
  for (const [index, { name, type_text, parameter_default }] of params.entries()) {
    const named = call.args.findIndex((arg) => arg.k === 'named' && arg.name.toLowerCase() === name.toLowerCase());
    const isPlaced = call.args[index] !== undefined && call.args[index]?.k !== 'named';
    const given = named >= 0 ? args[named] : isPlaced ? args[index] : undefined;
    if (given === undefined && parameter_default === undefined) throw refuse(`a call without ${name}`, call);
    const value = given ?? compile(parseExpression(tokenize(parameter_default as string)));
    const type = parseType(type_text);
    scope.lambda.set(name.toLowerCase(), {
      sql: `(${assign(value.sql, value.type, { name, type })})`,
      type,
      ast: value.ast,
    });
  }
  return { meta, body: bodyOf(meta), scope };
}

/** The type that a scalar function returns. */
export function returnType(meta: FunctionMeta): SparkType {
  return parseType(meta.full_data_type);
}
