import { quoteName } from '../../database.ts';
import { SqlError } from '../error.ts';
import type { Environment } from '../session.ts';
import { carrier, commonType, INT, type SparkType, sameType, VOID } from '../spark-type.ts';
import { findAggregate } from './aggregates.ts';
import type { Body, Expr, From, Item, LateralView, Order, Query, Select } from './ast.ts';
import { createCalls, direction, GENERATORS } from './call.ts';
import { castSql } from './cast.ts';
import { refuse } from './complaints.ts';
import { createTools, type Tools } from './expression.ts';
import { generator } from './generators.ts';
import { generatedName } from './name.ts';
import { bare, type Compiled, type OutputColumn, type Relations, rename, unique } from './output-column.ts';
import { createRelations } from './relations.ts';
import { emptyScope, matches, resolveColumn, type Scope, sourceOf, type Typed } from './scope.ts';

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

  // ORDER BY ALL: every column from left to right
  function everyColumn(order: Order[], count: number): Order[] {
    return order.flatMap((item) =>
      item.e.k === 'star'
        ? Array.from({ length: count }, (_, index) => ({
            ...item,
            e: { k: 'literal', type: INT, value: String(index + 1), at: item.e.at } as Expr,
          }))
        : [item],
    );
  }

  function limits(query: Query, scope: Scope): string {
    const number = (e: Expr) => {
      const value = tools.compile(e, scope);
      if (e.k === 'literal' && Number(e.value) < 0)
        throw new SqlError(
          'INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE',
          '42K0E',
          `The limit like expression "${e.value}" is invalid. The limit expression must be equal to or greater than 0, but got ${e.value}.`,
        );
      return value.sql;
    };
    return `${query.limit === undefined ? '' : ` LIMIT ${number(query.limit)}`}${query.offset === undefined ? '' : ` OFFSET ${number(query.offset)}`}`;
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
    } else if (body.k === 'values') made = compileValues(body.rows, outer);
    else made = compileSet(body, outer);
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
    if (tail.order.length === 0) return { sql: `${made.sql}${limits(tail, scope)}`, columns: made.columns };
    const order = everyColumn(tail.order, made.columns.length).map(
      (item) => `${position(item.e, made.columns.length) ?? tools.compile(item.e, scope).sql} ${direction(item)}`,
    );
    return {
      sql: `SELECT * FROM (${made.sql}) AS ${alias}(${names.map(quoteName).join(', ')}) ORDER BY ${order.join(', ')}${limits(tail, scope)}`,
      columns: made.columns,
    };
  }

  function compileValues(rows: Expr[][], outer: Scope | undefined): Compiled {
    const scope = emptyScope(outer);
    const width = rows[0]?.length ?? 0;
    if (rows.some((row) => row.length !== width))
      throw new SqlError(
        'INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH',
        '42000',
        `Invalid inline table. Inline table expected ${width} columns but found ${rows.find((row) => row.length !== width)?.length} columns.`,
      );
    const cells = rows.map((row) => row.map((e) => tools.compile(e, scope)));
    const types = Array.from({ length: width }, (_, index) =>
      cells.reduce<SparkType | undefined>((all, row) => all && commonType(all, (row[index] as Typed).type), VOID),
    );
    if (types.includes(undefined))
      throw new SqlError(
        'INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE',
        '42000',
        'Invalid inline table. Found incompatible types in the inline table.',
      );
    const text = cells.map(
      (row, at) =>
        `(${row
          .map((cell, index) => {
            const type = types[index] as SparkType;
            const sql = castSql(cell.sql, cell.type, type);
            // the first row decides what DuckDB takes a column for
            return at === 0 && cell.type.k === 'void' ? `CAST(NULL AS ${carrier(type)})` : sql;
          })
          .join(', ')})`,
    );
    const columns = types.map((type, index) => ({ name: `col${index + 1}`, type: type as SparkType }));
    return {
      sql: `SELECT * FROM (VALUES ${text.join(', ')}) AS ${id()}(${columns.map((column) => quoteName(column.name)).join(', ')})`,
      columns,
    };
  }

  function compileSet(body: Body & { k: 'set' }, outer: Scope | undefined): Compiled {
    const [l, r] = [compileBody(body.l, outer, undefined), compileBody(body.r, outer, undefined)];
    if (l.columns.length !== r.columns.length)
      throw new SqlError(
        'NUM_COLUMNS_MISMATCH',
        '42826',
        `${body.op} can only be performed on inputs with the same number of columns, but the first input has ${l.columns.length} columns and the second input has ${r.columns.length} columns.`,
        { offset: body.at, length: 5 },
      );
    const types = l.columns.map((column, index) => {
      const type = commonType(column.type, (r.columns[index] as OutputColumn).type);
      if (type === undefined)
        throw new SqlError(
          'INCOMPATIBLE_COLUMN_TYPE',
          '42825',
          `${body.op} can only be performed on tables with compatible column types.`,
          { offset: body.at, length: 5 },
        );
      return type;
    });
    const side = (part: Compiled) => {
      if (part.columns.every((column, index) => sameType(column.type, types[index] as SparkType)))
        return `(${part.sql})`;
      const names = part.columns.map((_, index) => `c${index}`);
      const cells = part.columns.map(
        (column, index) => `${castSql(`c${index}`, column.type, types[index] as SparkType)} AS c${index}`,
      );
      return `(SELECT ${cells.join(', ')} FROM (${part.sql}) AS ${id()}(${names.join(', ')}))`;
    };
    return {
      sql: `${side(l)} ${body.op}${body.all ? ' ALL' : ''} ${side(r)}`,
      columns: l.columns.map(({ name }, index) => ({ name, type: types[index] as SparkType })),
    };
  }

  function compileSelect(select: Select, outer: Scope | undefined, tail: Query | undefined): Compiled {
    const scope = emptyScope(outer);
    for (const { name, window } of select.windows) scope.windows.set(name.toLowerCase(), window);
    const relations_ = select.from.map((from) => compileFrom(from, scope));
    for (const view of select.laterals) relations_.push(lateral(view, scope, relations_.length > 0));
    scope.group = [...(select.group?.items ?? []), ...(select.group?.sets.flat() ?? [])];
    for (const item of scope.group)
      if (item.k === 'call' && item.name === 'window') scope.aliases.set('window', tools.compile(item, scope));
    const items = generators(select.items, scope, relations_).flatMap((item) => expand(item, scope));
    // a later item may read an earlier one by its alias
    const cells: { value: Typed; name: string }[] = [];
    for (const { e, aliases } of items) {
      const value = 'ast' in e ? e : tools.compile(e, scope);
      const name = aliases[0] ?? generatedName(value.ast);
      cells.push({ value, name });
      if (aliases[0] !== undefined) scope.aliases.set(name.toLowerCase(), value);
    }
    const where =
      select.where === undefined
        ? ''
        : ` WHERE ${withoutAliases(scope, () => whereCondition(select.where as Expr, scope))}`;
    const group = grouping(select, cells, scope);
    const having = select.having === undefined ? '' : ` HAVING ${tools.condition(select.having, scope).sql}`;
    const qualify = select.qualify === undefined ? '' : ` QUALIFY ${tools.condition(select.qualify, scope).sql}`;
    const columns = cells.map(({ value, name }) => ({ name, type: value.type }));
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
            .map((item) => `${orderKey(item.e, select, cells, names, scope)} ${direction(item)}`)
            .join(', ')}`;
    const limit = tail === undefined ? '' : limits(tail, scope);
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

  function orderKey(
    e: Expr,
    select: Select,
    cells: { value: Typed; name: string }[],
    names: string[],
    scope: Scope,
  ): string {
    const at = position(e, cells.length);
    if (at !== undefined) return at;
    if (e.k === 'column' && e.parts.length === 1) {
      const index = cells.findIndex(({ name }) => name.toLowerCase() === (e.parts[0] as string).toLowerCase());
      if (index >= 0) return select.distinct || index >= 0 ? String(index + 1) : quoteName(names[index] as string);
    }
    const kept = tools.aliases;
    tools.aliases = 'first';
    try {
      const { sql } = tools.compile(e, scope);
      const index = cells.findIndex(({ value }) => value.sql === sql);
      return index >= 0 ? String(index + 1) : sql;
    } finally {
      tools.aliases = kept;
    }
  }

  function grouping(select: Select, cells: { value: Typed; name: string }[], scope: Scope): string {
    const { group } = select;
    if (group === undefined) return '';
    if (group.kind === 'all') {
      const keys = cells
        .filter(({ value }) => findAggregate(value.ast) === undefined && value.ast.k !== 'literal')
        .map(({ value }) => value.sql);
      return keys.length === 0 ? '' : ` GROUP BY ${[...new Set(keys)].join(', ')}`;
    }
    const key = (e: Expr): string => {
      const at = position(e, cells.length);
      if (at !== undefined) return (cells[Number(at) - 1] as { value: Typed }).value.sql;
      return tools.compile(e, scope).sql;
    };
    if (group.kind === 'list')
      return ` GROUP BY ${group.items.map((e) => (e.k === 'literal' && position(e, cells.length) === undefined ? `(SELECT ${key(e)})` : key(e))).join(', ')}`;
    if (group.kind === 'GROUPING SETS')
      return ` GROUP BY GROUPING SETS (${group.sets.map((set) => `(${set.map(key).join(', ')})`).join(', ')})`;
    return ` GROUP BY ${group.kind} (${group.items.map(key).join(', ')})`;
  }

  // * and t.* as columns
  function expand(
    item: Item | { e: Typed; aliases: string[] },
    scope: Scope,
  ): (Item | { e: Typed; aliases: string[] })[] {
    const { e } = item;
    if ('ast' in e || e.k !== 'star') return [item];
    const qualifier = e.qualifier.map((part) => part.toLowerCase());
    const sources = scope.sources.filter((source) => matches(source, qualifier));
    const except = new Set(e.except.map((name) => name.toLowerCase()));
    if (sources.length === 0 && qualifier.length > 0) {
      const value = resolveColumn({ k: 'column', parts: e.qualifier, at: e.at }, scope, 'last');
      if (value.type.k !== 'struct')
        throw new SqlError(
          'CANNOT_RESOLVE_STAR_EXPAND',
          '42704',
          `Cannot resolve ${e.qualifier.map((part) => `\`${part}\``).join('.')}.* given input columns.`,
          { offset: e.at, length: 1 },
        );
      return value.type.fields.map((field) => ({
        e: {
          sql: `(${value.sql}).${quoteName(field.name)}`,
          type: field.type,
          ast: { k: 'column', parts: [field.name], at: e.at },
        },
        aliases: [],
      }));
    }
    if (sources.length === 0)
      throw new SqlError('INVALID_USAGE_OF_STAR_OR_REGEX', '42000', "Invalid usage of '*' in expression.", {
        offset: e.at,
        length: 1,
      });
    const typed = (name: string, sql: string, type: SparkType) => ({
      e: { sql, type, ast: { k: 'column', parts: [name], at: e.at } as Expr },
      aliases: [],
    });
    const merged =
      qualifier.length === 0 ? [...scope.merged.values()].map((field) => typed(field.name, field.sql, field.type)) : [];
    const rest = sources.flatMap((source) =>
      source.fields
        .filter((field) => qualifier.length > 0 || !scope.merged.has(field.name.toLowerCase()))
        .map((field) => typed(field.name, field.sql, field.type)),
    );
    return [...merged, ...rest].filter(
      ({ e: cell }) => !except.has(cell.ast.k === 'column' ? (cell.ast.parts[0] as string).toLowerCase() : ''),
    );
  }

  // explode in a select list is a lateral view
  function generators(items: Item[], scope: Scope, from: string[]): (Item | { e: Typed; aliases: string[] })[] {
    return items.flatMap((item): (Item | { e: Typed; aliases: string[] })[] => {
      if (item.e.k !== 'call' || !GENERATORS.has(item.e.name)) return [item];
      const outer = item.e.name.endsWith('_outer');
      const view: LateralView = { outer, call: item.e, alias: '', columns: item.aliases };
      const before = scope.sources.length;
      from.push(lateral(view, scope, from.length > 0));
      const [source] = scope.sources.splice(before);
      return (source?.fields ?? []).map((field) => ({
        e: { sql: field.sql, type: field.type, ast: { k: 'column', parts: [field.name], at: item.e.at } as Expr },
        aliases: [field.name],
      }));
    });
  }

  function lateral(view: LateralView, scope: Scope, joined: boolean): string {
    const alias = id();
    const { sql, columns } = generator(view.call, scope, tools);
    const outer = view.outer || view.call.name.endsWith('_outer');
    const named = rename(columns, view.columns);
    const cells = unique(named).map(quoteName).join(', ');
    scope.sources.push(
      sourceOf(
        view.alias === '' ? [] : [view.alias.toLowerCase()],
        alias,
        unique(named).map((name, index) => ({ name, type: (named[index] as OutputColumn).type })),
      ),
    );
    if (outer)
      return `${joined ? 'LEFT JOIN' : '(SELECT 1) AS _o LEFT JOIN'} LATERAL (${sql}) AS ${alias}(${cells}) ON true`;
    return joined ? `CROSS JOIN LATERAL (${sql}) AS ${alias}(${cells})` : `(${sql}) AS ${alias}(${cells})`;
  }
}

function position(e: Expr, count: number): string | undefined {
  if (e.k !== 'literal' || e.type.k !== 'int' || e.value === null) return undefined;
  const at = Number(e.value);
  if (at < 1 || at > count)
    throw new SqlError(
      'ORDER_BY_POS_OUT_OF_RANGE',
      '42805',
      `ORDER BY position ${at} is not in select list (valid range is [1, ${count}]).`,
      { offset: e.at, length: e.value.length },
    );
  return String(at);
}
