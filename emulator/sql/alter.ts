import { quoteName, quoteText } from '../database.ts';
import type { FullName } from '../unity/names.ts';
import type { Change } from './alter-checks.ts';
import { alterColumn } from './alter-column.ts';
import { addColumns, dropColumns, renameColumn } from './alter-columns.ts';
import { patchTable, readMetaChange } from './alter-meta.ts';
import { addConstraint, dropConstraint, readTableConstraint } from './constraints.ts';
import { unsupported } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, schemaName, tableName } from './session.ts';
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

function readChange(reader: Reader, environment: Environment): Change {
  if (reader.eat('RENAME', 'TO')) return rename(tableName(reader.readName(), environment));
  if (reader.eat('ADD', 'COLUMNS') || reader.eat('ADD', 'COLUMN')) return addColumns(reader, environment);
  if (reader.eat('RENAME', 'COLUMN')) return renameColumn(reader);
  if (reader.eat('DROP', 'COLUMNS') || reader.eat('DROP', 'COLUMN')) return dropColumns(reader);
  if (reader.eat('ALTER', 'COLUMN') || reader.eat('CHANGE', 'COLUMN')) return alterColumn(reader, environment);
  const meta = readMetaChange(reader);
  if (meta !== undefined) return meta;
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

function patch<T extends object>(
  collection: { get(id: string): T | undefined; put(id: string, value: T): T },
  key: string,
  fields: Partial<T>,
): void {
  const meta = collection.get(key);
  if (meta !== undefined) collection.put(key, { ...meta, ...fields });
}
