import { quoteName } from '../database.ts';
import type { FullName } from '../unity/names.ts';
import type { Change } from './alter-checks.ts';
import { alterColumns, readTopName } from './alter-columns.ts';
import { commentColumns } from './column-comments.ts';
import { lengthOf, readTypeText } from './columns.ts';
import { castSql } from './compile/cast.ts';
import { parseExpression } from './compile/parse-query.ts';
import { createCompiler } from './compile/query.ts';
import { emptyScope } from './compile/scope.ts';
import { SqlError, unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { parseType } from './read-type.ts';
import type { Reader } from './reader.ts';
import type { Environment, Session } from './session.ts';
import { sourceText } from './source-text.ts';
import { columnCarrier, type SparkType, sameType } from './spark-type.ts';
import { type TableColumn, tableColumns } from './table-columns.ts';
import { changeFacts } from './table-facts.ts';
import { requireWider } from './widening.ts';

/** ALTER COLUMN. */
export function alterColumn(reader: Reader, environment: Environment): Change {
  const word = readTopName(reader);
  const name = quoteName(word);
  if (reader.at('FIRST') || reader.at('AFTER')) throw unsupported(`ALTER COLUMN … ${reader.peek()?.value}`);
  const isDropped = reader.eat('DROP', 'DEFAULT');
  if (isDropped || reader.eat('SET', 'DEFAULT')) {
    const tokens = reader.rest();
    const value = isDropped ? undefined : defaultOf(tokens, environment);
    return async (session, full) => {
      const column = await findColumn(session, full, word);
      await session.connection.run(
        `ALTER TABLE ${session.unity.duckTable(full)} ALTER COLUMN ${name} ${value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${castSql(value.sql, value.type, column.type)}`}`,
      );
      changeFacts(session.unity, full, ({ column_facts = {} }) => {
        const { default: _old, ...own } = column_facts[word.toLowerCase()] ?? {};
        const facts = value === undefined ? own : { ...own, default: sourceText(tokens) };
        return { column_facts: { ...column_facts, [word.toLowerCase()]: facts } };
      });
      return 'CHANGE COLUMN';
    };
  }
  if (reader.eat('COMMENT')) {
    const comment = reader.readText();
    return async (session, full) => {
      await commentColumns(session, full, [{ name: word, comment }]);
      return 'CHANGE COLUMN';
    };
  }
  if (reader.eat('SET', 'NOT', 'NULL'))
    return alterColumns('CHANGE COLUMN', [`ALTER COLUMN ${name} SET NOT NULL`], false);
  if (reader.eat('DROP', 'NOT', 'NULL'))
    return alterColumns('CHANGE COLUMN', [`ALTER COLUMN ${name} DROP NOT NULL`], false);
  reader.eat('SET', 'DATA');
  reader.expect('TYPE');
  const text = readTypeText(reader);
  const [type, length] = [parseType(text), lengthOf(text)];
  const change = alterColumns('CHANGE COLUMN', [`ALTER COLUMN ${name} TYPE ${columnCarrier(type)}`]);
  return async (session, full) => {
    const column = await findColumn(session, full, word);
    requireWider(column, { type, length }, session.unity.tableMeta(full, false).properties);
    const operation = sameType(column.type, type) ? 'CHANGE COLUMN' : await change(session, full);
    changeFacts(session.unity, full, ({ column_facts = {} }) => {
      const { length: _old, ...own } = column.facts;
      return {
        column_facts: { ...column_facts, [word.toLowerCase()]: length === undefined ? own : { ...own, length } },
      };
    });
    return operation;
  };
}

function defaultOf(tokens: Token[], environment: Environment): { sql: string; type: SparkType } {
  return createCompiler(environment, new Map()).expression(parseExpression(tokens), emptyScope());
}

async function findColumn(session: Session, full: FullName, name: string): Promise<TableColumn> {
  const columns = await tableColumns(session, full);
  const found = columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `A column, variable, or function parameter with name \`${name}\` cannot be resolved. Did you mean one of the following? [${columns.map((one) => `\`${one.name}\``).join(', ')}].`,
  );
}
