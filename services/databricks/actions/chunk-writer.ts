import type { Io } from '../../../actions/call.ts';
import { type Column, typedRows } from '../../../actions/columns.ts';
import type { RowSink } from '../../../actions/row-sink.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { stringifyAtEdge } from '../../../connector/json.ts';
import { createArrowJoiner } from './arrow.ts';
import { type Chunk, openLink } from './chunks.ts';
import { createNdjsonWriter } from './ndjson.ts';

export type Format = 'JSON_ARRAY' | 'CSV' | 'ARROW_STREAM';

/** What the chunks of one result have in common. */
export interface ResultShape {
  statementId: string;
  columns: Column[];
  format: Format;
}

/** Written at once: fewer, larger writes; bounds what is in memory. */
const WRITE_BYTES = 1024 * 1024;
/** A chunk that breaks off is fetched again at once; then the retry rule takes over. */
const TRIES_PER_CHUNK = 3;

/** Writes one chunk whole and says how many rows it had; what a broken one left behind is dropped before it is fetched again. */
export async function writeChunk(
  io: Io,
  job: ResultShape,
  at: { chunk: Chunk; sink: RowSink; before: number },
): Promise<number> {
  const { sink, chunk } = at;
  const begin = sink.size;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const rows =
        chunk.rows === undefined ? await writeLink(io, job, at) : await writeRows(job.columns, at, chunk.rows);
      if (job.format === 'JSON_ARRAY') assertCount(rows, chunk.rowCount, `chunk ${chunk.index}`);
      return rows;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (attempt === TRIES_PER_CHUNK) throw lastWord(error);
      await sink.rewind(begin);
    }
  }
}

async function writeRows(
  columns: Column[],
  at: { sink: RowSink; before: number },
  cells: unknown[][],
): Promise<number> {
  if (cells.length === 0) return 0;
  const text = typedRows(columns, cells).map((row) => `${stringifyAtEdge(row)}\n`);
  await at.sink.write(Buffer.from(text.join('')), at.before + cells.length);
  return cells.length;
}

async function writeLink(
  io: Io,
  job: ResultShape,
  at: { chunk: Chunk; sink: RowSink; before: number },
): Promise<number> {
  const body = await openLink(io, job.statementId, at.chunk as Chunk & { link: NonNullable<Chunk['link']> });
  try {
    return job.format === 'JSON_ARRAY'
      ? await writeNdjson(body, job.columns, at)
      : await passThrough(body, job.format, at);
  } finally {
    body.destroy();
  }
}

async function writeNdjson(
  body: AsyncIterable<Uint8Array>,
  columns: Column[],
  { sink, chunk, before }: { sink: RowSink; chunk: Chunk; before: number },
): Promise<number> {
  const writer = createNdjsonWriter(columns);
  const most = chunk.rowCount ?? Number.POSITIVE_INFINITY;
  for await (const piece of body) {
    writer.push(piece);
    // At once: a chunk that has more may never end.
    if (writer.rows > most) assertCount(writer.rows, most, `chunk ${chunk.index}`);
    if (writer.size >= WRITE_BYTES) await sink.write(writer.take(), before + writer.rows);
  }
  writer.endChunk();
  await sink.write(writer.take(), before + writer.rows);
  return writer.rows;
}

async function passThrough(
  body: AsyncIterable<Uint8Array>,
  format: Format,
  { sink, chunk, before }: { sink: RowSink; chunk: Chunk; before: number },
): Promise<number> {
  const joiner = format === 'ARROW_STREAM' ? createArrowJoiner(chunk.index) : undefined;
  const rows = before + (chunk.rowCount ?? 0);
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    const wanted = joiner === undefined ? piece : joiner.push(piece);
    pieces.push(wanted);
    size += wanted.length;
    if (size < WRITE_BYTES) continue;
    await sink.write(Buffer.concat(pieces), rows);
    pieces = [];
    size = 0;
  }
  if (joiner !== undefined) pieces.push(joiner.endChunk());
  await sink.write(Buffer.concat(pieces), rows);
  return chunk.rowCount ?? 0;
}

/** A result that lost rows without an error is the worst of all; Databricks says how many there are. */
function assertCount(rows: number, expected: unknown, what: string): void {
  if (expected === undefined || expected === null || BigInt(rows) === BigInt(expected as number | string | bigint))
    return;
  throw new ConnectorError(
    'ERR_RESPONSE_INVALID',
    `${what} has ${rows} rows, but the service announced ${String(expected)}`,
    {
      kind: 'temporary',
      sent: 'answered',
    },
  );
}

/** Against the number of rows that the service announced for the whole. @throws ConnectorError ERR_RESPONSE_INVALID */
export function assertTotal(rows: number, total: unknown): void {
  try {
    assertCount(rows, total, 'the result');
  } catch (error) {
    throw lastWord(error as ConnectorError);
  }
}

function isPassing(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.kind === 'temporary';
}

/** A chunk that is wrong every time will be so forever; one that could not be had is left to the retry rule. */
function lastWord(error: ConnectorError): ConnectorError {
  if (error.code !== 'ERR_RESPONSE_INVALID') return error;
  return new ConnectorError(error.code, error.message, { kind: 'failed', sent: error.sent, cause: error });
}
