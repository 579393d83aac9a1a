import type { Expr } from './compile/ast.ts';
import { castSql } from './compile/cast.ts';
import { parseExpression } from './compile/parse-query.ts';
import { compileWith } from './compile/run.ts';
import { emptyScope } from './compile/scope.ts';
import { SqlError } from './error.ts';
import { type Token, tokenize } from './lexer.ts';
import type { Parameter } from './parameters.ts';
import { createReader, type Reader } from './reader.ts';
import type { Environment, Plan, Session } from './session.ts';
import { STRING, typeText } from './spark-type.ts';
import { unresolvedVariable } from './variables.ts';

type Translate = (sql: string, parameters: Parameter[], environment: Environment) => Plan;

/** Plans EXECUTE IMMEDIATE: the text and its arguments are computed, then the statement is translated and runs in its place. */
export function planExecute(tokens: Token[], translate: Translate): Plan {
  const reader = createReader(tokens, 1);
  reader.expect('IMMEDIATE');
  const text = parseExpression(until(reader, ['INTO', 'USING']));
  const into = reader.eat('INTO') ? until(reader, ['USING']) : [];
  const args = reader.eat('USING') ? readArguments(reader) : [];
  reader.end();
  return {
    verb: 'EXECUTE',
    async run(session) {
      if (into[0] !== undefined) throw unresolvedVariable(into[0].value.toLowerCase());
      const sql = (await evaluate(session, text)).value;
      if (sql === null)
        throw new SqlError(
          'NULL_QUERY_STRING_EXECUTE_IMMEDIATE',
          '22004',
          'Execute immediate requires a non-null variable as the query string, but the provided variable is null.',
        );
      if (/^\s*EXECUTE\s+IMMEDIATE\b/i.test(sql))
        throw new SqlError(
          'NESTED_EXECUTE_IMMEDIATE',
          '07501',
          `Nested EXECUTE IMMEDIATE commands are not allowed. Please ensure that the SQL query provided (${sql}) does not contain another EXECUTE IMMEDIATE command.`,
        );
      const parameters: Parameter[] = [];
      for (const [index, { name, e }] of args.entries())
        parameters.push({ name: name ?? `_${index + 1}`, ...(await evaluate(session, e)) });
      const plan = translate(numbered(sql, args), parameters, session);
      return plan.run(session);
    },
  };
}

interface Argument {
  name: string | undefined;
  e: Expr;
}

// (4 AS a, 'x' AS b) or without brackets
function readArguments(reader: Reader): Argument[] {
  const bracketed = reader.peek()?.text === '(';
  const inner = bracketed ? createReader(reader.readBrackets()) : reader;
  const found: Argument[] = [];
  do {
    const e = parseExpression(until(inner, ['AS'], true));
    found.push({ name: inner.eat('AS') ? inner.readWord() : undefined, e });
  } while (inner.eatSymbol(','));
  if (bracketed) inner.end();
  return found;
}

function until(reader: Reader, words: string[], comma = false): Token[] {
  const found: Token[] = [];
  let depth = 0;
  while (!reader.done) {
    const token = reader.peek() as Token;
    if (
      depth === 0 &&
      (words.some((word) => reader.at(word)) || (comma && token.text === ',' && token.kind === 'symbol'))
    )
      break;
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth += 1;
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth -= 1;
    found.push(reader.take());
  }
  return found;
}

async function evaluate(session: Session, e: Expr): Promise<{ value: string | null; type: string }> {
  const { sql, type } = await compileWith(session, e, (compiler) => {
    const made = compiler.expression(e, emptyScope());
    return { sql: castSql(made.sql, made.type, STRING), type: made.type };
  });
  const done = await session.connection.runAndReadAll(`SELECT ${sql}`);
  return { value: done.getRowsJson()[0]?.[0] as string | null, type: type.k === 'void' ? 'VOID' : typeText(type) };
}

// ? is a marker without a name: :_1, :_2
function numbered(sql: string, args: Argument[]): string {
  const places = tokenize(sql).filter(
    (token, index, all) => token.kind === 'symbol' && token.text === '?' && all[index + 1]?.text !== '::',
  );
  if (places.length === 0) return sql;
  if (places.length !== args.length || args.some(({ name }) => name !== undefined))
    throw new SqlError(
      'UNBOUND_SQL_PARAMETER',
      '42P02',
      'Found the unbound parameter: _. Please, fix `args` and provide a mapping of the parameter to either a SQL literal or collection constructor functions such as `map()`, `array()`, `struct()`.',
    );
  let made = '';
  let from = 0;
  for (const [index, place] of places.entries()) {
    made += `${sql.slice(from, place.start)} :_${index + 1} `;
    from = place.end;
  }
  return made + sql.slice(from);
}
