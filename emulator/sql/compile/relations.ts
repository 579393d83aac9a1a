import { quoteName } from '../../database.ts';
import { fullNameText } from '../../unity/names.ts';
import { commonType } from '../common-type.ts';
import { SqlError, unsupported } from '../error.ts';
import { tableNotFound } from '../failure.ts';
import { informationSchema } from '../information-schema.ts';
import { parseType } from '../read-type.ts';
import { type Environment, tableName } from '../session.ts';
import { BIGINT, VOID } from '../spark-type.ts';
import type { Call, From, Query } from './ast.ts';
import { FUNCTIONS, GENERATORS } from './call.ts';
import { castSql } from './cast.ts';
import { refuse } from './complaints.ts';
import { generator } from './generators.ts';
import { type Compiled, type OutputColumn, type Relations, rename, unique } from './output-column.ts';
import { compilePivot, compileUnpivot } from './pivot.ts';
import { relationText } from './relation-text.ts';
import { emptyScope, type Scope, sourceOf } from './scope.ts';
import type { Tools } from './tools.ts';
import { findFunction, inline } from './user-functions.ts';

/** What relations need of the compiler of queries. */
export interface RelationParts {
  environment: Environment;
  relations: Relations;
  tools: Tools;
  /** A name that no other relation of the statement has. */
  id(): string;
  /** The queries that WITH names, outermost first. */
  ctes: Map<string, { id: string; columns: OutputColumn[] }>[];
  query(query: Query, outer?: Scope): Compiled;
}

/** Makes the translator of FROM: DuckDB's text of a relation, whose sources it adds to the scope. */
export function createRelations(parts_: RelationParts): (from: From, scope: Scope) => string {
  const { environment, relations, tools, id, ctes, query: compileQuery } = parts_;
  return compileFrom;

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
      const made = generator(call, scope, tools);
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
