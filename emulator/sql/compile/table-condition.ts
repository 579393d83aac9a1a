import type { FullName } from '../../unity/names.ts';
import type { Token } from '../lexer.ts';
import type { Session } from '../session.ts';
import type { From } from './ast.ts';
import { createParser } from './parse-expression.ts';
import { readQuery } from './parse-query.ts';
import { compileWith } from './run.ts';
import { emptyScope } from './scope.ts';

/** A table as a relation of FROM. */
export const target = (full: FullName, at = 0): From & { k: 'table' } => ({
  k: 'table',
  parts: [full.catalog, full.schema, full.name],
  columns: [],
  at,
});

/** A condition on a table's rows: DuckDB's text of the table and of the condition. */
export function prepareCondition(
  full: FullName,
  tokens: Token[],
): (session: Session) => Promise<{ from: string; sql: string }> {
  const parser = createParser(tokens, readQuery);
  const where = parser.expression();
  parser.reader.end();
  return (session) =>
    compileWith(session, [target(full), where], (compiler) => {
      const scope = emptyScope();
      const from = compiler.from(target(full), scope);
      return { from, sql: compiler.condition(where, scope).sql };
    });
}
