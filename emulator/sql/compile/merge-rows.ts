import { quoteName } from '../../database.ts';
import type { FullName } from '../../unity/names.ts';
import { SqlError } from '../error.ts';
import type { Token } from '../lexer.ts';
import type { Environment, Session } from '../session.ts';
import { columnFacts, factsOf } from '../table-facts.ts';
import { assign, columnOf } from './assign.ts';
import type { Expr } from './ast.ts';
import { type Assignment, assignments, setText } from './change.ts';
import type { OutputColumn } from './output-column.ts';
import { createParser } from './parse-expression.ts';
import { readQuery } from './parse-query.ts';
import { relationOf } from './parse-relation.ts';
import type { Parser } from './parser.ts';
import { compileWith, noteSleeps } from './run.ts';
import { emptyScope } from './scope.ts';

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
): {
  sql(session: Session): Promise<{ sql: string; ambiguous: string | undefined }>;
  /** Columns of the source that the target has not and that a clause writes: what schema evolution adds. */
  missing(session: Session): Promise<OutputColumn[]>;
} {
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
  const missing = (session: Session) =>
    compileWith(session, [into, using], (compiler, relations) => {
      const scope = emptyScope();
      compiler.from(using, scope);
      const known = new Set((relations.get(table) ?? []).map(({ name }) => name.toLowerCase()));
      const named = new Set(
        clauses
          .flatMap((one) => [...one.columns, ...one.set.map(({ name }) => name)])
          .map((name) => name.toLowerCase()),
      );
      const every = clauses.some((one) => one.all);
      return scope.sources
        .flatMap((source) => source.fields)
        .filter(({ name }) => !known.has(name.toLowerCase()) && (every || named.has(name.toLowerCase())))
        .map(({ name, type }) => ({ name, type }));
    });
  const sql = (session: Session) =>
    compileWith(session, [into, using, on, clauses], (compiler, relations) => {
      const scope = emptyScope();
      const left = compiler.from(into, scope);
      const [t] = scope.sources;
      const right = compiler.from(using, scope);
      const source = { ...emptyScope(), sources: scope.sources.slice(1) };
      const columns = relations.get(table) ?? [];
      const facts = factsOf(session.unity, full);
      const written = columns.filter(({ name }) => columnFacts(facts, name).generated === undefined);
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
          if (!one.all) return `${head} SET ${setText(one.set, { columns, facts }, compiler, inner)}`;
          const cells = written.map((column) => {
            const made = compiler.expression(star(column.name), source);
            return `${quoteName(column.name)} = ${assign(made.sql, made.type, column, columnFacts(facts, column.name))}`;
          });
          return `${head} SET ${cells.join(', ')}`;
        }
        const names = one.all ? written.map(({ name }) => name) : one.columns;
        const values = one.all ? names.map(star) : one.values;
        const cells = names.map((name, index) => {
          const made = compiler.expression(values[index] as Expr, inner);
          return assign(made.sql, made.type, columnOf(columns, name), columnFacts(facts, name));
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
  return { sql, missing };
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
