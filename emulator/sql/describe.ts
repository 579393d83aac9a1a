import type { Column } from '../results/columns.ts';
import { constantRows } from '../results/rows.ts';
import { describeSparkColumn } from '../results/spark-columns.ts';
import { describeQuery } from '../results/write.ts';
import { fullNameText } from '../unity/names.ts';
import { prepareQuery } from './compile/run.ts';
import { tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader } from './reader.ts';
import {
  type Environment,
  type Plan,
  requireCatalog,
  requireSchema,
  type Session,
  schemaName,
  tableName,
} from './session.ts';

/** Plans DESCRIBE TABLE, HISTORY, DETAIL, SCHEMA, CATALOG and QUERY. */
export function planDescribe(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const plan = (run: (session: Session) => Promise<string>): Plan => ({ verb: 'DESCRIBE', run });
  if (reader.eat('HISTORY')) {
    const full = tableName(reader.readName(), environment);
    const limit = reader.eat('LIMIT') ? reader.readNumber() : Number.POSITIVE_INFINITY;
    reader.end();
    return plan((session) => describeHistory(session, full, limit));
  }
  if (reader.eat('DETAIL')) {
    const full = tableName(reader.readName(), environment);
    reader.end();
    return plan((session) => describeDetail(session, full));
  }
  if (reader.eat('CATALOG')) {
    reader.eat('EXTENDED');
    const name = reader.readWord().toLowerCase();
    reader.end();
    return plan(async (session) => {
      requireCatalog(name, session);
      const meta = session.unity.catalogs.get(name);
      return pairs('info_name', 'info_value', [
        ['Catalog Name', name],
        ['Comment', meta?.comment ?? ''],
        ['Owner', meta?.owner ?? ''],
        ['Catalog Type', 'Regular'],
      ]);
    });
  }
  if (reader.eat('SCHEMA') || reader.eat('DATABASE')) {
    reader.eat('EXTENDED');
    const { catalog, schema } = schemaName(reader.readName(), environment);
    reader.end();
    return plan(async (session) => {
      await requireSchema(catalog, schema, session);
      const meta = session.unity.schemas.get(`${catalog}.${schema}`);
      return pairs('database_description_item', 'database_description_value', [
        ['Catalog Name', catalog],
        ['Namespace Name', schema],
        ['Comment', meta?.comment ?? ''],
        ['Owner', meta?.owner ?? ''],
      ]);
    });
  }
  if (reader.eat('QUERY') || reader.at('SELECT') || reader.at('WITH') || reader.at('VALUES')) {
    const query = prepareQuery(reader.rest(), environment);
    return plan(async (session) =>
      columnsOf(
        {
          columns: (await query(session)).columns.map(({ name, type }, index) =>
            describeSparkColumn(name, index, type),
          ),
        },
        [],
      ),
    );
  }
  reader.eat('TABLE');
  const extended = reader.eat('EXTENDED') || reader.eat('FORMATTED');
  const full = tableName(reader.readName(), environment);
  reader.end();
  return plan(async (session) => {
    const kind = await session.unity.kindOf(full);
    if (kind === undefined) throw tableNotFound(fullNameText(full));
    session.access.checkSql('table', fullNameText(full), 'SELECT');
    const described = await describeQuery(session.connection, `SELECT * FROM ${session.unity.duckTable(full)}`);
    const meta = session.unity.tableMeta(full, kind === 'view');
    const more: [string, string][] = extended
      ? [
          ['', ''],
          ['# Detailed Table Information', ''],
          ['Catalog', full.catalog],
          ['Database', full.schema],
          ['Table', full.name],
          ['Owner', meta.owner],
          ['Type', meta.table_type],
          ['Provider', (meta.data_source_format ?? '').toLowerCase()],
          ['Comment', meta.comment ?? ''],
          ['Created Time', new Date(meta.created_at).toISOString()],
          ...(meta.storage_location === undefined ? [] : [['Location', meta.storage_location] as [string, string]]),
        ]
      : [];
    return columnsOf(described, more, await commentsOf(session, full));
  });
}

async function describeHistory(session: Session, full: ReturnType<typeof tableName>, limit: number): Promise<string> {
  if ((await session.unity.kindOf(full)) === undefined) throw tableNotFound(fullNameText(full));
  const commits = [...session.delta.history(full)].reverse().slice(0, limit);
  const columns = [
    { name: 'version', type: 'BIGINT' },
    { name: 'timestamp', type: 'TIMESTAMP' },
    { name: 'userId', type: 'VARCHAR' },
    { name: 'userName', type: 'VARCHAR' },
    { name: 'operation', type: 'VARCHAR' },
    { name: 'operationParameters', type: 'MAP(VARCHAR, VARCHAR)' },
    { name: 'readVersion', type: 'BIGINT' },
    { name: 'isolationLevel', type: 'VARCHAR' },
    { name: 'isBlindAppend', type: 'BOOLEAN' },
    { name: 'operationMetrics', type: 'MAP(VARCHAR, VARCHAR)' },
  ];
  const map = (values: Record<string, string>) =>
    `{${Object.entries(values)
      .map(([name, value]) => `${name}='${value.replaceAll("'", "\\'")}'`)
      .join(', ')}}`;
  const rows = commits.map((commit) => [
    commit.version,
    new Date(commit.timestamp).toISOString().replace('T', ' ').slice(0, -1),
    null,
    commit.userName,
    commit.operation,
    map(commit.parameters),
    commit.version === 0 ? null : commit.version - 1,
    'WriteSerializable',
    commit.operation === 'WRITE',
    map(commit.metrics),
  ]);
  return constantRows(columns, rows);
}

async function describeDetail(session: Session, full: ReturnType<typeof tableName>): Promise<string> {
  const kind = await session.unity.kindOf(full);
  if (kind === undefined) throw tableNotFound(fullNameText(full));
  const meta = session.unity.tableMeta(full, kind === 'view');
  return constantRows(
    [
      { name: 'format', type: 'VARCHAR' },
      { name: 'id', type: 'VARCHAR' },
      { name: 'name', type: 'VARCHAR' },
      { name: 'description', type: 'VARCHAR' },
      { name: 'location', type: 'VARCHAR' },
      { name: 'createdAt', type: 'TIMESTAMP' },
      { name: 'lastModified', type: 'TIMESTAMP' },
    ],
    [
      [
        (meta.data_source_format ?? '').toLowerCase(),
        meta.table_id,
        fullNameText(full),
        meta.comment ?? null,
        meta.storage_location ?? null,
        new Date(meta.created_at).toISOString().slice(0, -1),
        new Date(session.delta.history(full).at(-1)?.timestamp ?? meta.updated_at).toISOString().slice(0, -1),
      ],
    ],
  );
}

async function commentsOf(session: Session, full: ReturnType<typeof tableName>): Promise<Map<string, string>> {
  const duck = session.unity.duckNames().get(full.catalog) ?? '';
  const reader = await session.connection.runAndReadAll(
    `SELECT column_name, comment FROM duckdb_columns() WHERE database_name = '${duck}' AND schema_name = '${full.schema.replaceAll("'", "''")}' AND lower(table_name) = '${full.name.replaceAll("'", "''")}' AND comment IS NOT NULL`,
  );
  return new Map(reader.getRowsJson().map(([name, comment]) => [String(name), String(comment)]));
}

function columnsOf(
  described: { columns: Column[] },
  more: [string, string][],
  comments = new Map<string, string>(),
): string {
  const rows = described.columns.map((column) => [
    column.name,
    column.type_text.toLowerCase(),
    comments.get(column.name) ?? null,
  ]);
  return constantRows(
    [
      { name: 'col_name', type: 'VARCHAR' },
      { name: 'data_type', type: 'VARCHAR' },
      { name: 'comment', type: 'VARCHAR' },
    ],
    [...rows, ...more.map(([name, value]) => [name, value, ''])],
  );
}

function pairs(first: string, second: string, rows: [string, string][]): string {
  return constantRows(
    [
      { name: first, type: 'VARCHAR' },
      { name: second, type: 'VARCHAR' },
    ],
    rows,
  );
}
