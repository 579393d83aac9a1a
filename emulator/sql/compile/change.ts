import { quoteName } from '../../database.ts';
import type { FullName } from '../../unity/names.ts';
import { SqlError } from '../error.ts';
import type { Token } from '../lexer.ts';
import type { Environment } from '../session.ts';
import { columnFacts, factsOf, type TableFacts } from '../table-facts.ts';
import { assign, columnOf } from './assign.ts';
import type { Expr } from './ast.ts';
import { refuse } from './complaints.ts';
import type { OutputColumn } from './output-column.ts';
import { createParser } from './parse-expression.ts';
import { readQuery } from './parse-query.ts';
import { relationOf } from './parse-relation.ts';
import type { Parser } from './parser.ts';
import type { Compiler } from './query.ts';
import { compileWith, noteSleeps } from './run.ts';
import { emptyScope, type Scope, type Typed } from './scope.ts';
import { target } from './table-condition.ts';
import type { Later } from './write.ts';

/** `column = value`; without a value the default. */
export interface Assignment {
  name: string;
  value: Expr | undefined;
}

/** Reads `a = 1, b = DEFAULT`. */
export function assignments(parser: Parser): Assignment[] {
  const found: Assignment[] = [];
  do {
    const parts = parser.reader.readName();
    if (!parser.reader.eatSymbol('=')) parser.reader.fail();
    const value = parser.reader.eat('DEFAULT') ? undefined : parser.expression();
    found.push({ name: parts.at(-1) as string, value });
  } while (parser.reader.eatSymbol(','));
  return found;
}

export function setText(
  list: Assignment[],
  table: { columns: OutputColumn[]; facts: TableFacts },
  compiler: Compiler,
  scope: Scope,
): string {
  const { columns, facts } = table;
  return list
    .map(({ name, value }) => {
      const column = columnOf(columns, name);
      const own = columnFacts(facts, name);
      if (own.generated !== undefined)
        throw refuse(`a value for the generated column ${name}`, value ?? { k: 'column', parts: [name], at: 0 });
      if (own.identity !== undefined)
        throw new SqlError(
          'DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED',
          '42808',
          `UPDATE on IDENTITY column ${name} is not supported.`,
        );
      if (value === undefined) return `${quoteName(column.name)} = DEFAULT`;
      const made: Typed = compiler.expression(value, scope);
      return `${quoteName(column.name)} = ${assign(made.sql, made.type, column, own)}`;
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
        ? `UPDATE ${relation} SET ${setText(list, { columns, facts: factsOf(session.unity, full) }, compiler, scope)}${condition}`
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
