import { quoteName } from '../database.ts';
import { describeQuery } from '../results/write.ts';
import type { FullName } from '../unity/names.ts';
import type { TableMeta } from '../unity/registry.ts';
import { commentColumns } from './column-comments.ts';
import { requireOwnNames } from './column-names.ts';
import { prepareStored } from './compile/write.ts';
import { SqlError } from './error.ts';
import { tableExists } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader, readProperties } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, requireSchema, tableName } from './session.ts';

/** Plans CREATE VIEW. */
export function planView(reader: Reader, sql: string, replace: boolean, environment: Environment): Plan {
  const ifNotExists = reader.eat('IF', 'NOT', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  const columns = reader.peek()?.text === '(' ? viewColumns(reader.readBrackets()) : undefined;
  const meta: Partial<TableMeta> = { table_type: 'VIEW' };
  for (;;) {
    if (reader.eat('COMMENT')) meta.comment = reader.readText();
    else if (reader.eat('TBLPROPERTIES')) meta.properties = readProperties(reader);
    else if (!reader.eat('WITH', 'SCHEMA', 'BINDING')) break;
  }
  reader.expect('AS');
  const start = reader.peek()?.start ?? 0;
  const later = prepareStored(reader.rest(), environment);
  return {
    verb: 'CREATE',
    async run(session) {
      await requireSchema(full.catalog, full.schema, session);
      const kind = await session.unity.kindOf(full);
      if (kind !== undefined && ifNotExists) return NO_ROWS;
      if (kind === 'table' || (kind === 'view' && !replace)) throw tableExists(full);
      const query = await later(session);
      const made = await describeQuery(session.connection, query);
      requireOwnNames((columns ?? made.columns).map(({ name }) => name));
      if (columns !== undefined) requireArity(full, columns, made.columns);
      await session.connection.run(
        `CREATE OR REPLACE VIEW ${session.unity.duckTable(full)} AS ${named(query, columns)}`,
      );
      await commentColumns(session, full, columns ?? []);
      session.unity.noteTable(full, session.userName, {
        ...meta,
        view_definition: sql.slice(start).replace(/;\s*$/, '').trim(),
      });
      return NO_ROWS;
    },
  };
}

// DuckDB's COMMENT does not find a column that the view itself names
function named(query: string, columns: { name: string }[] | undefined): string {
  if (columns === undefined) return query;
  return `SELECT * FROM (${query}) AS _s(${columns.map(({ name }) => quoteName(name)).join(', ')})`;
}

function requireArity(full: FullName, wanted: { name: string }[], given: { name: string }[]): void {
  if (given.length === wanted.length) return;
  const isMore = given.length > wanted.length;
  const list = (named: { name: string }[]) => named.map(({ name }) => `\`${name}\``).join(', ');
  throw new SqlError(
    `CREATE_VIEW_COLUMN_ARITY_MISMATCH.${isMore ? 'TOO_MANY' : 'NOT_ENOUGH'}_DATA_COLUMNS`,
    '21S01',
    `Cannot create view \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\`, the reason is ${isMore ? 'too many' : 'not enough'} data columns:\nView columns: ${list(wanted)}.\nData columns: ${list(given)}.`,
  );
}

// (a COMMENT 'x', b)
function viewColumns(tokens: Token[]): { name: string; comment?: string }[] {
  const reader = createReader(tokens);
  const found: { name: string; comment?: string }[] = [];
  do {
    const name = reader.readWord();
    found.push({ name, ...(reader.eat('COMMENT') ? { comment: reader.readText() } : {}) });
  } while (reader.eatSymbol(','));
  reader.end();
  return found;
}
