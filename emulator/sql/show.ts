import { constantRows } from '../results/rows.ts';
import { fullNameText } from '../unity/names.ts';
import { unsupported } from './error.ts';
import { tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader } from './reader.ts';
import {
  type Environment,
  type Plan,
  requireCatalog,
  requireSchema,
  type Session,
  schemaName,
  tableName,
} from './session.ts';

/** Plans SHOW CATALOGS, SCHEMAS, TABLES, VIEWS, VOLUMES, COLUMNS, TBLPROPERTIES, CREATE TABLE and GRANTS. */
export function planShow(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const plan = (run: (session: Session) => Promise<string>): Plan => ({ verb: 'SHOW', run });
  if (reader.eat('CATALOGS')) {
    const like = readPattern(reader);
    return plan(async (session) => list('catalog', session.unity.catalogs.keys().sort(), like));
  }
  if (reader.eat('SCHEMAS') || reader.eat('DATABASES')) {
    const catalog = reader.eat('IN') || reader.eat('FROM') ? reader.readWord().toLowerCase() : environment.catalog;
    const like = readPattern(reader);
    return plan(async (session) => {
      requireCatalog(catalog, session);
      return list('databaseName', await session.unity.schemaNames(catalog), like);
    });
  }
  if (reader.eat('TABLES')) return plan(showTables(reader, environment, 'tableName', () => true));
  if (reader.eat('VIEWS')) return plan(showTables(reader, environment, 'viewName', (view) => view));
  if (reader.eat('VOLUMES')) {
    const at = readIn(reader, environment);
    const like = readPattern(reader);
    return plan(async (session) => {
      await requireSchema(at.catalog, at.schema, session);
      const prefix = `${at.catalog}.${at.schema}.`;
      const names = session.unity.volumes
        .keys()
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
      return constantRows(
        texts('database', 'volume_name'),
        matching(names.sort(), like).map((name) => [at.schema, name]),
      );
    });
  }
  if (reader.eat('COLUMNS')) {
    if (!reader.eat('IN')) reader.expect('FROM');
    const full = tableName(reader.readName(), environment);
    reader.end();
    return plan(async (session) => {
      const described = await session.connection.runAndReadAll(`DESCRIBE ${session.unity.duckTable(full)}`);
      return list(
        'col_name',
        described.getRowsJson().map((row) => String(row[0])),
        undefined,
      );
    });
  }
  if (reader.eat('TBLPROPERTIES')) {
    const full = tableName(reader.readName(), environment);
    const key = reader.peek()?.text === '(' ? reader.readBrackets()[0]?.value : undefined;
    reader.end();
    return plan(async (session) => {
      const kind = await session.unity.kindOf(full);
      if (kind === undefined) throw tableNotFound(fullNameText(full));
      const properties = session.unity.tableMeta(full, kind === 'view').properties ?? {};
      const rows = Object.entries({
        'delta.minReaderVersion': '1',
        'delta.minWriterVersion': '2',
        ...properties,
      }).filter(([name]) => key === undefined || name === key);
      return constantRows(
        texts('key', 'value'),
        rows.sort(([a], [b]) => a.localeCompare(b)),
      );
    });
  }
  if (reader.eat('GRANTS'))
    return plan(async () => constantRows(texts('Principal', 'ActionType', 'ObjectType', 'ObjectKey'), []));
  throw unsupported(`SHOW ${reader.peek()?.text ?? ''}`.trim());
}

function showTables(reader: Reader, environment: Environment, column: string, wanted: (view: boolean) => boolean) {
  const at = readIn(reader, environment);
  const like = readPattern(reader);
  return async (session: Session) => {
    await requireSchema(at.catalog, at.schema, session);
    const tables = (await session.unity.tableNames(at.catalog, at.schema)).filter((table) => wanted(table.view));
    const rows = matching(
      tables.map((table) => table.name),
      like,
    ).map((name) => [at.schema, name, false]);
    return constantRows([...texts('database', column), { name: 'isTemporary', type: 'BOOLEAN' }], rows);
  };
}

function readIn(reader: Reader, environment: Environment): { catalog: string; schema: string } {
  if (!reader.eat('IN') && !reader.eat('FROM')) return { catalog: environment.catalog, schema: environment.schema };
  return schemaName(reader.readName(), environment);
}

// SHOW … [LIKE] 'a*|b*'
function readPattern(reader: Reader): RegExp | undefined {
  const like = reader.eat('LIKE');
  const text = like || reader.peek()?.kind === 'string' ? reader.readText() : undefined;
  reader.end();
  if (text === undefined) return undefined;
  const parts = text.split('|').map((part) =>
    part
      .trim()
      .replaceAll(/[.+?^${}()[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('%', '.*'),
  );
  return new RegExp(`^(?:${parts.join('|')})$`, 'i');
}

function matching(names: string[], like: RegExp | undefined): string[] {
  return like === undefined ? names : names.filter((name) => like.test(name));
}

function list(column: string, names: string[], like: RegExp | undefined): string {
  return constantRows(
    texts(column),
    matching(names, like).map((name) => [name]),
  );
}

function texts(...names: string[]): { name: string; type: string }[] {
  return names.map((name) => ({ name, type: 'VARCHAR' }));
}
