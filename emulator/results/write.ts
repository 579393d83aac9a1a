import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult, DuckDBType } from '@duckdb/node-api';
import type { ResultQuery } from '../sql/session.ts';
import { arrowRows, createArrowBatches } from './arrow.ts';
import { type Column, describeColumn } from './columns.ts';
import { type Cell, csvHeader, csvRows, jsonRows, textCells } from './rows.ts';
import { describeSparkColumn, isPlainSpark, sparkText } from './spark-columns.ts';
import type { Chunk, ChunkWriter, Spool } from './spool.ts';

/** How a result is to be written. */
export interface ResultRequest {
  id: string;
  format: 'JSON_ARRAY' | 'CSV' | 'ARROW_STREAM';
  rowLimit?: number | undefined;
  byteLimit?: number | undefined;
  chunkBytes: number;
  /** A result that grows beyond fails. */
  maxBytes?: number;
}

/** A result is larger than its request allows. */
export class TooLarge extends Error {}

/** A finished result; without rows it has no chunks. */
export interface Result {
  columns: Column[];
  chunks: Chunk[];
  rowCount: number;
  byteCount: number;
  truncated: boolean;
}

/** Arrow batches have this many rows at most: larger ones would hold up other requests while they are built. */
const BATCH_ROWS = 16_384;

/**
 * Runs a query and writes its rows into the spool, chunk by chunk; only a piece of one chunk is in memory at a time.
 * An empty query gives the empty result.
 * @throws whatever DuckDB throws, also while rows are read.
 */
export async function writeResult(
  connection: DuckDBConnection,
  query: string | ResultQuery,
  request: ResultRequest,
  spool: Spool,
): Promise<Result> {
  if (query === '') return { columns: [], chunks: [], rowCount: 0, byteCount: 0, truncated: false };
  return inTransaction(connection, () => write(connection, query, request, spool));
}

/**
 * DuckDB plans with the least and the greatest value that a column has, and packs values by them. Rows that another connection
 * commits between plan and run do not fit and come out as other values, so both see the same state.
 */
async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {
      // An interrupted connection is never used again.
    });
    throw error;
  }
}

async function write(
  connection: DuckDBConnection,
  given: string | ResultQuery,
  request: ResultRequest,
  spool: Spool,
): Promise<Result> {
  const query = typeof given === 'string' ? given : given.sql;
  const known = typeof given === 'string' ? undefined : given.columns;
  const described =
    known === undefined || request.format === 'ARROW_STREAM' ? await describeQuery(connection, query) : undefined;
  const columns =
    known?.map(({ name, type }, index) => describeSparkColumn(name, index, type)) ?? described?.columns ?? [];
  const types = described?.types ?? [];
  const cells = known?.map(({ type }, index) => ({ text: sparkText(`c${index}`, type), plain: isPlainSpark(type) }));
  // one row more than the limit tells whether the limit cut anything
  const limited = request.rowLimit === undefined ? query : `SELECT * FROM (${query}\n) LIMIT ${request.rowLimit + 1}`;
  const sink = createSink(
    request,
    spool,
    request.format === 'CSV' ? csvHeader(columns.map((column) => column.name)) : '',
  );
  try {
    if (request.format === 'ARROW_STREAM') await writeArrow(connection, limited, { columns, types }, sink, request);
    else await writeText(connection, limited, cells ?? textCells(types), sink, request);
    return { columns, ...(await sink.finish()) };
  } catch (error) {
    await spool.remove((await sink.finish()).chunks);
    throw error;
  }
}

/** The columns that a query would give. */
export async function describeQuery(
  connection: DuckDBConnection,
  query: string,
): Promise<{ columns: Column[]; types: DuckDBType[] }> {
  const prepared = await connection.prepare(query);
  try {
    const types = Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnType(index));
    return { types, columns: types.map((type, index) => describeColumn(prepared.columnName(index), index, type)) };
  } finally {
    prepared.destroySync();
  }
}

// connection.stream() would look for several statements first: two more turns of the event loop for each statement
async function openStream(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  const prepared = await connection.prepare(sql);
  try {
    return await prepared.stream();
  } finally {
    prepared.destroySync();
  }
}

/** Takes rows and cuts them into chunks. */
interface Sink {
  /** Rows and bytes taken so far, over all chunks. */
  readonly rows: number;
  readonly bytes: number;
  /** Bytes in the chunk that is open. */
  readonly chunkBytes: number;
  readonly chunkRows: number;
  add(data: string | Uint8Array, rows: number): Promise<void>;
  /** Ends the open chunk. */
  cut(tail?: Uint8Array): Promise<void>;
  truncate(): void;
  finish(): Promise<Omit<Result, 'columns'>>;
}

function createSink(request: ResultRequest, spool: Spool, header: string): Sink {
  const chunks: Chunk[] = [];
  let writer: ChunkWriter | undefined;
  let rows = 0;
  let chunkRows = 0;
  let bytes = 0;
  let truncated = false;
  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    get chunkBytes() {
      return writer?.byteCount ?? 0;
    },
    get chunkRows() {
      return chunkRows;
    },
    async add(data, count) {
      if (writer === undefined) {
        writer = spool.openChunk(request.id, chunks.length);
        if (chunks.length === 0 && header !== '') await writer.write(header);
      }
      await writer.write(data);
      bytes += data.length;
      if (request.maxBytes !== undefined && bytes > request.maxBytes)
        throw new TooLarge(`The result is larger than ${request.maxBytes} bytes.`);
      rows += count;
      chunkRows += count;
    },
    async cut(tail) {
      if (writer === undefined) return;
      if (tail !== undefined) await writer.write(tail);
      chunks.push(await writer.finish({ offset: rows - chunkRows, count: chunkRows }));
      writer = undefined;
      chunkRows = 0;
    },
    truncate() {
      truncated = true;
    },
    async finish() {
      await this.cut();
      return { chunks, rowCount: rows, byteCount: chunks.reduce((sum, chunk) => sum + chunk.byteCount, 0), truncated };
    },
  };
}

// JSON rows are kept with commas between them and without outer brackets, so that an answer can take them in as they are
async function writeText(
  connection: DuckDBConnection,
  query: string,
  cells: Cell[],
  sink: Sink,
  request: ResultRequest,
): Promise<void> {
  const json = request.format === 'JSON_ARRAY';
  const stream = await openStream(connection, json ? jsonRows(query, cells) : csvRows(query, cells));
  for (let block = await stream.fetchChunk(); block !== null && block.rowCount > 0; block = await stream.fetchChunk()) {
    let rows = block.getColumnValues(0) as string[];
    while (rows.length > 0) {
      const room = roomFor(rows, sink, request);
      if (room.count > 0) {
        const text = rows.slice(0, room.count).join(json ? ',' : '');
        await sink.add(json && sink.chunkRows > 0 ? `,${text}` : text, room.count);
      }
      rows = rows.slice(room.count);
      if (room.limit) {
        sink.truncate();
        return;
      }
      if (rows.length > 0) await sink.cut();
    }
  }
}

/** How many of these rows still fit into the chunk, and whether the one after them meets a limit of the request. */
function roomFor(rows: string[], sink: Sink, request: ResultRequest): { count: number; limit: boolean } {
  let inChunk = sink.chunkBytes;
  let inAll = sink.bytes;
  for (const [index, row] of rows.entries()) {
    if (request.rowLimit !== undefined && sink.rows + index >= request.rowLimit) return { count: index, limit: true };
    inAll += row.length;
    if (request.byteLimit !== undefined && inAll > request.byteLimit) return { count: index, limit: true };
    // a chunk holds one row at least
    if (inChunk + row.length > request.chunkBytes && sink.chunkRows + index > 0) return { count: index, limit: false };
    inChunk += row.length + 1;
  }
  return { count: rows.length, limit: false };
}

async function writeArrow(
  connection: DuckDBConnection,
  query: string,
  result: { columns: Column[]; types: DuckDBType[] },
  sink: Sink,
  request: ResultRequest,
): Promise<void> {
  const normal = arrowRows(query, result.types);
  const { types } = await describeQuery(connection, normal);
  const batches = createArrowBatches(
    result.columns.map((column) => column.name),
    types,
  );
  const stream = await openStream(connection, normal);
  let gathered: DuckDBDataChunk[] = [];
  let count = 0;
  const flush = async () => {
    if (count === 0) return;
    const bytes = batches.batch(gathered);
    if (sink.chunkRows > 0 && sink.chunkBytes + bytes.length > request.chunkBytes) await sink.cut(batches.end);
    if (sink.chunkRows === 0) await sink.add(batches.header, 0);
    await sink.add(bytes, count);
    gathered = [];
    count = 0;
  };
  for (let block = await stream.fetchChunk(); block !== null && block.rowCount > 0; block = await stream.fetchChunk()) {
    const left = (request.rowLimit ?? Number.MAX_SAFE_INTEGER) - sink.rows - count;
    if (block.rowCount > left || (request.byteLimit !== undefined && sink.bytes > request.byteLimit)) {
      sink.truncate();
      if (left > 0 && block.rowCount > left) {
        block.rowCount = left;
        gathered.push(block);
        count += left;
      }
      break;
    }
    gathered.push(block);
    count += block.rowCount;
    if (count >= batchRows(request)) await flush();
  }
  await flush();
  await sink.cut(batches.end);
}

// small chunks, as tests order them, need small batches
function batchRows(request: ResultRequest): number {
  return Math.min(BATCH_ROWS, Math.max(1, Math.floor(request.chunkBytes / 64)));
}
