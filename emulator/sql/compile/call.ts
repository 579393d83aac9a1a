import { quoteText } from '../../database.ts';
import { SqlError } from '../error.ts';
import type { Environment } from '../session.ts';
import { BIGINT, DATE, type SparkType, STRING, TIMESTAMP } from '../spark-type.ts';
import { assign } from './assign.ts';
import type { Call, Expr, Order, Window } from './ast.ts';
import { orderable } from './comparable.ts';
import { refuse } from './complaints.ts';
import { addSpecials } from './functions/add-specials.ts';
import { addAggregates } from './functions/aggregate.ts';
import { addCollections } from './functions/collections.ts';
import { type Library, wrongCount } from './functions/define.ts';
import { KNOWN } from './functions/known.ts';
import { addLambdas } from './functions/lambda.ts';
import { addScalars } from './functions/scalar.ts';
import { matches, type Scope, type Typed } from './scope.ts';
import type { Tools } from './tools.ts';
import { findFunction, inline, returnType } from './user-functions.ts';

const library: Library = new Map();
addScalars(library);
addCollections(library);
addAggregates(library);
addSpecials(library);
addLambdas(library);

/** Names of the functions that are translated. */
export const FUNCTIONS: ReadonlySet<string> = new Set(library.keys());

/** Functions that make rows: they are translated where they are in a select list or LATERAL VIEW. */
export const GENERATORS = new Set([
  'explode',
  'explode_outer',
  'posexplode',
  'posexplode_outer',
  'inline',
  'inline_outer',
  'stack',
  'json_tuple',
  'variant_explode',
]);

/** Makes the translator of calls. */
export function createCalls(environment: Environment): (e: Call, scope: Scope, tools: Tools) => Typed {
  const constants: Record<string, () => { sql: string; type: Typed['type'] }> = {
    current_timestamp: () => ({
      sql: `TIMESTAMP '${new Date(environment.now).toISOString().slice(0, -1).replace('T', ' ')}'`,
      type: TIMESTAMP,
    }),
    current_date: () => ({ sql: `DATE '${new Date(environment.now).toISOString().slice(0, 10)}'`, type: DATE }),
    current_user: () => ({ sql: quoteText(environment.userName), type: STRING }),
    current_catalog: () => ({ sql: quoteText(environment.catalog), type: STRING }),
    current_schema: () => ({ sql: quoteText(environment.schema), type: STRING }),
    unix_timestamp: () => ({ sql: `CAST(${Math.floor(environment.now / 1000)} AS BIGINT)`, type: BIGINT }),
    localtimestamp: () => ({
      sql: `TIMESTAMP '${new Date(environment.now).toISOString().slice(0, -1).replace('T', ' ')}'`,
      type: { k: 'timestamp_ntz' },
    }),
  };
  Object.assign(constants, {
    now: constants.current_timestamp,
    getdate: constants.current_timestamp,
    curdate: constants.current_date,
    session_user: constants.current_user,
    user: constants.current_user,
    current_database: constants.current_schema,
    to_unix_timestamp: constants.unix_timestamp,
  });

  // a body sees its parameters and its own schema, not what is around the call
  function userFunction(e: Call, scope: Scope, tools: Tools): Typed | undefined {
    const meta = findFunction(e.name, environment);
    if (meta === undefined || meta.return_params !== undefined) return undefined;
    if (meta.routine_body !== 'SQL') throw refuse('functions that are not in SQL', e);
    const args = e.args.map((arg) => tools.compile(arg, scope));
    const { body, scope: inside } = inline(meta, e, args, (arg) => tools.compile(arg, scope));
    const type = returnType(meta);
    const made = 'query' in body ? tools.subquery(body.query, inside) : undefined;
    const value =
      made === undefined
        ? tools.compile((body as { expression: Expr }).expression, inside)
        : { sql: `(${made.sql})`, type: (made.columns[0] as { type: SparkType }).type };
    return {
      sql: `(${assign(value.sql, value.type, { name: meta.name, type })})`,
      type,
      ast: { ...e, name: meta.full_name },
    };
  }

  return (given, scope, tools) => {
    const e = withColumns(given, scope);
    const constant = e.args.length === 0 ? constants[e.name] : undefined;
    if (constant !== undefined) return { ...constant(), ast: e };
    if (e.name === 'emulator_sleep') {
      const [arg] = e.args;
      const seconds =
        arg?.k === 'literal'
          ? Number(arg.value)
          : arg?.k === 'cast' && arg.e.k === 'literal'
            ? Number(arg.e.value)
            : Number.NaN;
      return { sql: `CAST(${seconds} AS DOUBLE)`, type: { k: 'double' }, ast: e };
    }
    if (GENERATORS.has(e.name))
      throw new SqlError(
        'UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS',
        '42K0E',
        `The generator is not supported: nested in expressions "${e.name}".`,
        { offset: e.at, length: e.name.length },
      );
    const definition = library.get(e.name);
    if (definition === undefined) {
      const own = userFunction(e, scope, tools);
      if (own !== undefined) return own;
      throw unknownRoutine(e);
    }
    if (e.args.length < definition.least || e.args.length > definition.most) throw wrongCount(e, definition);
    const named = e.args.find((arg) => arg.k === 'named');
    if (named !== undefined && e.name !== 'struct') throw refuse('named arguments', named);
    const lambda = e.args.find((arg) => arg.k === 'lambda');
    if (lambda !== undefined && !definition.raw) throw refuse(`a lambda in ${e.name}`, lambda);
    if (definition.kind === 'scalar') {
      if (e.distinct || e.filter !== undefined || e.over !== undefined || e.ignoreNulls)
        throw new SqlError(
          'INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX',
          '42000',
          `The function \`${e.name}\` does not support ${e.distinct ? 'DISTINCT' : e.filter === undefined ? (e.over === undefined ? 'IGNORE NULLS' : 'OVER') : 'FILTER'}.`,
          { offset: e.at, length: e.name.length },
        );
      const args = definition.raw ? [] : e.args.map((arg) => tools.compile(arg, scope));
      const { sql, type } = definition.build(args, e, tools, scope);
      return { sql, type, ast: e };
    }
    if (definition.kind === 'window' && e.over === undefined)
      throw new SqlError(
        'WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE',
        '42601',
        `Window function "${e.name}()" requires an OVER clause.`,
        { offset: e.at, length: e.name.length },
      );
    if (definition.kind === 'window' && e.over !== undefined && !isOrdered(e.over, scope, e))
      throw new SqlError(
        'WINDOW_FUNCTION_FRAME_NOT_ORDERED',
        '42601',
        `Window function ${e.name} requires the window to be ordered. You need to add an ORDER BY clause. For example: SELECT ${e.name}(…) OVER (PARTITION BY window_partition ORDER BY window_ordering) FROM table.`,
        { offset: e.at, length: e.name.length },
      );
    if (definition.kind === 'window' && (e.distinct || e.filter !== undefined))
      throw refuse('DISTINCT or FILTER with a window function', e);
    const args = e.args.map((arg) =>
      arg.k === 'star' ? { sql: '*', type: BIGINT, ast: arg } : tools.compile(arg, scope),
    );
    const built = definition.build(args, e, tools, scope);
    const order =
      e.orderBy.length === 0 || built.took === 'order' ? '' : ` ORDER BY ${orders(e.orderBy, scope, tools)}`;
    if (order !== '' && !built.sql.includes('^')) throw refuse(`ORDER BY in ${e.name}`, e);
    if (
      e.distinct &&
      !built.sql.includes('#') &&
      !['max', 'min', 'collect_set', 'approx_count_distinct'].includes(e.name)
    )
      throw refuse(`${e.name}(DISTINCT …)`, e);
    const filter =
      e.filter === undefined || built.took === 'filter'
        ? ''
        : ` FILTER (WHERE ${tools.condition(e.filter, scope).sql})`;
    const over =
      e.over === undefined
        ? ''
        : ` OVER (${windowSql(typeof e.over === 'string' ? named_(e.over, scope, e) : e.over, scope, tools)})`;
    if (over !== '' && e.distinct)
      throw new SqlError(
        'DISTINCT_WINDOW_FUNCTION_UNSUPPORTED',
        '0A000',
        `Distinct window functions are not supported: "${e.name}".`,
        { offset: e.at, length: e.name.length },
      );
    if (over !== '' && definition.kind === 'aggregate' && e.ignoreNulls && !/first|last|any_value/.test(e.name))
      throw refuse('IGNORE NULLS here', e);
    const sql = built.sql
      .replaceAll('#', e.distinct ? 'DISTINCT ' : '')
      .replaceAll('^', order)
      .replaceAll('@', `${filter}${over}`);
    return { sql, type: built.type, ast: e };
  };
}

// struct(*), concat(t.*): a star among the arguments of a function is every column
function withColumns(e: Call, scope: Scope): Call {
  if (e.name === 'count' || !e.args.some((arg) => arg.k === 'star')) return e;
  const args = e.args.flatMap((arg): Expr[] => {
    if (arg.k !== 'star') return [arg];
    const qualifier = arg.qualifier.map((part) => part.toLowerCase());
    const except = new Set(arg.except.map((name) => name.toLowerCase()));
    const fields = scope.sources
      .filter((source) => matches(source, qualifier))
      .flatMap((source) => source.fields.map((field) => ({ field, names: source.names.slice(-1) })))
      .filter(({ field }) => !except.has(field.name.toLowerCase()));
    if (fields.length === 0) return [arg];
    return fields.map(({ field, names }) => ({ k: 'column', parts: [...names, field.name], at: arg.at }));
  });
  return { ...e, args };
}

function named_(name: string, scope: Scope, e: Expr): Window {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.windows.get(name.toLowerCase());
    if (found !== undefined) return found;
  }
  throw new SqlError(
    'MISSING_WINDOW_SPECIFICATION',
    '42P20',
    `Window specification is not defined in the WINDOW clause for \`${name}\`.`,
    { offset: e.at, length: name.length },
  );
}

function isOrdered(over: Window | string, scope: Scope, e: Expr): boolean {
  const window = typeof over === 'string' ? named_(over, scope, e) : over;
  return window.order.length > 0 || (window.base !== undefined && isOrdered(window.base, scope, e));
}

function windowSql(window: Window, scope: Scope, tools: Tools): string {
  if (window.base !== undefined) {
    const base = named_(window.base, scope, window.partition[0] ?? { k: 'literal', type: BIGINT, value: '0', at: 0 });
    return windowSql(
      {
        ...base,
        ...(window.order.length > 0 ? { order: window.order } : {}),
        ...(window.frame === undefined ? {} : { frame: window.frame }),
      },
      scope,
      tools,
    );
  }
  const parts: string[] = [];
  if (window.partition.length > 0)
    parts.push(`PARTITION BY ${window.partition.map((item) => tools.compile(item, scope).sql).join(', ')}`);
  if (window.order.length > 0) parts.push(`ORDER BY ${orders(window.order, scope, tools)}`);
  if (window.frame !== undefined) {
    const bound = (at: { kind: string; e?: Expr }) =>
      at.e === undefined ? at.kind : `${tools.compile(at.e, scope).sql} ${at.kind}`;
    parts.push(
      `${window.frame.unit} BETWEEN ${bound(window.frame.from)} AND ${window.frame.to === undefined ? 'CURRENT ROW' : bound(window.frame.to)}`,
    );
  }
  return parts.join(' ');
}

/** What follows ORDER BY. */
function orders(list: Order[], scope: Scope, tools: Tools): string {
  return list.map((order) => `${orderable(tools.compile(order.e, scope)).sql} ${direction(order)}`).join(', ');
}

/** Direction and place of NULLs: first when it goes up, last when it goes down. */
export function direction(order: Order): string {
  return `${order.desc ? 'DESC' : 'ASC'} NULLS ${order.nulls ?? (order.desc ? 'LAST' : 'FIRST')}`;
}

/** The error for a function that is not translated: one that Databricks has is refused, any other is unknown. */
function unknownRoutine(e: Call): SqlError {
  if (KNOWN.has(e.name) || /^(?:st_|h3_|ai_|sys_)/.test(e.name)) return refuse(`the function ${e.name}`, e);
  const parts = e.name
    .split('.')
    .map((part) => `\`${part}\``)
    .join('.');
  return new SqlError(
    'UNRESOLVED_ROUTINE',
    '42883',
    `Cannot resolve routine ${parts} on search path [\`system\`.\`builtin\`, \`system\`.\`session\`].`,
    { offset: e.at, length: e.name.length },
  );
}
