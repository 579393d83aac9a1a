import { quoteName } from '../database.ts';
import { type Change, columnExists, requireFreeColumn } from './alter-checks.ts';
import { commentColumns } from './column-comments.ts';
import { requirePlainNames } from './column-names.ts';
import { type ColumnDefinition, columnTexts, readColumn } from './columns.ts';
import { SqlError, unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader } from './reader.ts';
import { renamedFacts } from './renamed-facts.ts';
import type { Environment } from './session.ts';
import { tableColumns } from './table-columns.ts';
import { changeFacts } from './table-facts.ts';

/** RENAME COLUMN a TO b. */
export function renameColumn(reader: Reader): Change {
  const from = readTopName(reader);
  reader.expect('TO');
  const to = reader.readWord();
  const rename_ = alterColumns('RENAME COLUMN', [`RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`]);
  return async (session, full) => {
    await requireFreeColumn(session, full, from, 'RENAME');
    const known = (await tableColumns(session, full)).map((column) => column.name);
    if (from.toLowerCase() !== to.toLowerCase() && known.some((name) => name.toLowerCase() === to.toLowerCase()))
      throw columnExists(to, known, 'rename');
    const operation = await rename_(session, full);
    changeFacts(session.unity, full, (facts) => renamedFacts(facts, from, to));
    return operation;
  };
}

/** DROP COLUMNS (a, b). */
export function dropColumns(reader: Reader): Change {
  const ifExists = reader.eat('IF', 'EXISTS');
  const names = reader.peek()?.text === '(' ? readList(reader.readBrackets()) : [readTopName(reader)];
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

function readList(tokens: Token[]): string[] {
  const reader = createReader(tokens);
  const names = [readTopName(reader)];
  while (reader.eatSymbol(',')) names.push(readTopName(reader));
  reader.end();
  return names;
}

/** The name of a column; a field within it would be another path. */
export function readTopName(reader: Reader): string {
  const name = reader.readWord();
  if (reader.peek()?.text === '.') throw unsupported('changes of fields within a column');
  return name;
}

/** ADD COLUMNS. */
export function addColumns(reader: Reader, environment: Environment): Change {
  const inner = reader.peek()?.text === '(' ? createReader(reader.readBrackets()) : reader;
  const columns = [readPlaced(inner, environment)];
  while (inner.eatSymbol(',')) columns.push(readPlaced(inner, environment));
  inner.end();
  return async (session, full) => {
    const known = (await tableColumns(session, full)).map((column) => column.name.toLowerCase());
    requirePlainNames(
      columns.map(({ name, spark }) => ({ name, type: spark })),
      session.unity.tableMeta(full, false).properties,
    );
    for (const column of columns) {
      if (known.includes(column.name.toLowerCase())) throw columnExists(column.name, known, 'add');
      known.push(column.name.toLowerCase());
      const [text = ''] = columnTexts([{ ...column, notNull: false }], undefined, session);
      await session.connection.run(`ALTER TABLE ${session.unity.duckTable(full)} ADD COLUMN ${text}`);
      await session.delta.alter(session.connection, full, `ADD COLUMN ${text}`);
      await commentColumns(session, full, [column]);
      changeFacts(session.unity, full, (facts) => ({
        column_facts: { ...facts.column_facts, [column.name.toLowerCase()]: column.facts },
      }));
    }
    return 'ADD COLUMNS';
  };
}

// FIRST and AFTER need another order of columns than DuckDB can give a table
function readPlaced(reader: Reader, environment: Environment): ColumnDefinition {
  if (reader.peek(1)?.text === '.') throw unsupported('changes of fields within a column');
  const column = readColumn(reader, environment);
  if (reader.at('FIRST') || reader.at('AFTER')) throw unsupported(`ADD COLUMN … ${reader.peek()?.value}`);
  if (column.generated !== undefined || column.facts.identity !== undefined)
    throw new SqlError('DELTA_UNSUPPORTED_ADD_GENERATED_COLUMN', '0AKDC', 'Adding generated columns is not supported.');
  return column;
}

/** Changes a table by ALTER TABLE; `feed`: its change data too. */
export function alterColumns(operation: string, changes: string[], feed = true): Change {
  return async (session, full) => {
    for (const change of changes) {
      await session.connection.run(`ALTER TABLE ${session.unity.duckTable(full)} ${change}`);
      if (feed) await session.delta.alter(session.connection, full, change);
    }
    return operation;
  };
}
