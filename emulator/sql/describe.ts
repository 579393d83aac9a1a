import type { Column } from '../results/columns.ts';
import { constantRows } from '../results/rows.ts';
import { describeSparkColumn } from '../results/spark-columns.ts';
import { fullNameText } from '../unity/names.ts';
import { prepareQuery } from './compile/run.ts';
import { SqlError } from './error.ts';
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
import { describeFunction } from './show-functions.ts';
import { type TableColumn, tableColumns } from './table-columns.ts';
import { factsOf } from './table-facts.ts';
import { historyRows } from './table-history.ts';

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
  if (reader.eat('FUNCTION')) return describeFunction(reader, environment);
  reader.eat('TABLE');
  const extended = reader.eat('EXTENDED') || reader.eat('FORMATTED');
  const full = tableName(reader.readName(), environment);
  const column = reader.done ? undefined : reader.readName().at(-1);
  reader.end();
  return plan(async (session) => {
    const kind = await session.unity.kindOf(full);
    if (kind === undefined) throw tableNotFound(fullNameText(full));
    session.access.checkSql('table', fullNameText(full), 'SELECT');
    const columns = await tableColumns(session, full);
    if (column !== undefined) return describeColumn(columns, column);
    const partitions = factsOf(session.unity, full).partition_columns ?? [];
    const meta = session.unity.tableMeta(full, kind === 'view');
    const more: [string, string][] = extended
      ? [
          ['', ''],
          ['# Detailed Table Information', ''],
          ['Catalog', full.catalog],
          ['Database', full.schema],
          ['Table', full.name],
          ['Created Time', new Date(meta.created_at).toUTCString().replace('GMT', 'UTC')],
          ['Last Access', 'UNKNOWN'],
          ['Created By', 'Spark'],
          ['Type', meta.table_type],
          ...(meta.comment === undefined ? [] : [['Comment', meta.comment] as [string, string]]),
          ...(meta.storage_location === undefined ? [] : [['Location', meta.storage_location] as [string, string]]),
          ...(kind === 'view'
            ? ([
                ['View Text', meta.view_definition ?? ''],
                ['View Catalog and Namespace', `${full.catalog}.${full.schema}`],
              ] as [string, string][])
            : ([['Provider', (meta.data_source_format ?? '').toLowerCase()]] as [string, string][])),
          ['Owner', meta.owner],
          ...(kind === 'view'
            ? []
            : ([['Is_managed_location', String(meta.table_type === 'MANAGED')]] as [string, string][])),
          [
            'Table Properties',
            `[${Object.entries({ ...meta.properties, 'delta.minReaderVersion': '1', 'delta.minWriterVersion': '2' })
              .map(([key, value]) => `${key}=${value}`)
              .sort()
              .join(',')}]`,
          ],
        ]
      : [];
    return describedRows(columns, partitions, more);
  });
}

function describedRows(columns: TableColumn[], partitions: string[], more: [string, string][]): string {
  const rows = columns.map((column) => [column.name, column.text, column.comment ?? null]);
  const parts = partitions.map(
    (name) => rows.find(([own]) => own?.toLowerCase() === name.toLowerCase()) ?? [name, '', null],
  );
  const head = [
    ['# Partition Information', '', ''],
    ['# col_name', 'data_type', 'comment'],
  ];
  return constantRows(
    ['col_name', 'data_type', 'comment'].map((name) => ({ name, type: 'VARCHAR' })),
    [...rows, ...(parts.length === 0 ? [] : [...head, ...parts]), ...more.map(([name, value]) => [name, value, ''])],
  );
}

// DESCRIBE t c
function describeColumn(columns: TableColumn[], name: string): string {
  const column = columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (column === undefined)
    throw new SqlError(
      'UNRESOLVED_COLUMN.WITH_SUGGESTION',
      '42703',
      `A column, variable, or function parameter with name \`${name}\` cannot be resolved. Did you mean one of the following? [${columns.map((one) => `\`${one.name}\``).join(', ')}].`,
    );
  return pairs('info_name', 'info_value', [
    ['col_name', column.name],
    ['data_type', column.text],
    ['comment', column.comment ?? 'NULL'],
  ]);
}

async function describeHistory(session: Session, full: ReturnType<typeof tableName>, limit: number): Promise<string> {
  if ((await session.unity.kindOf(full)) === undefined) throw tableNotFound(fullNameText(full));
  return historyRows(session, full, limit);
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
