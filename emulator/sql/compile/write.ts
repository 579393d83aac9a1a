import { quoteName } from '../../database.ts';
import type { FullName } from '../../unity/names.ts';
import { SqlError } from '../error.ts';
import type { Token } from '../lexer.ts';
import type { Environment, Session } from '../session.ts';
import { carrier, commonType, type SparkType, sameType, typeText } from '../spark-type.ts';
import type { Expr, From } from './ast.ts';
import { castSql } from './cast.ts';
import { createParser, type Parser } from './parse-expression.ts';
import { parseQuery, readQuery, relationOf } from './parse-query.ts';
import type { Compiler, OutputColumn } from './query.ts';
import { compileWith, noteSleeps } from './run.ts';
import { emptyScope, type Scope, type Typed } from './scope.ts';

/** Translates when the statement runs, against the tables as they are then. */
export type Later = (session: Session) => Promise<string>;

/** A query whose result a table or view keeps. */
export function prepareStored(tokens: Token[], environment: Environment): Later {
  const query = parseQuery(tokens);
  noteSleeps(query, environment);
  return (session) =>
    compileWith(session, query, (compiler) => {
      const { sql, columns } = compiler.query(query);
      if (columns.every((column) => column.type.k !== 'timestamp_ntz')) return sql;
      const cells = columns.map(
        ({ name, type }, index) =>
          `${type.k === 'timestamp_ntz' ? `CAST(c${index} AS TIMESTAMPTZ)` : `c${index}`} AS ${quoteName(name)}`,
      );
      return `SELECT ${cells.join(', ')} FROM (${sql}) AS _s(${columns.map((_, index) => `c${index}`).join(', ')})`;
    });
}

const target = (full: FullName, at = 0): From & { k: 'table' } => ({
  k: 'table',
  parts: [full.catalog, full.schema, full.name],
  columns: [],
  at,
});

/** `(a, b) SELECT …` or `VALUES …` after INSERT INTO t: DuckDB's text of the whole statement. */
export function prepareInsert(full: FullName, tokens: Token[], byName: boolean, environment: Environment): Later {
  const parser = createParser(tokens, readQuery);
  let names: string[] | undefined;
  if (parser.symbol('(') && !parser.isQuery()) {
    parser.reader.take();
    names = [];
    do names.push(parser.reader.readWord());
    while (parser.reader.eatSymbol(','));
    parser.expectSymbol(')');
  }
  const query = readQuery(parser);
  parser.reader.end();
  noteSleeps(query, environment);
  const table = environment.unity.duckTable(full);
  return (session) =>
    compileWith(session, [query, target(full)], (compiler, relations) => {
      const made = compiler.query(query);
      const columns = relations.get(table);
      if (columns === undefined) return `INSERT INTO ${table} ${made.sql}`;
      const wanted = names ?? (byName ? made.columns.map(({ name }) => name) : columns.map(({ name }) => name));
      if (wanted.length !== made.columns.length) throw arity(full, wanted, made.columns);
      const cells = wanted.map((name, index) => {
        const column = columnOf(columns, name);
        const { type } = made.columns[index] as OutputColumn;
        return assign(`c${index}`, type, column);
      });
      const list = wanted.map((name) => quoteName(columnOf(columns, name).name)).join(', ');
      if (cells.every((cell, index) => cell === `c${index}`)) return `INSERT INTO ${table} (${list}) ${made.sql}`;
      return `INSERT INTO ${table} (${list}) SELECT ${cells.join(', ')} FROM (${made.sql}) AS _s(${wanted.map((_, index) => `c${index}`).join(', ')})`;
    });
}

function arity(full: FullName, wanted: string[], given: OutputColumn[]): SqlError {
  const kind = given.length > wanted.length ? 'TOO_MANY_DATA_COLUMNS' : 'NOT_ENOUGH_DATA_COLUMNS';
  return new SqlError(
    `INSERT_COLUMN_ARITY_MISMATCH.${kind}`,
    '21S01',
    `Cannot write to \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\`, the reason is ${kind === 'TOO_MANY_DATA_COLUMNS' ? 'too many data columns' : 'not enough data columns'}:\nTable columns: ${wanted.map((name) => `\`${name}\``).join(', ')}.\nData columns: ${given.map(({ name }) => `\`${name}\``).join(', ')}.`,
  );
}

function columnOf(columns: OutputColumn[], name: string): OutputColumn {
  const found = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `A column, variable, or function parameter with name \`${name}\` cannot be resolved. Did you mean one of the following? [${columns.map((column) => `\`${column.name}\``).join(', ')}].`,
  );
}

// a value as its column takes it; what cannot be cast without loss by type is refused
function assign(sql: string, type: SparkType, column: OutputColumn): string {
  if (sameType(type, column.type) || type.k === 'void')
    return type.k === 'void' ? `CAST(NULL AS ${carrier(column.type)})` : sql;
  const common = commonType(type, column.type);
  if (common === undefined && column.type.k !== 'string' && column.type.k !== 'variant')
    throw new SqlError(
      'INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST',
      'KD000',
      `Cannot write incompatible data for the table: Cannot safely cast \`${column.name}\` "${typeText(type)}" to "${typeText(column.type)}".`,
    );
  return castSql(sql, type, column.type);
}

interface Assignment {
  name: string;
  value: Expr | undefined;
}

function assignments(parser: Parser): Assignment[] {
  const found: Assignment[] = [];
  do {
    const parts = parser.reader.readName();
    if (!parser.reader.eatSymbol('=')) parser.reader.fail();
    const value = parser.reader.eat('DEFAULT') ? undefined : parser.expression();
    found.push({ name: parts.at(-1) as string, value });
  } while (parser.reader.eatSymbol(','));
  return found;
}

function setText(list: Assignment[], columns: OutputColumn[], compiler: Compiler, scope: Scope): string {
  return list
    .map(({ name, value }) => {
      const column = columnOf(columns, name);
      if (value === undefined) return `${quoteName(column.name)} = DEFAULT`;
      const made: Typed = compiler.expression(value, scope);
      return `${quoteName(column.name)} = ${assign(made.sql, made.type, column)}`;
    })
    .join(', ');
}

/** UPDATE and DELETE. */
export function prepareChange(tokens: Token[], full: FullName, environment: Environment): Later {
  const parser = createParser(tokens, readQuery);
  const { reader } = parser;
  const isUpdate = reader.eat('UPDATE');
  if (!isUpdate) reader.expect('DELETE', 'FROM');
  const from = relationOf(parser);
  if (isUpdate) reader.expect('SET');
  const list = isUpdate ? assignments(parser) : [];
  const where = reader.eat('WHERE') ? parser.expression() : undefined;
  reader.end();
  noteSleeps([list, where], environment);
  const table = environment.unity.duckTable(full);
  return (session) =>
    compileWith(session, [from, list, where], (compiler, relations) => {
      const scope = emptyScope();
      const relation = compiler.from(from, scope);
      const columns = relations.get(table) ?? [];
      const condition = where === undefined ? '' : ` WHERE ${compiler.condition(where, scope).sql}`;
      return isUpdate
        ? `UPDATE ${relation} SET ${setText(list, columns, compiler, scope)}${condition}`
        : `DELETE FROM ${relation}${condition}`;
    });
}

/** A condition on a table's rows, as in REPLACE WHERE. */
export function prepareDelete(full: FullName, tokens: Token[]): Later {
  const parser = createParser(tokens, readQuery);
  const where = parser.expression();
  parser.reader.end();
  return (session) =>
    compileWith(session, [target(full), where], (compiler) => {
      const scope = emptyScope();
      const relation = compiler.from(target(full), scope);
      return `DELETE FROM ${relation} WHERE ${compiler.condition(where, scope).sql}`;
    });
}

interface Clause {
  matched: 'MATCHED' | 'NOT MATCHED' | 'NOT MATCHED BY SOURCE';
  condition: Expr | undefined;
  action: 'UPDATE' | 'DELETE' | 'INSERT';
  all: boolean;
  set: Assignment[];
  columns: string[];
  values: Expr[];
}

/** MERGE INTO, and the query that finds a target row which several source rows would change. */
export function prepareMerge(
  tokens: Token[],
  full: FullName,
  environment: Environment,
): (session: Session) => Promise<{ sql: string; ambiguous: string | undefined }> {
  const parser = createParser(tokens, readQuery);
  const { reader } = parser;
  reader.expect('MERGE', 'INTO');
  const into = relationOf(parser);
  reader.expect('USING');
  const using = relationOf(parser);
  reader.expect('ON');
  const on = parser.expression();
  const clauses: Clause[] = [];
  while (reader.eat('WHEN')) clauses.push(clause(parser));
  reader.end();
  noteSleeps([using, on, clauses], environment);
  const table = environment.unity.duckTable(full);
  return (session) =>
    compileWith(session, [into, using, on, clauses], (compiler, relations) => {
      const scope = emptyScope();
      const left = compiler.from(into, scope);
      const [t] = scope.sources;
      const right = compiler.from(using, scope);
      const source = { ...emptyScope(), sources: scope.sources.slice(1) };
      const columns = relations.get(table) ?? [];
      const match = compiler.condition(on, scope).sql;
      const star = (name: string): Expr => ({ k: 'column', parts: [name], at: 0 });
      const parts = clauses.map((one) => {
        const inner =
          one.matched === 'NOT MATCHED'
            ? source
            : one.matched === 'NOT MATCHED BY SOURCE'
              ? { ...emptyScope(), sources: t === undefined ? [] : [t] }
              : scope;
        const condition = one.condition === undefined ? '' : ` AND ${compiler.condition(one.condition, inner).sql}`;
        const head = `WHEN ${one.matched}${condition} THEN ${one.action}`;
        if (one.action === 'DELETE') return head;
        if (one.action === 'UPDATE') {
          if (!one.all) return `${head} SET ${setText(one.set, columns, compiler, inner)}`;
          const cells = columns.map((column) => {
            const made = compiler.expression(star(column.name), source);
            return `${quoteName(column.name)} = ${assign(made.sql, made.type, column)}`;
          });
          return `${head} SET ${cells.join(', ')}`;
        }
        const names = one.all ? columns.map(({ name }) => name) : one.columns;
        const values = one.all ? names.map(star) : one.values;
        const cells = names.map((name, index) => {
          const made = compiler.expression(values[index] as Expr, inner);
          return assign(made.sql, made.type, columnOf(columns, name));
        });
        return `${head} (${names.map((name) => quoteName(columnOf(columns, name).name)).join(', ')}) VALUES (${cells.join(', ')})`;
      });
      const changing = clauses.filter((one) => one.matched === 'MATCHED');
      const onlyDelete =
        changing.length === 1 && changing[0]?.condition === undefined && changing[0]?.action === 'DELETE';
      const tests = changing.map((one) =>
        one.condition === undefined ? 'true' : compiler.condition(one.condition, scope).sql,
      );
      const id = /AS (_\d+)/.exec(left)?.[1] ?? '';
      const ambiguous =
        changing.length === 0 || onlyDelete
          ? undefined
          : `SELECT 1 FROM ${left} JOIN ${right} ON ${match} WHERE ${tests.join(' OR ')} GROUP BY ${id}.rowid HAVING count(*) > 1 LIMIT 1`;
      return {
        sql: `MERGE INTO ${left} USING ${right} ON ${match} ${parts.join(' ')} RETURNING merge_action`,
        ambiguous,
      };
    });
}

function clause(parser: Parser): Clause {
  const { reader } = parser;
  const not = reader.eat('NOT');
  reader.expect('MATCHED');
  let matched: Clause['matched'] = not ? 'NOT MATCHED' : 'MATCHED';
  if (not && reader.eat('BY', 'SOURCE')) matched = 'NOT MATCHED BY SOURCE';
  else if (not) reader.eat('BY', 'TARGET');
  const condition = reader.eat('AND') ? parser.expression() : undefined;
  reader.expect('THEN');
  const made: Clause = { matched, condition, action: 'DELETE', all: false, set: [], columns: [], values: [] };
  if (reader.eat('DELETE')) return made;
  if (reader.eat('UPDATE')) {
    reader.expect('SET');
    made.action = 'UPDATE';
    if (reader.eatSymbol('*')) made.all = true;
    else made.set = assignments(parser);
    return made;
  }
  reader.expect('INSERT');
  made.action = 'INSERT';
  if (reader.eatSymbol('*')) return { ...made, all: true };
  parser.expectSymbol('(');
  do made.columns.push(reader.readName().at(-1) as string);
  while (reader.eatSymbol(','));
  parser.expectSymbol(')');
  reader.expect('VALUES');
  parser.expectSymbol('(');
  made.values = parser.list();
  parser.expectSymbol(')');
  if (made.values.length !== made.columns.length)
    throw new SqlError(
      'PARSE_SYNTAX_ERROR',
      '42601',
      'The number of inserted values does not match the number of columns.',
    );
  return made;
}

const LITERAL_SYMBOLS = new Set(['(', ')', ',', '-', '+']);

/** Whether tokens are rows of literals only, as large inserts are: they need no types. */
export function isPlainRows(tokens: Token[]): boolean {
  return tokens.every((token, index) => {
    switch (token.kind) {
      case 'number':
      case 'string':
      case 'raw':
        return true;
      case 'symbol':
        return LITERAL_SYMBOLS.has(token.text);
      case 'word':
        return (
          token.value === 'NULL' ||
          token.value === 'TRUE' ||
          token.value === 'FALSE' ||
          token.value === 'DEFAULT' ||
          (index === 0 && token.value === 'VALUES') ||
          ((token.value === 'DATE' || token.value === 'TIMESTAMP') && tokens[index + 1]?.kind === 'string')
        );
      default:
        return false;
    }
  });
}
