import type { FieldDef, QueryResult } from 'pg';
import type Cursor from 'pg-cursor';
import type { ActionCall, Io, RowsArtifact } from '../../actions/call.ts';
import { rowKeys } from '../../actions/columns.ts';
import { DEFAULT_INLINE, openRowSink, PREVIEW_ROWS } from '../../actions/row-sink.ts';
import { ConnectorError, inputError } from '../../connector/errors.ts';
import { stringifyAtEdge } from '../../connector/json.ts';
import { ask } from './second-connection.ts';
import type { Transaction } from './transaction.ts';
import { builtIn, readerOf, type TypeInfo, typeName, typeText } from './types.ts';

/** What a statement gave: few rows whole, of many the first. */
export interface StatementResult {
  columns: { name: string; type_name: string; type_text: string; position: number }[];
  rows: Record<string, unknown>[];
  /** Of a statement that gives no rows, how many it changed. */
  rowCount: number;
  artifact?: RowsArtifact;
}

type Row = Record<string, unknown>;
type Cells = (string | null)[];

const MEDIA_TYPE = 'application/x-ndjson';
/** As many rows at once as have about so many bytes; the first time a few, to see how large they are. */
const BATCH_BYTES = 1024 * 1024;
const FIRST_ROWS = 20;
const MAX_ROWS = 5_000;
/** Of a result that has to be in memory, which a page of a trigger is. A page that is larger is read in parts. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
/** Values come as text: what they are is read here. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** Runs a statement and takes its rows in parts, into memory while they are few and into an artifact once they are not. */
export async function runStatement(
  { client, access, database }: Transaction,
  io: Io,
  of: { statement: string; parameters: (string | null)[]; inline: ActionCall['inline'] },
): Promise<StatementResult> {
  const { default: CursorOf } = await import('pg-cursor');
  const config = { rowMode: 'array' as const, types: AS_TEXT };
  const cursor = client.query(new CursorOf(of.statement, of.parameters, config as never));
  const copy = refuseCopy(cursor);
  const isWhole = of.inline?.bytes === Number.POSITIVE_INFINITY;
  const sink = await openRowSink(io, { mediaType: MEDIA_TYPE, limit: of.inline ?? DEFAULT_INLINE });
  try {
    let kept: Row[] = [];
    let count = 0;
    let rowCount = 0;
    let reader: RowReader | undefined;
    for (let size = FIRST_ROWS; ; ) {
      const { batch, result } = await readBatch(cursor, size);
      rowCount = result?.rowCount ?? rowCount;
      reader ??= await openReader(result?.fields ?? [], (oids) => typesOf(oids, { database, access }));
      if (batch.length === 0) break;
      const rows = batch.map(reader.read);
      const bytes = Buffer.from(rows.map((row) => `${stringifyAtEdge(row)}\n`).join(''));
      count += rows.length;
      await sink.write(bytes, count);
      if (isWhole && sink.size > MAX_WHOLE_BYTES) throw tooLarge();
      kept = sink.artifact === undefined ? [...kept, ...rows] : [...kept, ...rows].slice(0, PREVIEW_ROWS);
      size = Math.max(1, Math.min(MAX_ROWS, Math.floor((BATCH_BYTES * rows.length) / bytes.length)));
    }
    copy.assertNone();
    await sink.flush();
    const { columns } = reader;
    const all = { columns, rows: kept, rowCount: columns.length === 0 ? rowCount : count };
    if (sink.artifact === undefined) return all;
    return { ...all, artifact: { id: sink.artifact, media_type: MEDIA_TYPE, size: sink.size, rows: count } };
  } finally {
    await sink.close();
    // Of a result that is not read to its end; the transaction ends it in any case.
    await cursor.close().catch(() => {});
  }
}

interface RowReader {
  columns: StatementResult['columns'];
  read(cells: Cells): Row;
}

async function openReader(
  fields: readonly FieldDef[],
  lookUp: (oids: number[]) => Promise<ReadonlyMap<number, TypeInfo>>,
): Promise<RowReader> {
  const { default: pg } = await import('pg');
  const unknown = [...new Set(fields.map(({ dataTypeID }) => dataTypeID))].filter((oid) => builtIn(oid) === undefined);
  const found = unknown.length === 0 ? undefined : await lookUp(unknown);
  // Its type says that it is a function.
  const { create } = pg.types.arrayParser as unknown as { create(text: string, read: unknown): { parse(): unknown } };
  const parseArray = (text: string, read: (text: string) => unknown) => create(text, read).parse();
  const types = fields.map(({ dataTypeID: oid }) => builtIn(oid) ?? found?.get(oid) ?? { name: `type ${oid}` });
  const readers = types.map((type) => readerOf(type, parseArray));
  const columns = fields.map(({ name, dataTypeModifier }, position) => ({
    name,
    type_name: typeName(types[position]!, dataTypeModifier),
    type_text: typeText(types[position]!, dataTypeModifier),
    position,
  }));
  const keys = rowKeys(columns);
  return {
    columns,
    read: (cells) => Object.fromEntries(cells.map((cell, i) => [keys[i]!, cell === null ? null : readers[i]!(cell)])),
  };
}

/** Names of types that the database defines itself; asked once by a process. */
async function typesOf(
  oids: readonly number[],
  { database, access }: Pick<Transaction, 'database' | 'access'>,
): Promise<ReadonlyMap<number, TypeInfo>> {
  const { types } = database;
  const missing = oids.filter((oid) => !types.has(oid));
  if (missing.length === 0) return types;
  await ask(access, async (client) => {
    const { rows } = await client.query<{ oid: number; name: string; item: number | null; item_name: string | null }>(
      `SELECT t.oid, format_type(t.oid, NULL) AS name, i.oid AS item, format_type(i.oid, NULL) AS item_name
       FROM pg_type t LEFT JOIN pg_type i ON i.oid = t.typelem AND t.typcategory = 'A'
       WHERE t.oid = ANY($1::oid[])`,
      [missing],
    );
    for (const { oid, name, item, item_name } of rows)
      types.set(oid, item === null ? { name } : { name, of: builtIn(item) ?? { name: String(item_name) } });
  });
  return types;
}

/** COPY from or to the client is another protocol, which the cursor does not know: its messages would end the process. */
function refuseCopy(cursor: Cursor): { assertNone(): void } {
  let isCopy = false;
  const refuse = {
    handleCopyInResponse: (connection: { sendCopyFail(reason: string): void }) =>
      connection.sendCopyFail('unsupported'),
    handleCopyData() {
      isCopy = true;
    },
  };
  Object.assign(cursor, refuse);
  return {
    assertNone() {
      if (isCopy) throw inputError('/statement', 'is COPY TO STDOUT, which is not supported; use SELECT');
    },
  };
}

/** The next rows, and what the cursor was told of the result, which it gives with a callback only; none once it was read to its end. */
function readBatch(cursor: Cursor<Cells>, size: number): Promise<{ batch: Cells[]; result: QueryResult | undefined }> {
  return new Promise((resolve, reject) => {
    cursor.read(size, (error, batch, result: QueryResult | undefined) => {
      if (error) reject(error);
      else resolve({ batch, result });
    });
  });
}

function tooLarge(): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_TOO_LARGE', `the result is larger than ${MAX_WHOLE_BYTES} bytes`, {
    hint: 'Select fewer columns or rows.',
    sent: 'answered',
  });
}
