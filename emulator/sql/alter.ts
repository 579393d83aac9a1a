import { quoteName, quoteText } from '../database.ts';
import { type FullName, fullNameText } from '../unity/names.ts';
import { type ColumnDefinition, columnTexts, readColumn, readTypeText } from './columns.ts';
import { castSql } from './compile/cast.ts';
import { parseExpression } from './compile/parse-query.ts';
import { createCompiler } from './compile/query.ts';
import { emptyScope } from './compile/scope.ts';
import { addConstraint, dropConstraint, readTableConstraint } from './constraints.ts';
import { SqlError, unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader, readProperties } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, type Session, schemaName, tableName } from './session.ts';
import { sourceText } from './source-text.ts';
import type { SparkType } from './spark-type.ts';
import { tableColumns } from './table-columns.ts';
import { changeFacts } from './table-facts.ts';
import { duckType } from './types.ts';
import { requireWritable } from './writes.ts';

/** Plans ALTER TABLE, VIEW, SCHEMA and CATALOG. */
export function planAlter(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  if (reader.eat('TABLE') || reader.eat('VIEW')) return alterTable(reader, environment);
  if (reader.eat('SCHEMA') || reader.eat('DATABASE')) return setOwner(reader, 'schema', environment);
  if (reader.eat('CATALOG')) return setOwner(reader, 'catalog', environment);
  throw unsupported(`ALTER ${reader.peek()?.text ?? ''}`.trim());
}

/** Plans COMMENT ON TABLE, COLUMN, SCHEMA and CATALOG. */
export function planComment(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  reader.expect('ON');
  const kind = reader.readWord().toUpperCase();
  const parts = reader.readName();
  reader.expect('IS');
  const comment = reader.eat('NULL') ? '' : reader.readText();
  reader.end();
  return {
    verb: 'COMMENT',
    async run(session) {
      if (kind === 'COLUMN') {
        const full = tableName(parts.slice(0, -1), environment);
        await requireWritable(full, session);
        await session.connection.run(
          `COMMENT ON COLUMN ${session.unity.duckTable(full)}.${quoteName(parts.at(-1) ?? '')} IS ${quoteText(comment)}`,
        );
      } else if (kind === 'TABLE' || kind === 'VIEW') {
        const full = tableName(parts, environment);
        await requireWritable(full, session);
        patchTable(session, full, { comment });
      } else if (kind === 'SCHEMA' || kind === 'DATABASE') {
        const { catalog, schema } = schemaName(parts, environment);
        patch(session.unity.schemas, `${catalog}.${schema}`, { comment });
      } else if (kind === 'CATALOG') patch(session.unity.catalogs, (parts[0] ?? '').toLowerCase(), { comment });
      else throw unsupported(`COMMENT ON ${kind}`);
      return NO_ROWS;
    },
  };
}

function alterTable(reader: Reader, environment: Environment): Plan {
  const full = tableName(reader.readName(), environment);
  const change = readChange(reader, environment);
  reader.end();
  return {
    verb: 'ALTER',
    async run(session) {
      await requireWritable(full, session);
      if (!session.delta.isTracked(full)) await session.delta.keep(session.connection, full);
      const operation = await change(session, full);
      if (operation !== undefined)
        session.delta.commit(full, { userName: session.userName, operation, parameters: {}, metrics: {} });
      return NO_ROWS;
    },
  };
}

/** Applies one change; answers the name of its commit, or nothing when the table's history does not show it. */
type Change = (session: Session, full: FullName) => Promise<string | undefined>;

function readChange(reader: Reader, environment: Environment): Change {
  if (reader.eat('RENAME', 'TO')) return rename(tableName(reader.readName(), environment));
  if (reader.eat('ADD', 'COLUMNS') || reader.eat('ADD', 'COLUMN')) return addColumns(reader, environment);
  if (reader.eat('RENAME', 'COLUMN')) {
    const from = reader.readWord();
    reader.expect('TO');
    const to = reader.readWord();
    const rename_ = alterColumns('RENAME COLUMN', [`RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`]);
    return async (session, full) => {
      const operation = await rename_(session, full);
      changeFacts(session.unity, full, ({ column_facts = {} }) => {
        const { [from.toLowerCase()]: own, ...rest } = column_facts;
        return { column_facts: own === undefined ? rest : { ...rest, [to.toLowerCase()]: own } };
      });
      return operation;
    };
  }
  if (reader.eat('DROP', 'COLUMNS') || reader.eat('DROP', 'COLUMN')) {
    reader.eat('IF', 'EXISTS');
    const names =
      reader.peek()?.text === '('
        ? reader
            .readBrackets()
            .filter((token) => token.text !== ',')
            .map((token) => (token.value === token.text.toUpperCase() ? token.text : token.value))
        : [reader.readWord()];
    return alterColumns(
      'DROP COLUMNS',
      names.map((name) => `DROP COLUMN ${quoteName(name)}`),
    );
  }
  if (reader.eat('ALTER', 'COLUMN') || reader.eat('CHANGE', 'COLUMN')) return alterColumn(reader, environment);
  if (reader.eat('SET', 'TBLPROPERTIES')) {
    const properties = readProperties(reader);
    return async (session, full) => {
      const old = session.unity.tableMeta(full, false).properties ?? {};
      patchTable(session, full, { properties: { ...old, ...properties } });
      return 'SET TBLPROPERTIES';
    };
  }
  if (reader.eat('UNSET', 'TBLPROPERTIES')) {
    reader.eat('IF', 'EXISTS');
    const names = reader
      .readBrackets()
      .filter((token) => token.text !== ',')
      .map((token) => token.value);
    return async (session, full) => {
      const old = session.unity.tableMeta(full, false).properties ?? {};
      patchTable(session, full, {
        properties: Object.fromEntries(Object.entries(old).filter(([name]) => !names.includes(name))),
      });
      return 'UNSET TBLPROPERTIES';
    };
  }
  if (reader.eat('SET', 'OWNER', 'TO') || reader.eat('OWNER', 'TO')) {
    const owner = reader.peek()?.kind === 'string' ? reader.readText() : reader.readWord();
    return async (session, full) => {
      patchTable(session, full, { owner });
      return undefined;
    };
  }
  if (reader.at('ADD')) {
    reader.take();
    const constraint = readTableConstraint(reader, environment);
    if (constraint === undefined) throw unsupported(`ALTER TABLE … ADD ${reader.peek()?.text ?? ''}`);
    return async (session, full) => {
      await addConstraint(session, full, constraint);
      return 'ADD CONSTRAINT';
    };
  }
  if (reader.eat('DROP', 'CONSTRAINT')) {
    const ifExists = reader.eat('IF', 'EXISTS');
    const name = reader.readWord();
    if (!reader.eat('CASCADE')) reader.eat('RESTRICT');
    return async (session, full) => {
      dropConstraint(session, full, { name, ifExists });
      return 'DROP CONSTRAINT';
    };
  }
  if (reader.eat('DROP', 'PRIMARY', 'KEY')) {
    const ifExists = reader.eat('IF', 'EXISTS');
    if (!reader.eat('CASCADE')) reader.eat('RESTRICT');
    return async (session, full) => {
      dropConstraint(session, full, { ifExists });
      return 'DROP CONSTRAINT';
    };
  }
  if (reader.eat('CLUSTER', 'BY')) {
    if (!reader.eat('NONE') && !reader.eat('AUTO')) reader.readBrackets();
    return async () => 'CLUSTER BY';
  }
  throw unsupported(`ALTER TABLE … ${reader.peek()?.text ?? ''}`);
}

function rename(to: FullName): Change {
  return async (session, full) => {
    await session.connection.run(`ALTER TABLE ${session.unity.duckTable(full)} RENAME TO ${quoteName(to.name)}`);
    await session.delta.alter(session.connection, full, `RENAME TO ${quoteName(to.name)}`);
    session.delta.rename(full, to);
    return undefined;
  };
}

function addColumns(reader: Reader, environment: Environment): Change {
  const inner = reader.peek()?.text === '(' ? createReader(reader.readBrackets()) : reader;
  const columns = [readPlaced(inner, environment)];
  while (inner.eatSymbol(',')) columns.push(readPlaced(inner, environment));
  inner.end();
  return async (session, full) => {
    for (const column of columns) {
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

function alterColumn(reader: Reader, environment: Environment): Change {
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
  return alterColumns('CHANGE COLUMN', [`ALTER COLUMN ${name} TYPE ${duckType(readTypeText(reader))}`]);
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

function setOwner(reader: Reader, kind: 'schema' | 'catalog', environment: Environment): Plan {
  const parts = reader.readName();
  reader.eat('SET');
  reader.expect('OWNER', 'TO');
  const owner = reader.peek()?.kind === 'string' ? reader.readText() : reader.readWord();
  reader.end();
  return {
    verb: 'ALTER',
    async run(session) {
      const { catalog, schema } = schemaName(parts, environment);
      if (kind === 'schema') patch(session.unity.schemas, `${catalog}.${schema}`, { owner });
      else patch(session.unity.catalogs, (parts[0] ?? '').toLowerCase(), { owner });
      return NO_ROWS;
    },
  };
}

function patchTable(session: Session, full: FullName, fields: object): void {
  const meta = session.unity.tableMeta(full, false);
  session.unity.tables.put(fullNameText(full), {
    ...meta,
    ...fields,
    updated_at: session.now,
    updated_by: session.userName,
  });
}

function patch<T extends object>(
  collection: { get(id: string): T | undefined; put(id: string, value: T): T },
  key: string,
  fields: Partial<T>,
): void {
  const meta = collection.get(key);
  if (meta !== undefined) collection.put(key, { ...meta, ...fields });
}
