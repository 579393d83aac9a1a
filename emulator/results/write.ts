import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { type Column, describeColumn } from './columns.ts';
import { csvHeader, csvRows, jsonRows } from './rows.ts';
import type { Chunk, ChunkWriter, Spool } from './spool.ts';

/** How a result is to be written. */
export interface ResultRequest {
  id: string;
  format: 'JSON_ARRAY' | 'CSV' | 'ARROW_STREAM';
  rowLimit?: number;
  byteLimit?: number;
  chunkBytes: number;
}

/** A finished result. */
export interface Result {
  columns: Column[];
  chunks: Chunk[];
  rowCount: number;
  byteCount: number;
  truncated: boolean;
}

/**
 * Runs a query and writes its rows into the spool, chunk by chunk; only one chunk's piece is in memory at a time.
 * @throws whatever DuckDB throws, also while rows are read.
 */
export async function writeResult(
  connection: DuckDBConnection,
  query: string,
  request: ResultRequest,
  spool: Spool,
): Promise<Result> {
  const { columns, types } = await describeQuery(connection, query);
  // one row more than the limit tells whether the limit cut anything
  const limited = request.rowLimit === undefined ? query : `SELECT * FROM (${query}\n) LIMIT ${request.rowLimit + 1}`;
  const stream = await connection.stream(request.format === 'CSV' ? csvRows(limited, types) : jsonRows(limited, types));
  const chunks: Chunk[] = [];
  let writer = spool.openChunk(request.id, 0);
  let inChunk = 0;
  let rowCount = 0;
  let byteCount = 0;
  let truncated = false;
  if (request.format === 'CSV') writer.write(csvHeader(columns.map((column) => column.name)));

  const finish = async () => {
    chunks.push(await writer.finish({ offset: rowCount - inChunk, count: inChunk }));
    byteCount += writer.byteCount;
    inChunk = 0;
  };

  for (
    let block = await stream.fetchChunk();
    block !== null && block.rowCount > 0 && !truncated;
    block = await stream.fetchChunk()
  ) {
    for (const row of block.getColumnValues(0) as string[]) {
      if (isCut(rowCount, byteCount + writer.byteCount + row.length, request)) {
        truncated = true;
        break;
      }
      if (inChunk > 0 && writer.byteCount + row.length > request.chunkBytes) {
        await finish();
        writer = spool.openChunk(request.id, chunks.length);
      }
      writeRow(writer, row, request.format, inChunk);
      inChunk += 1;
      rowCount += 1;
    }
    await writer.drain();
  }
  if (rowCount === 0 || inChunk > 0) await finish();
  return { columns, chunks, rowCount, byteCount, truncated };
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

function isCut(rows: number, bytes: number, request: ResultRequest): boolean {
  return (
    (request.rowLimit !== undefined && rows >= request.rowLimit) ||
    (request.byteLimit !== undefined && bytes > request.byteLimit)
  );
}

// JSON rows are kept with commas between them and without the outer brackets, so that an answer can take them in as they are
function writeRow(writer: ChunkWriter, row: string, format: ResultRequest['format'], inChunk: number): void {
  writer.write(format === 'JSON_ARRAY' && inChunk > 0 ? `,${row}` : row);
}
