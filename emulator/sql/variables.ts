import { readTypeText } from './columns.ts';
import { assign } from './compile/assign.ts';
import { parseExpression } from './compile/parse-query.ts';
import { compileWith } from './compile/run.ts';
import { emptyScope } from './compile/scope.ts';
import { SqlError } from './error.ts';
import type { Token } from './lexer.ts';
import { parseType } from './read-type.ts';
import { createReader } from './reader.ts';
import { NO_ROWS, type Plan } from './session.ts';

/**
 * Plans DECLARE, SET VARIABLE and DROP TEMPORARY VARIABLE. A session is one statement in this API:
 * a declaration is checked and gone with its statement, so that none is there to be set or dropped.
 */
export function planVariable(tokens: Token[]): Plan {
  const reader = createReader(tokens);
  const verb = reader.readWord().toUpperCase();
  if (verb === 'DECLARE') {
    reader.eat('OR', 'REPLACE');
    if (!reader.eat('VARIABLE')) reader.eat('VAR');
    const names = [reader.readName().join('.')];
    while (reader.eatSymbol(',')) names.push(reader.readName().join('.'));
    const isTyped = !reader.done && !reader.at('DEFAULT') && reader.peek()?.text !== '=';
    const type = isTyped ? parseType(readTypeText(reader)) : undefined;
    const value = reader.eat('DEFAULT') || reader.eatSymbol('=') ? parseExpression(reader.rest()) : undefined;
    if (type === undefined && value === undefined) reader.fail();
    reader.end();
    return {
      verb,
      async run(session) {
        if (value === undefined) return NO_ROWS;
        const sql = await compileWith(session, value, (compiler) => {
          const made = compiler.expression(value, emptyScope());
          return type === undefined ? made.sql : assign(made.sql, made.type, { name: names[0] as string, type });
        });
        await session.connection.run(`SELECT ${sql}`);
        return NO_ROWS;
      },
    };
  }
  if (verb === 'DROP') {
    reader.take();
    reader.expect('VARIABLE');
    const ifExists = reader.eat('IF', 'EXISTS');
    const name = reader.readName().join('.');
    reader.end();
    return {
      verb,
      async run() {
        if (ifExists) return NO_ROWS;
        throw new SqlError(
          'VARIABLE_NOT_FOUND',
          '42883',
          `The variable ${path(name)} cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a schema and catalog, verify the current_schema() output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VARIABLE IF EXISTS.`,
        );
      },
    };
  }
  if (!reader.eat('VARIABLE')) reader.expect('VAR');
  const name = reader.peek()?.text === '(' ? (reader.readBrackets()[0]?.value ?? '') : reader.readName().join('.');
  return {
    verb,
    async run() {
      throw unresolvedVariable(name.toLowerCase());
    },
  };
}

const path = (name: string): string => `\`system\`.\`session\`.\`${name}\``;

/** The error for a variable that is not there. */
export function unresolvedVariable(name: string): SqlError {
  return new SqlError(
    'UNRESOLVED_VARIABLE',
    '42883',
    `Cannot resolve variable \`${name}\` on search path [\`system\`.\`session\`].`,
  );
}
