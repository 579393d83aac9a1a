import type { ActionCall, ActionState, InlineLimit, Io, ResultScopes } from '../../../actions/call.ts';
import { type Column, typedRows } from '../../../actions/columns.ts';
import { DEFAULT_INLINE, openRowSink, PREVIEW_ROWS, type RowSink } from '../../../actions/row-sink.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { readPath, type Scopes } from '../../../connector/template.ts';
import { END_OF_STREAM } from './arrow.ts';
import { assertTotal, type Format, type ResultShape, writeChunk } from './chunk-writer.ts';
import { type Chunk, fetchChunk, readChunk } from './chunks.ts';

const MEDIA_TYPES: Record<Format, string> = {
  JSON_ARRAY: 'application/x-ndjson',
  CSV: 'text/csv',
  ARROW_STREAM: 'application/vnd.apache.arrow.stream',
};
const NEVER_INLINE: InlineLimit = { rows: 0, bytes: 0 };
const CHECKPOINT_MS = 2_000;

/**
 * The rows of a statement that succeeded, when they came whole with its answer and are few; `undefined` when they have to
 * be downloaded.
 * @throws ConnectorError ERR_RESULT_TRUNCATED unless the input accepts that
 */
export function fewRows(call: ActionCall, scopes: Scopes): ResultScopes | undefined {
  refuseTruncated(scopes.last, readPath(scopes.input, 'accept_truncated'));
  const { columns, limit } = resultOf(call, scopes.last);
  const chunk = readChunk(readPath(scopes.last, 'result'));
  if (chunk.rows === undefined || chunk.next !== undefined || !staysUnder(limit, columns, chunk.rows)) return undefined;
  return { items: typedRows(columns, chunk.rows), pages: { more: false, count: chunk.rows.length } };
}

/**
 * Downloads the rows of a statement that succeeded, chunk after chunk. Few stay in memory as typed objects; many, and every
 * CSV and Arrow result, stream into an artifact at the pace it can be written, so memory does not grow with the result.
 * With `state.download` it continues at the chunk noted there.
 * @throws ConnectorError ERR_RESPONSE_INVALID when rows are missing
 */
export async function downloadRows(
  call: ActionCall,
  io: Io,
  at: { last: unknown; state: ActionState },
): Promise<ResultScopes> {
  const { last, state } = at;
  const first = readChunk(readPath(last, 'result'));
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

interface Download extends ResultShape {
  first: Chunk;
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
  return { items, pages: { more: false, count: of.rows, artifact: handle, preview: true } };
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
  throw new ConnectorError('ERR_RESULT_TRUNCATED', 'the service truncated the result', {
    hint: 'Raise row_limit or byte_limit, use disposition EXTERNAL_LINKS for more than 25 MiB, or set accept_truncated to accept a truncated result.',
  });
}
