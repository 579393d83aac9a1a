import { quoteName } from '../../database.ts';
import { commonType } from '../common-type.ts';
import { SqlError } from '../error.ts';
import type { Environment } from '../session.ts';
import { sameType, VOID } from '../spark-type.ts';
import { findAggregate } from './aggregates.ts';
import type { Body, Expr, From, Query, Select } from './ast.ts';
import { createCalls, direction } from './call.ts';
import { castSql } from './cast.ts';
import { distinguishable, orderable } from './comparable.ts';
import { refuse } from './complaints.ts';
import { createTools } from './expression.ts';
import { grouping } from './group-by.ts';
import { compileValues } from './inline-table.ts';
import { withLateralNames } from './lateral-names.ts';
import { generators, lateral } from './lateral-view.ts';
import { generatedName } from './name.ts';
import { everyColumn, limits, orderKey, position } from './order-by.ts';
import { bare, type Compiled, type OutputColumn, type Relations, rename, unique } from './output-column.ts';
import { createRelations } from './relations.ts';
import { emptyScope, type Scope, type Typed } from './scope.ts';
import { compileSet } from './set-operation.ts';
import { expand } from './star.ts';
import type { Tools } from './tools.ts';

/** Translates queries and expressions against the columns of the relations that they read. */
export interface Compiler {
  query(query: Query, scope?: Scope): Compiled;
  expression(e: Expr, scope: Scope): Typed;
  condition(e: Expr, scope: Scope): Typed;
  tools: Tools;
  /** The relation of one item of FROM; adds its sources to the scope. */
  from(from: From, scope: Scope): string;
}

/** Makes a compiler. */
export function createCompiler(environment: Environment, relations: Relations): Compiler {
  let ids = 0;
  const id = () => {
    ids += 1;
    return `_${ids}`;
  };
  const ctes: Map<string, { id: string; columns: OutputColumn[] }>[] = [];
  const tools = createTools({ call: createCalls(environment), subquery: (query, scope) => compileQuery(query, scope) });
  const compileFrom = createRelations({ environment, relations, tools, id, ctes, query: compileQuery });
  const compiler: Compiler = {
    query: compileQuery,
    expression: (e, scope) => tools.compile(e, scope),
    condition: (e, scope) => tools.condition(e, scope),
    tools,
    from: compileFrom,
  };
  return compiler;

  function compileQuery(query: Query, outer?: Scope): Compiled {
    const known = new Map<string, { id: string; columns: OutputColumn[] }>();
    ctes.push(known);
    const withs: string[] = [];
    for (const { name, columns, query: inner } of query.ctes) {
      const cte = `_c${id()}`;
      if (query.recursive && inner.body.k === 'set') {
        withs.push(recursive(cte, name, columns, inner, outer, known));
        continue;
      }
      const made = compileQuery(inner, outer);
      const named = rename(made.columns, columns);
      withs.push(`${cte}(${unique(named).map(quoteName).join(', ')}) AS (${made.sql})`);
      known.set(name.toLowerCase(), { id: cte, columns: named });
    }
    const body = compileBody(query.body, outer, query);
    ctes.pop();
    return {
      sql: `${withs.length === 0 ? '' : `WITH ${query.recursive ? 'RECURSIVE ' : ''}${withs.join(', ')} `}${body.sql}`,
      columns: body.columns,
    };
  }

  // the first part gives names and types, and the second reads what was found last
  function recursive(
    cte: string,
    name: string,
    columns: string[],
    { body, order, limit, at, ctes: inner }: Query,
    outer: Scope | undefined,
    known: Map<string, { id: string; columns: OutputColumn[] }>,
  ): string {
    const place: Expr = { k: 'literal', type: VOID, value: null, at };
    if (
      body.k !== 'set' ||
      body.op !== 'UNION' ||
      !body.all ||
      order.length > 0 ||
      limit !== undefined ||
      inner.length > 0
    )
      throw refuse('a recursive query that is no plain UNION ALL', place);
    const first = compileBody(body.l, outer, undefined);
    const named = rename(first.columns, columns);
    known.set(name.toLowerCase(), { id: cte, columns: named });
    const next = compileBody(body.r, outer, undefined);
    if (next.columns.length !== named.length) throw refuse('a recursive part of another width', place);
    const names = next.columns.map((_, index) => `c${index}`);
    const cells = named.map(({ type }, index) => {
      const given = (next.columns[index] as OutputColumn).type;
      if (!sameType(commonType(type, given) ?? VOID, type))
        throw refuse('a recursive part of wider types than the first', place);
      return castSql(`c${index}`, given, type);
    });
    return `${cte}(${unique(named).map(quoteName).join(', ')}) AS ((${first.sql}) UNION ALL (SELECT ${cells.join(', ')} FROM (${next.sql}) AS ${id()}(${names.join(', ')})))`;
  }

  function compileBody(body: Body, outer: Scope | undefined, tail: Query | undefined): Compiled {
    if (body.k === 'select') return compileSelect(body, outer, tail);
    let made: Compiled;
    if (body.k === 'nested') {
      made = compileQuery(body.query, outer);
      made = { sql: `(${made.sql})`, columns: made.columns };
      if (tail === undefined || (tail.order.length === 0 && tail.limit === undefined && tail.offset === undefined))
        return made;
      made.sql = `SELECT * FROM ${made.sql} AS ${id()}`;
    } else if (body.k === 'values') made = compileValues(body.rows, outer, tools, id());
    else made = compileSet(body, compileBody(body.l, outer, undefined), compileBody(body.r, outer, undefined), id);
    if (tail === undefined) return made;
    const alias = id();
    const names = unique(made.columns);
    const scope = emptyScope(outer);
    scope.sources.push({
      names: [],
      fields: made.columns.map((column, index) => ({
        ...column,
        sql: `${alias}.${quoteName(names[index] as string)}`,
      })),
    });
    if (tail.order.length === 0) return { sql: `${made.sql}${limits(tail, scope, tools)}`, columns: made.columns };
    const order = everyColumn(tail.order, made.columns.length).map(
      (item) =>
        `${position(item.e, made.columns.length) ?? orderable(tools.compile(item.e, scope)).sql} ${direction(item)}`,
    );
    return {
      sql: `SELECT * FROM (${made.sql}) AS ${alias}(${names.map(quoteName).join(', ')}) ORDER BY ${order.join(', ')}${limits(tail, scope, tools)}`,
      columns: made.columns,
    };
  }

  function compileSelect(select: Select, outer: Scope | undefined, tail: Query | undefined): Compiled {
    const scope = emptyScope(outer);
    for (const { name, window } of select.windows) scope.windows.set(name.toLowerCase(), window);
    const relations_ = select.from.map((from) => compileFrom(from, scope));
    for (const view of select.laterals) relations_.push(lateral(view, scope, relations_.length > 0, { tools, id }));
    scope.group = [...(select.group?.items ?? []), ...(select.group?.sets.flat() ?? [])];
    for (const item of scope.group)
      if (item.k === 'call' && item.name === 'window') scope.aliases.set('window', tools.compile(item, scope));
    const items = generators(select.items, scope, relations_, { tools, id }).flatMap((item) => expand(item, scope));
    // a later item may read an earlier one by its alias
    const cells: { value: Typed; name: string }[] = [];
    for (const { e, aliases } of items) {
      const value = 'ast' in e ? e : tools.compile(e, scope);
      const name = aliases[0] ?? generatedName(withLateralNames(value.ast, scope));
      cells.push({ value, name });
      if (aliases[0] !== undefined) scope.aliases.set(name.toLowerCase(), value);
    }
    const where =
      select.where === undefined
        ? ''
        : ` WHERE ${withoutAliases(scope, () => whereCondition(select.where as Expr, scope))}`;
    const group = grouping(select, cells, scope, tools);
    const having = select.having === undefined ? '' : ` HAVING ${tools.condition(select.having, scope).sql}`;
    const qualify = select.qualify === undefined ? '' : ` QUALIFY ${tools.condition(select.qualify, scope).sql}`;
    const columns = cells.map(({ value, name }) => ({ name, type: value.type }));
    if (select.distinct) distinguishable(columns);
    const names = unique(columns);
    const list = cells.map(({ value }, index) => `${bare(value)} AS ${quoteName(names[index] as string)}`);
    const from =
      relations_.length === 0
        ? ''
        : ` FROM ${relations_.join(', ').replaceAll(/, (LEFT JOIN|CROSS JOIN) LATERAL/g, ' $1 LATERAL')}`;
    const order =
      tail === undefined || tail.order.length === 0
        ? ''
        : ` ORDER BY ${everyColumn(tail.order, cells.length)
            .map((item) => `${orderKey(item.e, cells, scope, tools)} ${direction(item)}`)
            .join(', ')}`;
    const limit = tail === undefined ? '' : limits(tail, scope, tools);
    return {
      sql: `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list.join(', ')}${from}${where}${group}${having}${qualify}${order}${limit}`,
      columns,
    };
  }

  function whereCondition(e: Expr, scope: Scope): string {
    const aggregate = findAggregate(e);
    if (aggregate !== undefined)
      throw new SqlError(
        'INVALID_WHERE_CONDITION',
        '42903',
        `The WHERE condition "${generatedName(e)}" contains invalid expressions: ${generatedName(aggregate)}. Rewrite the query to avoid window functions, aggregate functions, and generator functions in the WHERE clause.`,
      );
    return tools.condition(e, scope).sql;
  }

  function withoutAliases<T>(scope: Scope, work: () => T): T {
    const kept = scope.aliases;
    scope.aliases = new Map();
    try {
      return work();
    } finally {
      scope.aliases = kept;
    }
  }
}
