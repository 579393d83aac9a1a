import { writeJson } from '../json.ts';
import { type Chunk, readChunk } from '../results/spool.ts';
import type { Answer } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import type { Statement } from './engine.ts';
import { linkFor } from './links.ts';

/** Where statements are. */
export const STATEMENTS = '/api/2.0/sql/statements';
/** Rows are JSON already: they take the place of this mark instead of being parsed and written again. */
const ROWS = '@@rows@@';

/** A statement as POST and GET answer it, with its first chunk; `wrap` puts it under a name. */
export function statementAnswer(statement: Statement, workspace: Workspace, wrap?: string): Promise<Answer> {
  const { error, result, request } = statement;
  const failure = error === undefined ? {} : { error: { error_code: error.error_code, message: error.message } };
  const sqlState = error?.sql_state === undefined ? {} : { sql_state: error.sql_state };
  const status = { state: statement.state, ...failure, ...sqlState };
  const [first] = result?.chunks ?? [];
  const manifest =
    result === undefined
      ? undefined
      : {
          format: request.format ?? 'JSON_ARRAY',
          schema: { column_count: result.columns.length, columns: result.columns },
          total_chunk_count: result.chunks.length,
          ...(result.chunks.length > 0 ? { chunks: result.chunks.map(chunkFacts) } : {}),
          total_row_count: result.rowCount,
          total_byte_count: result.byteCount,
          truncated: result.truncated,
        };
  const data = first === undefined ? {} : describeChunk(statement, first, workspace);
  const body = { statement_id: statement.id, status, ...(manifest === undefined ? {} : { manifest, result: data }) };
  return withRows(statement, wrap === undefined ? body : { [wrap]: body }, first);
}

/** One chunk as its own endpoint answers it. */
export function chunkAnswer(statement: Statement, chunk: Chunk, workspace: Workspace): Promise<Answer> {
  return withRows(statement, describeChunk(statement, chunk, workspace), chunk);
}

/** The first rows of a statement that has ended, as texts. */
export async function rowsOf(statement: Statement, limit: number): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for (const chunk of statement.result?.chunks ?? []) {
    if (rows.length >= limit) break;
    const read = readChunk(chunk);
    const bytes = Buffer.isBuffer(read) ? read : Buffer.concat(await Array.fromAsync(read as AsyncIterable<Buffer>));
    for (const row of JSON.parse(`[${bytes.toString()}]`) as (string | null)[][]) rows.push(row);
  }
  return rows.slice(0, limit);
}

function describeChunk(statement: Statement, chunk: Chunk, workspace: Workspace): object {
  const next = statement.result?.chunks[chunk.index + 1];
  const follow =
    next === undefined
      ? {}
      : {
          next_chunk_index: next.index,
          next_chunk_internal_link: `${STATEMENTS}/${statement.id}/result/chunks/${next.index}?row_offset=${next.rowOffset}`,
        };
  const { byte_count, ...facts } = chunkFacts(chunk);
  if (statement.request.disposition !== 'EXTERNAL_LINKS') return { ...facts, ...follow, data_array: ROWS };
  return { external_links: [{ ...facts, byte_count, ...follow, ...linkFor(statement, chunk.index, workspace) }] };
}

function chunkFacts(chunk: Chunk) {
  const { index, rowOffset, rowCount, byteCount } = chunk;
  return { chunk_index: index, row_offset: rowOffset, row_count: rowCount, byte_count: byteCount };
}

async function withRows(statement: Statement, body: object, chunk: Chunk | undefined): Promise<Answer> {
  const text = writeJson(body);
  const headers = { 'content-type': 'application/json' };
  if (chunk === undefined || statement.request.disposition === 'EXTERNAL_LINKS') return { text, headers };
  const [before, after] = text.split(`"${ROWS}"`) as [string, string];
  const rows = readChunk(chunk);
  const bytes = Buffer.isBuffer(rows) ? rows : Buffer.concat(await Array.fromAsync(rows as AsyncIterable<Buffer>));
  return { bytes: Buffer.concat([Buffer.from(`${before}[`), bytes, Buffer.from(`]${after}`)]), headers };
}
