import { quoteName, quoteText } from '../database.ts';
import { type FullName, fullNameText } from '../unity/names.ts';
import { columnText, readColumn, readTypeText } from './columns.ts';
import { unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader, readProperties } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, type Session, schemaName, tableName } from './session.ts';
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
    return alterColumns('RENAME COLUMN', [`RENAME COLUMN ${quoteName(from)} TO ${quoteName(reader.readWord())}`]);
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
  if (reader.eat('ALTER', 'COLUMN') || reader.eat('CHANGE', 'COLUMN')) return alterColumn(reader);
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
  const columns = [readColumn(inner, environment)];
  while (inner.eatSymbol(',')) columns.push(readColumn(inner, environment));
  inner.end();
  return async (session, full) => {
    for (const column of columns) {
      const text = columnText({ ...column, notNull: false }, undefined);
      await session.connection.run(`ALTER TABLE ${session.unity.duckTable(full)} ADD COLUMN ${text}`);
      await session.delta.alter(session.connection, full, `ADD COLUMN ${text}`);
    }
    return 'ADD COLUMNS';
  };
}

function alterColumn(reader: Reader): Change {
  const name = quoteName(reader.readWord());
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
