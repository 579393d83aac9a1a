import { quoteName } from '../database.ts';
import { constantRows } from '../results/rows.ts';
import { type FullName, fullNameText } from '../unity/names.ts';
import { SqlError, unsupported } from './error.ts';
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
import { createText } from './show-create.ts';
import { showFunctions } from './show-functions.ts';
import { tableColumns } from './table-columns.ts';
import { factsOf } from './table-facts.ts';

/** Plans SHOW CATALOGS, SCHEMAS, TABLES, VIEWS, VOLUMES, COLUMNS, TBLPROPERTIES and CREATE TABLE. */
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
      if ((await session.unity.kindOf(full)) === undefined) throw tableNotFound(fullNameText(full));
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
  for (const kind of ['USER', 'SYSTEM', 'ALL'] as const)
    if (reader.eat(kind, 'FUNCTIONS'))
      return plan(showFunctions(kind, readIn(reader, environment), readPattern(reader)));
  if (reader.eat('FUNCTIONS')) return plan(showFunctions('ALL', readIn(reader, environment), readPattern(reader)));
  if (reader.eat('CREATE', 'TABLE')) {
    const full = tableName(reader.readName(), environment);
    reader.eat('AS', 'SERDE');
    reader.end();
    return plan(async (session) => constantRows(texts('createtab_stmt'), [[await createText(session, full)]]));
  }
  if (reader.eat('PARTITIONS')) {
    const full = tableName(reader.readName(), environment);
    if (!reader.done) throw unsupported('SHOW PARTITIONS of some partitions');
    return plan((session) => showPartitions(session, full));
  }
  if (reader.eat('TABLE', 'EXTENDED')) {
    const at = readIn(reader, environment);
    reader.expect('LIKE');
    const pattern = patternOf(reader.readText());
    reader.end();
    return plan((session) => showExtended(session, at, pattern));
  }
  throw unsupported(`SHOW ${reader.peek()?.text ?? ''}`.trim());
}

async function showPartitions(session: Session, full: FullName): Promise<string> {
  if ((await session.unity.kindOf(full)) === undefined) throw tableNotFound(fullNameText(full));
  const names = factsOf(session.unity, full).partition_columns ?? [];
  if (names.length === 0)
    throw new SqlError(
      'INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY',
      '42601',
      `The partition command is invalid. Table \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` is not partitioned.`,
    );
  const list_ = names.map(quoteName).join(', ');
  return `SELECT DISTINCT ${list_} FROM ${session.unity.duckTable(full)} ORDER BY ${list_}`;
}

async function showExtended(session: Session, at: { catalog: string; schema: string }, like: RegExp): Promise<string> {
  await requireSchema(at.catalog, at.schema, session);
  const rows: (string | boolean)[][] = [];
  for (const table of await session.unity.tableNames(at.catalog, at.schema)) {
    if (!like.test(table.name)) continue;
    const meta = session.unity.tableMeta(table, table.view);
    const columns = await tableColumns(session, table);
    const lines = [
      `Catalog: ${table.catalog}`,
      `Database: ${table.schema}`,
      `Table: ${table.name}`,
      `Owner: ${meta.owner}`,
      `Created Time: ${new Date(meta.created_at).toUTCString()}`,
      `Type: ${meta.table_type}`,
      ...(meta.comment === undefined ? [] : [`Comment: ${meta.comment}`]),
      ...(table.view
        ? [`View Text: ${meta.view_definition ?? ''}`]
        : [`Provider: ${(meta.data_source_format ?? '').toLowerCase()}`, `Location: ${meta.storage_location ?? ''}`]),
      'Schema: root',
      ...columns.map((column) => ` |-- ${column.name}: ${column.text} (nullable = ${column.nullable})`),
    ];
    rows.push([at.schema, table.name, false, `${lines.join('\n')}\n`]);
  }
  return constantRows(
    [...texts('database', 'tableName'), { name: 'isTemporary', type: 'BOOLEAN' }, ...texts('information')],
    rows,
  );
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
    return constantRows(
      [...texts(column === 'viewName' ? 'namespace' : 'database', column), { name: 'isTemporary', type: 'BOOLEAN' }],
      rows,
    );
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
  return patternOf(text);
}

function patternOf(text: string): RegExp {
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
