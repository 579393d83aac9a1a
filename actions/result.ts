import { ConnectorError } from '../connector/errors.ts';
import { stringifyAtEdge } from '../connector/json.ts';
import type { Action } from '../connector/manifest.ts';
import { readPath, resolveTemplate, type Scopes } from '../connector/template.ts';
import { createArrowJoiner, END_OF_STREAM } from './arrow.ts';
import type { ActionCall, ActionState, InlineLimit, Io } from './call.ts';
import { type Chunk, fetchChunk, openLink, readChunk } from './chunks.ts';
import { type Column, typedRows } from './columns.ts';
import { createNdjsonWriter } from './ndjson.ts';
import { openRowSink, type RowSink } from './row-sink.ts';

/** The scopes that a result gives: typed rows, all or the first of them, and the artifact that holds the rest. */
interface ResultScopes {
  items: unknown[];
  pages: { more: boolean; count: number; artifact?: { id: string; media_type: string; size: number } };
}

type Format = 'JSON_ARRAY' | 'CSV' | 'ARROW_STREAM';

const MEDIA_TYPES: Record<Format, string> = {
  JSON_ARRAY: 'application/x-ndjson',
  CSV: 'text/csv',
  ARROW_STREAM: 'application/vnd.apache.arrow.stream',
};
/** What fits well into a run record and a form. */
const DEFAULT_INLINE: InlineLimit = { rows: 1_000, bytes: 256 * 1024 };
const NEVER_INLINE: InlineLimit = { rows: 0, bytes: 0 };
const PREVIEW_ROWS = 20;
/** Written at once: fewer, larger writes; bounds what is in memory. */
const WRITE_BYTES = 1024 * 1024;
/** A chunk that breaks off is fetched again at once; then the retry rule takes over. */
const TRIES_PER_CHUNK = 3;
const CHECKPOINT_MS = 2_000;

/**
 * The rows of a statement that succeeded, when they came whole with its answer and are few; `undefined` when they have to
 * be downloaded.
 * @throws ConnectorError ERR_RESULT_TRUNCATED unless the input accepts that
 */
export function fewRows(action: Action, call: ActionCall, scopes: Scopes): ResultScopes | undefined {
  const { accept_truncated: reference, first } = action.manifest.pages!;
  refuseTruncated(scopes.last, reference === undefined ? false : resolveTemplate(reference, scopes));
  const { columns, limit } = resultOf(call, scopes.last);
  const chunk = readChunk(readPath(scopes.last, first ?? 'result'));
  if (chunk.rows === undefined || chunk.next !== undefined || !staysUnder(limit, columns, chunk.rows)) return undefined;
  return { items: typedRows(columns, chunk.rows), pages: { more: false, count: chunk.rows.length } };
}

/**
 * Downloads the rows of a statement that succeeded, chunk after chunk. Few stay in memory as typed objects; many, and every
 * CSV and Arrow result, stream into an artifact at the pace it can be written, so memory does not grow with the result.
 * With `state.download` it goes on at the chunk noted there.
 * @throws ConnectorError ERR_RESPONSE_INVALID when rows are missing
 */
export async function downloadRows(
  action: Action,
  call: ActionCall,
  io: Io,
  at: { last: unknown; state: ActionState },
): Promise<ResultScopes> {
  const { last, state } = at;
  const first = readChunk(readPath(last, action.manifest.pages!.first ?? 'result'));
  const total = readPath(last, 'manifest.total_row_count');
  return download(io, {
    ...resultOf(call, last),
    statementId: String(readPath(last, 'statement_id')),
    first,
    state,
    total,
  });
}

function resultOf(call: ActionCall, last: unknown): { columns: Column[]; format: Format; limit: InlineLimit } {
  const format = (readPath(last, 'manifest.format') ?? 'JSON_ARRAY') as Format;
  return {
    columns: (readPath(last, 'manifest.schema.columns') ?? []) as Column[],
    format,
    limit: format === 'JSON_ARRAY' ? (call.inline ?? DEFAULT_INLINE) : NEVER_INLINE,
  };
}

interface Download {
  statementId: string;
  first: Chunk;
  columns: Column[];
  format: Format;
  limit: InlineLimit;
  state: ActionState;
  total: unknown;
}

async function download(io: Io, job: Download): Promise<ResultScopes> {
  const { statementId, format, state } = job;
  const noted = state.download;
  const mediaType = MEDIA_TYPES[format] ?? 'application/octet-stream';
  const resume = noted === undefined ? undefined : { id: noted.artifact, bytes: noted.bytes };
  const sink = await openRowSink(io, { mediaType, limit: job.limit, resume });
  try {
    let chunk = noted === undefined ? job.first : await fetchChunk(io, statementId, { index: noted.chunk });
    let rows = noted?.rows ?? 0;
    let savedAt = io.now();
    for (;;) {
      rows += await writeChunk(io, job, { chunk, sink, before: rows });
      if (chunk.next === undefined) break;
      if (sink.artifact !== undefined && io.now() - savedAt >= CHECKPOINT_MS) {
        await sink.flush();
        await io.checkpoint({
          ...state,
          download: { artifact: sink.artifact, chunk: chunk.next.index, bytes: sink.size, rows },
        });
        savedAt = io.now();
      }
      chunk = await fetchChunk(io, statementId, chunk.next);
    }
    if (format === 'ARROW_STREAM') await sink.write(END_OF_STREAM, rows);
    assertTotal(rows, job.total);
    await sink.flush();
    return await finished(io, sink, { rows, mediaType, format });
  } finally {
    await sink.close();
  }
}

/** Writes one chunk whole and says how many rows it had; what a broken one left behind is dropped before it is fetched again. */
async function writeChunk(io: Io, job: Download, at: { chunk: Chunk; sink: RowSink; before: number }): Promise<number> {
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

async function writeLink(io: Io, job: Download, at: { chunk: Chunk; sink: RowSink; before: number }): Promise<number> {
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
  { sink, before }: { sink: RowSink; before: number },
): Promise<number> {
  const writer = createNdjsonWriter(columns);
  for await (const piece of body) {
    writer.push(piece);
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

async function finished(
  io: Io,
  sink: RowSink,
  of: { rows: number; mediaType: string; format: Format },
): Promise<ResultScopes> {
  const { artifact } = sink;
  if (artifact === undefined)
    return { items: parseLines(sink.head(), Number.POSITIVE_INFINITY), pages: { more: false, count: of.rows } };
  const handle = { id: artifact, media_type: of.mediaType, size: sink.size };
  const items = of.format === 'JSON_ARRAY' ? await preview(io, sink, artifact) : [];
  return { items, pages: { more: false, count: of.rows, artifact: handle } };
}

/** The first rows; after a resume they are read back. */
async function preview(io: Io, sink: RowSink, artifact: string): Promise<unknown[]> {
  const head = sink.head();
  if (head.length > 0) return parseLines(head, PREVIEW_ROWS);
  const { body } = await io.readArtifact(artifact);
  for await (const piece of body) {
    body.destroy();
    return parseLines(piece as Uint8Array, PREVIEW_ROWS);
  }
  return [];
}

/** The rows of whole lines; a line that is cut off at the end is left out. */
function parseLines(bytes: Uint8Array, most: number): unknown[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8').split('\n');
  lines.pop();
  return lines.slice(0, most).map((line) => JSON.parse(line) as unknown);
}

/** Whether the rows surely stay under the limit as NDJSON, without writing them out to know. */
function staysUnder(limit: InlineLimit, columns: Column[], cells: unknown[][]): boolean {
  if (cells.length > limit.rows) return false;
  const keys = columns.reduce((sum, { name }) => sum + name.length + 6, 4);
  let size = cells.length * keys;
  for (const row of cells) for (const cell of row) size += typeof cell === 'string' ? cell.length * 2 : 4;
  return size <= limit.bytes;
}

function refuseTruncated(last: unknown, isAccepted: unknown): void {
  if (readPath(last, 'manifest.truncated') !== true || isAccepted === true) return;
  throw new ConnectorError('ERR_RESULT_TRUNCATED', 'the service cut the result short', {
    hint: 'Raise row_limit or byte_limit, take disposition EXTERNAL_LINKS for more than 25 MiB, or set accept_truncated to take what there is.',
  });
}

/** A result that lost rows without an error is the worst of all; Databricks says how many there are. */
function assertCount(rows: number, expected: unknown, what: string): void {
  if (expected === undefined || expected === null || BigInt(rows) === BigInt(expected as number | string | bigint))
    return;
  throw new ConnectorError(
    'ERR_RESPONSE_INVALID',
    `${what} has ${rows} rows where the service announced ${String(expected)}`,
    {
      kind: 'temporary',
      sent: 'answered',
    },
  );
}

function assertTotal(rows: number, total: unknown): void {
  try {
    assertCount(rows, total, 'the result');
  } catch (error) {
    throw lastWord(error as ConnectorError);
  }
}

function isPassing(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.kind === 'temporary';
}

/** A chunk that is wrong every time will be so for ever; one that could not be had is left to the retry rule. */
function lastWord(error: ConnectorError): ConnectorError {
  if (error.code !== 'ERR_RESPONSE_INVALID') return error;
  return new ConnectorError(error.code, error.message, { kind: 'failed', sent: error.sent, cause: error });
}
