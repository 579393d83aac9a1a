import { quoteName } from '../../database.ts';
import { type Commit, versionAt } from '../../delta/versions.ts';
import { fullNameText } from '../../unity/names.ts';
import { SqlError, unsupported } from '../error.ts';
import { tableNotFound } from '../failure.ts';
import { informationSchema } from '../information-schema.ts';
import { lowerNames, readFilesCall } from '../read-files.ts';
import { type Environment, tableName } from '../session.ts';
import {
  arrayOf,
  BIGINT,
  carrier,
  commonType,
  INT,
  parseType,
  type SparkType,
  STRING,
  sameType,
  VOID,
} from '../spark-type.ts';
import { historyRows } from '../table-history.ts';
import { findAggregate } from './aggregates.ts';
import type { Body, Call, Expr, From, Item, LateralView, Order, Query, Select } from './ast.ts';
import { createCalls, direction, FUNCTIONS, GENERATORS } from './call.ts';
import { castSql } from './cast.ts';
import { refuse } from './complaints.ts';
import { castInvalid, timestampText } from './datetime.ts';
import { createTools, type Tools } from './expression.ts';
import { generatedName } from './name.ts';
import type { OutputColumn } from './output-column.ts';
import { compilePivot, compileUnpivot } from './pivot.ts';
import { emptyScope, matches, resolveColumn, type Scope, sourceOf, type Typed } from './scope.ts';
import { findFunction, inline } from './user-functions.ts';

/** A translated query. */
export interface Compiled {
  sql: string;
  columns: OutputColumn[];
}

/** Columns of tables and other relations by their DuckDB text. */
export type Relations = Map<string, OutputColumn[]>;

/** Translates queries and expressions against the columns of the relations that they read. */
export interface Compiler {
  query(query: Query, scope?: Scope): Compiled;
  expression(e: Expr, scope: Scope): Typed;
  condition(e: Expr, scope: Scope): Typed;
  tools: Tools;
  /** The relation of one item of FROM; adds its sources to the scope. */
  from(from: From, scope: Scope): string;
}

// the last version that was there at a time
function commitAt(list: Commit[], text: string): number {
  const time = timestampText(text);
  if (time === undefined) throw castInvalid(text, 'TIMESTAMP');
  return versionAt(list, `${time.replace(' ', 'T')}Z`, 'end');
}

/** DuckDB's text of a table, view or file that a query reads; undefined for what has no columns to look up. */
export function relationText(
  from: From & ({ k: 'table' } | { k: 'function' }),
  environment: Environment,
): string | undefined {
  if (from.k === 'table') {
    const information = informationSchema(from.parts, environment);
    if (information !== undefined) return information;
    if (
      from.parts.length === 2 &&
      ['csv', 'json', 'parquet', 'delta', 'text'].includes((from.parts[0] as string).toLowerCase()) &&
      (from.parts[1] as string).includes('/')
    )
      throw refuse('files by format and path', { k: 'literal', type: VOID, value: null, at: from.at });
    const full = tableName(from.parts, environment);
    if (from.version !== undefined) {
      const isTime = from.version.kind === 'TIMESTAMP' || from.version.kind === 'SYSTEM_TIME';
      if (isTime)
        return environment.delta.versionQuery(full, commitAt(environment.delta.history(full), from.version.value));
      return environment.delta.versionQuery(full, Number(from.version.value));
    }
    if (!environment.unity.duckNames().has(full.catalog)) throw tableNotFound(fullNameText(full));
    return environment.unity.duckTable(full);
  }
  const { call } = from;
  const text = (arg: Expr | undefined): string => {
    const value = arg?.k === 'cast' ? arg.e : arg;
    if (value?.k === 'literal' && value.value !== null) return value.value;
    throw new SqlError('NON_FOLDABLE_ARGUMENT', '42K08', `The argument of ${call.name} must be a constant.`);
  };
  if (call.name === 'read_files') {
    const options = call.args.filter((arg) => arg.k === 'named').map((arg) => [arg.name, text(arg.e)]);
    return readFilesCall(
      call.args.filter((arg) => arg.k !== 'named').map(text),
      lowerNames(Object.fromEntries(options)),
      environment,
    );
  }
  if (call.name === 'copy_source') return environment.copySource;
  if (call.name === 'describe history') {
    const full = tableName(nameParts(text(call.args[0])), environment);
    if (!environment.unity.tables.has(fullNameText(full))) throw tableNotFound(fullNameText(full));
    return `(${historyRows(environment, full)})`;
  }
  if (call.name === 'table_changes') {
    const parts = nameParts(text(call.args[0]));
    const full = tableName(parts, environment);
    environment.access.checkSql('table', fullNameText(full), 'SELECT');
    return environment.delta.changesQuery(
      full,
      text(call.args[1]),
      call.args[2] === undefined ? undefined : text(call.args[2]),
    );
  }
  return undefined;
}

function nameParts(text: string): string[] {
  const parts = text.match(/`(?:[^`]|``)*`|[^.`\s]+/g) ?? [];
  const wrong = parts.find((part) => !part.startsWith('`') && !/^[\p{L}\p{N}_]+$/u.test(part));
  if (wrong !== undefined)
    throw new SqlError(
      'INVALID_IDENTIFIER',
      '42602',
      `The unquoted identifier ${wrong} is invalid and must be back quoted as: \`${wrong}\`.\nUnquoted identifiers can only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_').\nUnquoted identifiers must also not start with a digit.`,
    );
  return parts.map((part) => (part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part));
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
    const { sql, columns } = generator(view.call, scope);
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

  function generator(call: Call, scope: Scope): Compiled {
    const args = call.args.map((arg) => tools.compile(arg, scope));
    const [first] = args as [Typed];
    const name = call.name.replace(/_outer$/, '');
    if (args.length === 0)
      throw new SqlError(
        'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
        '42605',
        `The \`${call.name}\` requires 1 parameters but the actual number is 0.`,
      );
    switch (name) {
      case 'explode':
      case 'posexplode': {
        const pos = name === 'posexplode' ? [{ name: 'pos', type: INT }] : [];
        if (first.type.k === 'array') {
          const index = pos.length === 0 ? '' : `CAST(generate_subscripts(${first.sql}, 1) - 1 AS INTEGER), `;
          return { sql: `SELECT ${index}unnest(${first.sql})`, columns: [...pos, { name: 'col', type: first.type.e }] };
        }
        if (first.type.k !== 'map')
          throw new SqlError(
            'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
            '42K09',
            `Cannot resolve "${generatedName(call)}" due to data type mismatch: The first parameter requires the ("ARRAY" or "MAP") type, however "${generatedName(first.ast)}" has another type.`,
          );
        const index = pos.length === 0 ? '' : '_p, ';
        return {
          sql: `SELECT ${index}_e.key, _e.value FROM (SELECT CAST(generate_subscripts(map_entries(${first.sql}), 1) - 1 AS INTEGER) AS _p, unnest(map_entries(${first.sql})) AS _e)`,
          columns: [...pos, { name: 'key', type: first.type.key }, { name: 'value', type: first.type.value }],
        };
      }
      case 'inline': {
        if (first.type.k !== 'array' || first.type.e.k !== 'struct')
          throw refuse('inline of something else than ARRAY<STRUCT>', call);
        return {
          sql: `SELECT ${first.type.e.fields.map((field) => `_e.${quoteName(field.name)}`).join(', ')} FROM (SELECT unnest(${first.sql}) AS _e)`,
          columns: first.type.e.fields,
        };
      }
      case 'stack': {
        const count = call.args[0]?.k === 'literal' ? Number(call.args[0].value) : Number.NaN;
        if (!(count > 0)) throw refuse('stack with a number that is no literal', call);
        const values = args.slice(1);
        const width = Math.ceil(values.length / count);
        const rows: Typed[][] = Array.from({ length: count }, (_, row) =>
          Array.from(
            { length: width },
            (_unused, column) => values[row * width + column] ?? { sql: 'NULL', type: VOID, ast: call },
          ),
        );
        const columns = Array.from({ length: width }, (_, column) =>
          tools.unify(
            rows.map((row) => row[column] as Typed),
            'stack',
          ),
        );
        return {
          sql: rows
            .map((_, row) => `SELECT ${columns.map((column) => (column[row] as Typed).sql).join(', ')}`)
            .join(' UNION ALL '),
          columns: columns.map((column, index) => ({ name: `col${index}`, type: (column[0] as Typed).type })),
        };
      }
      case 'json_tuple': {
        const text = tools.coerce(first, STRING).sql;
        return {
          sql: `SELECT ${args
            .slice(1)
            .map((arg) => `spark_json_path(${text}, '$.' || ${tools.coerce(arg, STRING).sql})`)
            .join(', ')}`,
          columns: args.slice(1).map((_, index) => ({ name: `c${index}`, type: STRING })),
        };
      }
      default:
        throw refuse(`the function ${call.name}`, call);
    }
  }

  function compileFrom(from: From, scope: Scope): string {
    switch (from.k) {
      case 'table':
        return compileTable(from, scope);
      case 'sub': {
        const made = compileQuery(from.query, from.lateral ? scope : scope.parent);
        return add(
          `${from.lateral ? 'LATERAL ' : ''}(${made.sql})`,
          made.columns,
          from,
          scope,
          from.alias === undefined ? [] : [from.alias.toLowerCase()],
        );
      }
      case 'function':
        return compileFunction(from, scope);
      case 'join':
        return compileJoin(from, scope);
      case 'pivot':
      case 'unpivot': {
        const parts = { tools, from: compileFrom };
        const made =
          from.k === 'pivot' ? compilePivot(from, scope.parent, parts) : compileUnpivot(from, scope.parent, parts);
        return add(made.sql, made.columns, from, scope, from.alias === undefined ? [] : [from.alias.toLowerCase()]);
      }
      case 'sample': {
        const before = scope.sources.length;
        const text = compileFrom(from.from, scope);
        const id_ = / AS (_\d+)(?:\([^()]*\))?$/.exec(text)?.[1];
        if (id_ === undefined || scope.sources.length !== before + 1)
          throw refuse('TABLESAMPLE of a join', { k: 'literal', type: VOID, value: null, at: from.at });
        const kept =
          from.rows === undefined ? `WHERE random() < ${(from.percent as number) / 100}` : `LIMIT ${from.rows}`;
        return `(SELECT * FROM ${text} ${kept}) AS ${id_}`;
      }
      default:
        return from satisfies never;
    }
  }

  function add(
    text: string,
    columns: OutputColumn[],
    from: { alias?: string; columns: string[] },
    scope: Scope,
    names: string[],
  ): string {
    const alias = id();
    const named = rename(columns, from.columns);
    const cells = unique(named);
    const source = sourceOf(
      names,
      alias,
      cells.map((name, index) => ({ name, type: (named[index] as OutputColumn).type })),
    );
    source.fields.forEach((field, index) => {
      field.name = (named[index] as OutputColumn).name;
    });
    scope.sources.push(source);
    return `${text} AS ${alias}(${cells.map(quoteName).join(', ')})`;
  }

  function compileTable(from: From & { k: 'table' }, scope: Scope): string {
    const [only] = from.parts;
    if (from.parts.length === 1 && from.version === undefined)
      for (let at = ctes.length - 1; at >= 0; at -= 1) {
        const cte = ctes[at]?.get((only as string).toLowerCase());
        if (cte !== undefined)
          return add(cte.id, cte.columns, from, scope, [(from.alias ?? (only as string)).toLowerCase()]);
      }
    const text = relationText(from, environment) as string;
    const columns = relations.get(text);
    if (columns === undefined)
      throw Object.assign(tableNotFound(from.parts.join('.')), {
        position: { offset: from.at, length: from.parts.join('.').length },
      });
    const isTable = !text.startsWith('(');
    if (environment.access.any && informationSchema(from.parts, environment) === undefined)
      environment.access.checkSql('table', fullNameText(tableName(from.parts, environment)), 'SELECT');
    const names =
      from.alias !== undefined
        ? [from.alias.toLowerCase()]
        : isTable
          ? Object.values(tableName(from.parts, environment)).map((part) => part.toLowerCase())
          : from.parts.map((part) => part.toLowerCase());
    // a stored column keeps its kind only in the table
    const alias = id();
    const named = rename(columns, from.columns);
    const source = sourceOf(
      names,
      alias,
      columns.map((column, index) => ({ name: column.name, type: (named[index] as OutputColumn).type })),
    );
    source.fields.forEach((field, index) => {
      field.name = (named[index] as OutputColumn).name;
    });
    scope.sources.push(source);
    return `${text} AS ${alias}`;
  }

  function compileFunction(from: From & { k: 'function' }, scope: Scope): string {
    const { call } = from;
    const names = from.alias === undefined ? [] : [from.alias.toLowerCase()];
    if (call.name === 'range') {
      const args = call.args
        .filter((arg) => arg.k !== 'named')
        .map((arg) => tools.coerce(tools.compile(arg, scope), BIGINT).sql);
      if (args.length === 0 || args.length > 4 || args.length !== call.args.length)
        throw refuse('range with these arguments', call);
      return add(
        `(SELECT * FROM range(${args.slice(0, 3).join(', ')}))`,
        [{ name: 'id', type: BIGINT }],
        from,
        scope,
        names,
      );
    }
    if (GENERATORS.has(call.name)) {
      const made = generator(call, scope);
      return add(`LATERAL (${made.sql})`, made.columns, from, scope, names);
    }
    const meta = findFunction(call.name, environment);
    if (meta?.return_params !== undefined) {
      const args = call.args.map((arg) => tools.compile(arg, scope));
      const { body, scope: inside } = inline(meta, call, args, (arg) => tools.compile(arg, scope));
      const made = compileQuery((body as { query: Query }).query, inside);
      const columns = meta.return_params.parameters.map(({ name, type_text }) => ({
        name,
        type: parseType(type_text),
      }));
      const cells = columns.map(({ type }, index) =>
        castSql(`c${index}`, (made.columns[index] as OutputColumn).type, type),
      );
      const sql = `SELECT ${cells.join(', ')} FROM (${made.sql}) AS ${id()}(${columns.map((_, index) => `c${index}`).join(', ')})`;
      return add(`LATERAL (${sql})`, columns, from, scope, from.alias === undefined ? [meta.name] : names);
    }
    const text = relationText(from, environment);
    if (text === undefined)
      throw FUNCTIONS.has(call.name)
        ? new SqlError(
            'NOT_A_TABLE_FUNCTION',
            '42887',
            `Cannot resolve \`${call.name}\` to a table-valued function. Please make sure that the function name is a table-valued function.`,
            { offset: call.at, length: call.name.length },
          )
        : unknownTable(call);
    const columns = relations.get(text);
    if (columns === undefined) throw unsupported(`the table function ${call.name}`);
    const wrapped = /^(?:read_|\()/.test(text)
      ? text.startsWith('(')
        ? text
        : `(SELECT * FROM ${text})`
      : `(${text})`;
    return add(wrapped, columns, from, scope, names);
  }

  function compileJoin(from: From & { k: 'join' }, scope: Scope): string {
    const start = scope.sources.length;
    const l = compileFrom(from.l, scope);
    const middle = scope.sources.length;
    const r = compileFrom(from.r, scope);
    const left = scope.sources.slice(start, middle);
    const right = scope.sources.slice(middle);
    let using = from.using;
    if (from.natural) {
      const names = new Set(right.flatMap((source) => source.fields.map((field) => field.name.toLowerCase())));
      using = left
        .flatMap((source) => source.fields.map((field) => field.name))
        .filter((name) => names.has(name.toLowerCase()));
    }
    const find = (sources: typeof left, name: string) => {
      const fields = sources
        .flatMap((source) => source.fields)
        .filter((field) => field.name.toLowerCase() === name.toLowerCase());
      if (fields.length !== 1)
        throw new SqlError(
          'UNRESOLVED_USING_COLUMN_FOR_JOIN',
          '42703',
          `USING column \`${name}\` cannot be resolved on one side of the join.`,
          { offset: from.at, length: 4 },
        );
      return fields[0] as (typeof fields)[number];
    };
    let on = '';
    if (using !== undefined && using.length > 0) {
      const tests = using.map((name) => {
        const merged = scope.merged.get(name.toLowerCase());
        const [a, b] = [merged ?? find(left, name), find(right, name)];
        const type = commonType(a.type, b.type);
        if (type === undefined)
          throw refuse('USING of these types', { k: 'literal', type: VOID, value: null, at: from.at });
        const [x, y] = [castSql(a.sql, a.type, type), castSql(b.sql, b.type, type)];
        if (from.type !== 'SEMI' && from.type !== 'ANTI')
          scope.merged.set(name.toLowerCase(), {
            name: a.name,
            type,
            sql: from.type === 'RIGHT' ? y : from.type === 'FULL' ? `coalesce(${x}, ${y})` : x,
          });
        return `${x} = ${y}`;
      });
      on = ` ON ${tests.join(' AND ')}`;
    } else if (from.on !== undefined) {
      const inner = emptyScope(scope.parent);
      inner.sources = [...left, ...right];
      inner.merged = scope.merged;
      on = ` ON ${tools.condition(from.on, inner).sql}`;
    }
    if (from.type === 'SEMI' || from.type === 'ANTI') scope.sources.splice(middle);
    const type = on === '' && from.type !== 'CROSS' ? (from.type === 'INNER' ? 'CROSS' : from.type) : from.type;
    const condition = on === '' && type !== 'CROSS' ? ' ON true' : type === 'CROSS' ? '' : on;
    if (from.type === 'CROSS' && on !== '') return `${l} INNER JOIN ${r}${on}`;
    return `${l} ${type} JOIN ${from.r.k === 'join' ? `(${r})` : r}${condition}`;
  }
}

function unknownTable(call: Call): SqlError {
  return new SqlError(
    'UNRESOLVABLE_TABLE_VALUED_FUNCTION',
    '42883',
    `Could not resolve \`${call.name}\` to a table-valued function. Please make sure that \`${call.name}\` is defined as a table-valued function and that all required parameters are provided correctly.`,
    { offset: call.at, length: call.name.length },
  );
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

function bare(value: Typed): string {
  if (value.type.k === 'void') return value.sql === 'NULL' ? 'NULL' : `CAST(${value.sql} AS INTEGER)`;
  return value.sql === 'NULL' ? `CAST(NULL AS ${carrier(value.type)})` : value.sql;
}

function rename(columns: OutputColumn[], names: string[]): OutputColumn[] {
  if (names.length === 0) return columns;
  if (names.length !== columns.length)
    throw new SqlError(
      'ASSIGNMENT_ARITY_MISMATCH',
      '42802',
      `The number of columns or variables assigned or aliased: ${names.length} does not match the number of source expressions: ${columns.length}.`,
    );
  return columns.map((column, index) => ({ name: names[index] as string, type: column.type }));
}

// DuckDB compares names without case, and renames what comes twice
function unique(columns: OutputColumn[]): string[] {
  const seen = new Set<string>();
  return columns.map(({ name }, index) => {
    const key = name.toLowerCase();
    const free = name !== '' && !seen.has(key);
    seen.add(key);
    return free ? name : `${name} ${index}`;
  });
}
void arrayOf;
