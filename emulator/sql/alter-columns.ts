import { quoteName, quoteText } from '../database.ts';
import { type Change, columnExists, requireFreeColumn } from './alter-checks.ts';
import { type ColumnDefinition, columnTexts, readColumn, readTypeText } from './columns.ts';
import { castSql } from './compile/cast.ts';
import { parseExpression } from './compile/parse-query.ts';
import { createCompiler } from './compile/query.ts';
import { emptyScope } from './compile/scope.ts';
import { SqlError, unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { parseType } from './read-type.ts';
import { createReader, type Reader } from './reader.ts';
import type { Environment } from './session.ts';
import { sourceText } from './source-text.ts';
import { columnCarrier, type SparkType } from './spark-type.ts';
import { tableColumns } from './table-columns.ts';
import { changeFacts } from './table-facts.ts';

/** RENAME COLUMN a TO b. */
export function renameColumn(reader: Reader): Change {
  const from = reader.readWord();
  reader.expect('TO');
  const to = reader.readWord();
  const rename_ = alterColumns('RENAME COLUMN', [`RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`]);
  return async (session, full) => {
    await requireFreeColumn(session, full, from, 'RENAME');
    const operation = await rename_(session, full);
    changeFacts(session.unity, full, ({ column_facts = {} }) => {
      const { [from.toLowerCase()]: own, ...rest } = column_facts;
      return { column_facts: own === undefined ? rest : { ...rest, [to.toLowerCase()]: own } };
    });
    return operation;
  };
}

/** DROP COLUMNS (a, b). */
export function dropColumns(reader: Reader): Change {
  const ifExists = reader.eat('IF', 'EXISTS');
  const names =
    reader.peek()?.text === '('
      ? reader
          .readBrackets()
          .filter((token) => token.text !== ',')
          .map((token) => (token.value === token.text.toUpperCase() ? token.text : token.value))
      : [reader.readWord()];
  const drop = alterColumns(
    'DROP COLUMNS',
    names.map((name) => `DROP COLUMN ${ifExists ? 'IF EXISTS ' : ''}${quoteName(name)}`),
  );
  return async (session, full) => {
    const known = (await tableColumns(session, full)).map((column) => column.name.toLowerCase());
    for (const name of names)
      if (!ifExists || known.includes(name.toLowerCase())) await requireFreeColumn(session, full, name, 'DROP');
    return drop(session, full);
  };
}

/** ADD COLUMNS. */
export function addColumns(reader: Reader, environment: Environment): Change {
  const inner = reader.peek()?.text === '(' ? createReader(reader.readBrackets()) : reader;
  const columns = [readPlaced(inner, environment)];
  while (inner.eatSymbol(',')) columns.push(readPlaced(inner, environment));
  inner.end();
  return async (session, full) => {
    const known = (await tableColumns(session, full)).map((column) => column.name.toLowerCase());
    for (const column of columns) {
      if (known.includes(column.name.toLowerCase())) throw columnExists(column.name, known);
      known.push(column.name.toLowerCase());
      const [text = ''] = columnTexts([{ ...column, notNull: false }], undefined, session);
      await session.connection.run(`ALTER TABLE ${session.unity.duckTable(full)} ADD COLUMN ${text}`);
      await session.delta.alter(session.connection, full, `ADD COLUMN ${text}`);
      if (column.comment !== undefined)
        await session.connection.run(
          `COMMENT ON COLUMN ${session.unity.duckTable(full)}.${quoteName(column.name)} IS ${quoteText(column.comment)}`,
        );
      changeFacts(session.unity, full, (facts) => ({
        column_facts: { ...facts.column_facts, [column.name.toLowerCase()]: column.facts },
      }));
    }
    return 'ADD COLUMNS';
  };
}

// FIRST and AFTER need another order of columns than DuckDB can give a table
function readPlaced(reader: Reader, environment: Environment): ColumnDefinition {
  const column = readColumn(reader, environment);
  if (reader.at('FIRST') || reader.at('AFTER')) throw unsupported(`ADD COLUMN … ${reader.peek()?.value}`);
  if (column.generated !== undefined || column.facts.identity !== undefined)
    throw new SqlError('DELTA_UNSUPPORTED_ADD_GENERATED_COLUMN', '0AKDC', 'Adding generated columns is not supported.');
  return column;
}

/** ALTER COLUMN. */
export function alterColumn(reader: Reader, environment: Environment): Change {
  const word = reader.readWord();
  const name = quoteName(word);
  if (reader.at('FIRST') || reader.at('AFTER')) throw unsupported(`ALTER COLUMN … ${reader.peek()?.value}`);
  const isDropped = reader.eat('DROP', 'DEFAULT');
  if (isDropped || reader.eat('SET', 'DEFAULT')) {
    const tokens = reader.rest();
    const value = isDropped ? undefined : defaultOf(tokens, environment);
    return async (session, full) => {
      const [columns] = [await tableColumns(session, full)];
      const column = columns.find((one) => one.name.toLowerCase() === word.toLowerCase());
      if (column === undefined)
        throw columnMissing(
          word,
          columns.map((one) => one.name),
        );
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
      await session.connection.run(
        `COMMENT ON COLUMN ${session.unity.duckTable(full)}.${name} IS ${quoteText(comment)}`,
      );
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
  const change = alterColumns('CHANGE COLUMN', [`ALTER COLUMN ${name} TYPE ${columnCarrier(parseType(text))}`]);
  return async (session, full) => {
    const { properties } = session.unity.tableMeta(full, false);
    if (properties?.['delta.enableTypeWidening']?.toLowerCase() !== 'true')
      throw new SqlError(
        'DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP',
        '0AKDC',
        `ALTER TABLE CHANGE COLUMN is not supported for changing column ${word} to ${text.toUpperCase()}.`,
      );
    return change(session, full);
  };
}

function defaultOf(tokens: Token[], environment: Environment): { sql: string; type: SparkType } {
  return createCompiler(environment, new Map()).expression(parseExpression(tokens), emptyScope());
}

function columnMissing(name: string, known: string[]): SqlError {
  return new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `A column, variable, or function parameter with name \`${name}\` cannot be resolved. Did you mean one of the following? [${known.map((one) => `\`${one}\``).join(', ')}].`,
  );
}

function alterColumns(operation: string, changes: string[], feed = true): Change {
  return async (session, full) => {
    for (const change of changes) {
      await session.connection.run(`ALTER TABLE ${session.unity.duckTable(full)} ${change}`);
      if (feed) await session.delta.alter(session.connection, full, change);
    }
    return operation;
  };
}
