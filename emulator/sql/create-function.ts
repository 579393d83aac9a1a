import { randomUUID } from 'node:crypto';
import { fullNameText } from '../unity/names.ts';
import { readTypeText } from './columns.ts';
import type { Expr, Query } from './compile/ast.ts';
import { parseExpression, parseQuery } from './compile/parse-query.ts';
import { compileWith } from './compile/run.ts';
import { emptyScope } from './compile/scope.ts';
import type { FunctionMeta, Parameter } from './compile/user-functions.ts';
import { functionScope } from './compile/user-functions.ts';
import { SqlError, unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { parseType } from './read-type.ts';
import { createReader, type Reader } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, requireSchema, tableName } from './session.ts';
import { sourceText } from './source-text.ts';
import { typeText } from './spark-type.ts';

/** Plans CREATE FUNCTION of SQL; one of Python is refused. */
export function planFunction(
  reader: Reader,
  options: { replace: boolean; temporary: boolean },
  environment: Environment,
): Plan {
  const ifNotExists = reader.eat('IF', 'NOT', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  const params = readParameters(reader.readBrackets());
  let returns: string | undefined;
  let table: Parameter[] | undefined;
  if (reader.eat('RETURNS'))
    if (reader.eat('TABLE')) table = reader.peek()?.text === '(' ? readParameters(reader.readBrackets()) : [];
    else returns = typeText(parseType(readTypeText(reader)));
  let comment: string | undefined;
  for (;;) {
    if (reader.eat('LANGUAGE')) {
      if (!reader.eat('SQL')) throw unsupported(`functions in ${reader.peek()?.text ?? 'another language'}`);
    } else if (reader.eat('COMMENT')) comment = reader.readText();
    else if (
      ![
        'DETERMINISTIC',
        'NOT DETERMINISTIC',
        'CONTAINS SQL',
        'READS SQL DATA',
        'SQL SECURITY DEFINER',
        'CALLED ON NULL INPUT',
      ].some((words) => reader.eat(...words.split(' ')))
    )
      break;
  }
  reader.expect('RETURN');
  const tokens = reader.rest();
  const isQuery =
    table !== undefined ||
    (tokens[0]?.kind === 'word' && ['SELECT', 'WITH', 'VALUES', 'TABLE', 'FROM'].includes(tokens[0].value));
  const body: Expr | Query = isQuery ? parseQuery(tokens) : parseExpression(tokens);
  return {
    verb: 'CREATE',
    async run(session) {
      await requireSchema(full.catalog, full.schema, session);
      const key = fullNameText(full);
      const exists = session.unity.functions.has(key);
      if (exists && ifNotExists) return NO_ROWS;
      if (exists && !options.replace)
        throw new SqlError(
          'ROUTINE_ALREADY_EXISTS',
          '42723',
          `Cannot create the FUNCTION \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` because a FUNCTION of that name already exists.\nChoose a different name, drop or replace the existing routine, or add the IF NOT EXISTS clause to tolerate a pre-existing FUNCTION.`,
        );
      const meta: FunctionMeta = {
        ...session.unity.newMeta(full.name, session.userName),
        ...(comment === undefined ? {} : { comment }),
        catalog_name: full.catalog,
        schema_name: full.schema,
        full_name: key,
        function_id: randomUUID(),
        routine_body: 'SQL',
        routine_definition: sourceText(tokens),
        input_params: { parameters: params },
        ...(table === undefined ? {} : { return_params: { parameters: table } }),
        data_type: table === undefined ? (returns ?? '') : 'TABLE_TYPE',
        full_data_type: returns ?? '',
        is_deterministic: true,
        sql_data_access: 'CONTAINS_SQL',
        security_type: 'DEFINER',
        parameter_style: 'S',
        specific_name: full.name,
      };
      const inside = { ...session, catalog: full.catalog, schema: full.schema };
      const type = await compileWith(inside, body, (compiler) => {
        const scope = functionScope(meta, emptyScope());
        if (!isQuery) return compiler.expression(body as Expr, scope).type;
        const { columns } = compiler.query(body as Query, scope);
        if (table !== undefined && table.length === 0)
          meta.return_params = {
            parameters: columns.map(({ name, type: own }, position) => ({ name, type_text: typeText(own), position })),
          };
        return columns[0]?.type;
      });
      if (returns === undefined && table === undefined && type !== undefined) {
        meta.full_data_type = typeText(type);
        meta.data_type = meta.full_data_type;
      }
      if (!options.temporary) session.unity.functions.put(key, meta);
      return NO_ROWS;
    },
  };
}

function readParameters(tokens: Token[]): Parameter[] {
  const reader = createReader(tokens);
  const found: Parameter[] = [];
  while (!reader.done) {
    const name = reader.readWord();
    const made: Parameter = { name, type_text: typeText(parseType(readTypeText(reader))), position: found.length };
    if (reader.eat('DEFAULT')) {
      const value: Token[] = [];
      while (!reader.done && reader.peek()?.text !== ',' && !reader.at('COMMENT'))
        if (reader.peek()?.text === '(') value.push(reader.peek() as Token, ...bracketed(reader));
        else value.push(reader.take());
      made.parameter_default = sourceText(value);
    }
    if (reader.eat('COMMENT')) made.comment = reader.readText();
    found.push(made);
    if (!reader.eatSymbol(',')) reader.end();
  }
  return found;
}

// what is between brackets, and the one that closes them
function bracketed(reader: Reader): Token[] {
  const inner = reader.readBrackets();
  return [...inner, reader.peek(-1) as Token];
}
