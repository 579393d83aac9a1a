import { quoteName } from '../../database.ts';
import { type FullName, fullNameText } from '../../unity/names.ts';
import { requireOwnNames } from '../column-names.ts';
import { SqlError } from '../error.ts';
import { type Token, tokenize } from '../lexer.ts';
import type { Environment } from '../session.ts';
import { sourceText } from '../source-text.ts';
import { VOID } from '../spark-type.ts';
import { columnFacts, factsOf, type TableFacts } from '../table-facts.ts';
import { assign, columnOf } from './assign.ts';
import type { Expr, Query } from './ast.ts';
import { refuse } from './complaints.ts';
import type { OutputColumn } from './output-column.ts';
import { createParser } from './parse-expression.ts';
import { parseExpression, readQuery } from './parse-query.ts';
import { plainRows } from './plain-rows.ts';
import { raiseText } from './raise.ts';
import { compileWith, noteSleeps } from './run.ts';
import { emptyScope, sourceOf } from './scope.ts';
import { target } from './table-condition.ts';
import type { Later } from './write.ts';

/** How an INSERT finds its columns. */
export interface InsertOptions {
  byName: boolean;
  /** Columns with fixed values, as PARTITION (p = 'a') gives them. */
  fixed?: { name: string; value: Token[] }[];
  /** The condition of REPLACE WHERE: every row that is written must meet it. */
  where?: Token[];
}

/** `(a, b) SELECT …` or `VALUES …` after INSERT INTO t: DuckDB's text of the whole statement. */
export function prepareInsert(
  full: FullName,
  tokens: Token[],
  options: InsertOptions,
  environment: Environment,
): Later {
  const parser = createParser(tokens, readQuery);
  let names: string[] | undefined;
  if (parser.symbol('(') && !parser.isQuery()) {
    parser.reader.take();
    names = [];
    do names.push(parser.reader.readWord());
    while (parser.reader.eatSymbol(','));
    parser.expectSymbol(')');
  }
  const rest = tokens.slice(tokens.length - parser.reader.rest().length);
  let parsed: Query | undefined;
  const query = () => {
    if (parsed === undefined) {
      const inner = createParser(rest, readQuery);
      parsed = readQuery(inner);
      inner.reader.end();
      noteSleeps(parsed, environment);
    }
    return parsed;
  };
  if (!isLong(rest)) query();
  const fixed = (options.fixed ?? []).map(({ name, value }) => ({
    name,
    value: createParser(value, readQuery).expression(),
  }));
  const where = options.where === undefined ? undefined : parseExpression(options.where);
  const table = environment.unity.duckTable(full);
  return async (session) => {
    if (isLong(rest) && !options.byName && fixed.length === 0 && where === undefined) {
      const text = await compileWith(session, [target(full)], (_compiler, relations) =>
        plainInsert(table, names, rest, relations.get(table), factsOf(session.unity, full)),
      );
      if (text !== undefined) return text;
    }
    return compileWith(session, [query(), target(full), where], (compiler, relations) => {
      const columns = relations.get(table);
      const made = compiler.query(
        withDefaults(query(), names ?? columns?.map(({ name }) => name) ?? [], factsOf(session.unity, full)),
      );
      if (columns === undefined) return `INSERT INTO ${table} ${made.sql}`;
      const facts = factsOf(session.unity, full);
      const pinned = new Set(fixed.map(({ name }) => name.toLowerCase()));
      const open = columns.map(({ name }) => name).filter((name) => !pinned.has(name.toLowerCase()));
      const wanted = names ?? (options.byName ? made.columns.map(({ name }) => name) : open);
      if (wanted.length !== made.columns.length) throw arity(full, wanted, made.columns);
      const named = [...wanted, ...fixed.map(({ name }) => name)];
      requireOwnNames(named);
      for (const name of wanted) refuseGenerated(facts, name, query());
      const cells = wanted.map((name, index) =>
        assign(
          `c${index}`,
          (made.columns[index] as OutputColumn).type,
          columnOf(columns, name),
          columnFacts(facts, name),
        ),
      );
      for (const { name, value } of fixed) {
        const { sql, type } = compiler.expression(value, emptyScope());
        cells.push(assign(sql, type, columnOf(columns, name), columnFacts(facts, name)));
      }
      const list = named.map((name) => quoteName(columnOf(columns, name).name)).join(', ');
      const rows = cells.every((cell, index) => cell === `c${index}`)
        ? made.sql
        : `SELECT ${cells.join(', ')} FROM (${made.sql}) AS _s(${wanted.map((_, index) => `c${index}`).join(', ')})`;
      if (where === undefined) return `INSERT INTO ${table} (${list}) ${rows}`;
      const scope = emptyScope();
      const written = named.map((name) => columnOf(columns, name));
      scope.sources.push(sourceOf([full.name], '_w', written));
      return `INSERT INTO ${table} (${list}) SELECT * FROM (${rows}) AS _w(${list}) WHERE CASE WHEN ${compiler.condition(where, scope).sql} THEN true ELSE ${replaceMismatch(options.where ?? [])} END`;
    });
  };
}

function replaceMismatch(condition: Token[]): string {
  return raiseText(
    'DELTA_REPLACE_WHERE_MISMATCH',
    '44000',
    `Written data does not conform to partial table overwrite condition or constraint '${sourceText(condition)}'.`,
  );
}

/** From so many tokens on it is worth looking whether all are literals. */
const LONG = 400;
const isLong = (tokens: Token[]): boolean => tokens.length > LONG && tokens[0]?.value === 'VALUES';

function plainInsert(
  table: string,
  names: string[] | undefined,
  rest: Token[],
  all: OutputColumn[] | undefined,
  facts: TableFacts,
): string | undefined {
  if (all === undefined) return undefined;
  const columns = names === undefined ? all : names.map((name) => columnOf(all, name));
  const own = columns.map(({ name }) => columnFacts(facts, name));
  if (own.some((fact) => fact.generated !== undefined)) return undefined;
  const rows = plainRows(rest, columns, own);
  return rows && `INSERT INTO ${table} (${columns.map(({ name }) => quoteName(name)).join(', ')}) ${rows}`;
}

// DEFAULT in VALUES is what the column's declaration says, or NULL
function withDefaults(query: Query, names: string[], facts: TableFacts): Query {
  if (query.body.k !== 'values') return query;
  const isDefault = (e: Expr) => e.k === 'column' && e.parts.length === 1 && e.parts[0]?.toUpperCase() === 'DEFAULT';
  if (!query.body.rows.some((row) => row.some(isDefault))) return query;
  const rows = query.body.rows.map((row) =>
    row.map((e, index): Expr => {
      if (!isDefault(e)) return e;
      const own = columnFacts(facts, names[index] ?? '');
      if (own.identity !== undefined || own.generated !== undefined) throw refuse('DEFAULT for a generated column', e);
      return own.default === undefined
        ? { k: 'literal', type: VOID, value: null, at: e.at }
        : parseExpression(tokenize(own.default));
    }),
  );
  return { ...query, body: { ...query.body, rows } };
}

function refuseGenerated(facts: TableFacts, name: string, query: Query): void {
  if (columnFacts(facts, name).generated === undefined) return;
  throw refuse(`a value for the generated column ${name}`, { k: 'column', parts: [name], at: query.at });
}

function arity(full: FullName, wanted: string[], given: OutputColumn[]): SqlError {
  const kind = given.length > wanted.length ? 'TOO_MANY_DATA_COLUMNS' : 'NOT_ENOUGH_DATA_COLUMNS';
  return new SqlError(
    `INSERT_COLUMN_ARITY_MISMATCH.${kind}`,
    '21S01',
    `Cannot write to ${fullNameText(full)
      .split('.')
      .map((part) => `\`${part}\``)
      .join(
        '.',
      )}, the reason is ${kind === 'TOO_MANY_DATA_COLUMNS' ? 'too many data columns' : 'not enough data columns'}:\nTable columns: ${wanted.map((name) => `\`${name}\``).join(', ')}.\nData columns: ${given.map(({ name }) => `\`${name}\``).join(', ')}.`,
  );
}
