import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ApiError, invalid } from './errors.ts';
import { writeJson } from './json.ts';
import { type Chunk, readChunk, type Spool } from './results/spool.ts';
import { type Result, TooLarge } from './results/write.ts';
import type { Answer, Call, Route } from './router.ts';
import { messageOf, SqlError } from './sql/error.ts';
import { execute } from './sql/execute.ts';
import type { Parameter } from './sql/parameters.ts';
import type { Environment } from './sql/session.ts';
import { translate } from './sql/translate.ts';
import type { Identity } from './tokens.ts';
import type { Warehouses } from './warehouses.ts';
import { type Workspace, wait } from './workspace.ts';

/** States of a statement. */
export type StatementState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'CLOSED';

/** What `POST /api/2.0/sql/statements` takes. */
export interface StatementRequest {
  statement: string;
  warehouse_id: string;
  parameters?: Parameter[];
  catalog?: string;
  schema?: string;
  disposition?: 'INLINE' | 'EXTERNAL_LINKS';
  format?: 'JSON_ARRAY' | 'ARROW_STREAM' | 'CSV';
  row_limit?: number;
  byte_limit?: number;
  wait_timeout?: string;
  on_wait_timeout?: 'CONTINUE' | 'CANCEL';
  query_tags?: { key: string; value?: string }[];
}

interface Statement {
  id: string;
  request: StatementRequest;
  identity: Identity;
  state: StatementState;
  error?: { error_code: string; message: string; sql_state?: string };
  result?: Result;
  submittedAt: number;
  finishedAt?: number;
  abort: AbortController;
  ended: Promise<void>;
}

/** Statement Execution. */
export interface Statements {
  routes: Route[];
  /** Runs a statement to its end, as a task of a job does. */
  run(
    request: StatementRequest,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<{ statementId: string; error?: string }>;
}

const PATH = '/api/2.0/sql/statements';
const INLINE_LIMIT = 25 * 1024 * 1024;
const LINK_MS = 15 * 60_000;
const RESULT_MS = 3_600_000;
const FORGET_MS = 12 * 3_600_000;

/** Opens statement execution over a workspace's tables. */
export function createStatements(
  workspace: Workspace,
  parts: {
    warehouses: Warehouses;
    spool: Spool;
    chunkBytes: number;
    sql: Pick<Environment, 'unity' | 'delta' | 'files' | 'access'>;
  },
): Statements {
  const all = new Map<string, Statement>();

  const find = (id: string): Statement => {
    const statement = all.get(id);
    if (statement === undefined) throw new ApiError(404, 'NOT_FOUND', `The statement ${id} was not found.`);
    expire(statement);
    if (statement.finishedAt !== undefined && workspace.now() > statement.finishedAt + FORGET_MS) {
      all.delete(id);
      throw new ApiError(404, 'NOT_FOUND', `The statement ${id} was not found.`);
    }
    return statement;
  };

  const expire = (statement: Statement) => {
    if (statement.state !== 'SUCCEEDED' || workspace.now() <= (statement.finishedAt as number) + RESULT_MS) return;
    statement.state = 'CLOSED';
    void parts.spool.remove(statement.result?.chunks ?? []);
    statement.result = undefined;
  };

  const submit = (request: StatementRequest, identity: Identity): Statement => {
    const statement: Statement = {
      id: `01f0${randomUUID().slice(4)}`,
      request,
      identity,
      state: 'PENDING',
      submittedAt: workspace.now(),
      abort: new AbortController(),
      ended: Promise.resolve(),
    };
    all.set(statement.id, statement);
    statement.ended = run(statement);
    return statement;
  };

  const run = async (statement: Statement): Promise<void> => {
    const { request } = statement;
    const signal = AbortSignal.any([statement.abort.signal, workspace.closing]);
    try {
      await parts.warehouses.awaken(request.warehouse_id, signal);
      const environment: Environment = {
        ...parts.sql,
        catalog: (request.catalog ?? 'main').toLowerCase(),
        schema: (request.schema ?? 'default').toLowerCase(),
        now: workspace.now(),
        userName: statement.identity.userName,
        sleepSeconds: 0,
      };
      const plan = translate(request.statement, request.parameters ?? [], environment);
      statement.state = 'RUNNING';
      if (environment.sleepSeconds > 0) await wait(environment.sleepSeconds * 1000, signal);
      const format = request.format ?? 'JSON_ARRAY';
      const target = {
        id: statement.id,
        format,
        rowLimit: request.row_limit,
        byteLimit: request.byte_limit,
        chunkBytes: parts.chunkBytes,
        ...(request.disposition === 'EXTERNAL_LINKS' ? {} : { maxBytes: INLINE_LIMIT }),
      };
      statement.result = await workspace.database.use(
        (connection) => execute({ ...environment, connection }, plan, request.statement, target, parts.spool),
        signal,
      );
      statement.state = 'SUCCEEDED';
    } catch (error) {
      if (signal.aborted) statement.state = 'CANCELED';
      else fail(statement, error);
      statement.result = undefined;
    }
    statement.finishedAt = workspace.now();
  };

  const fail = (statement: Statement, error: unknown) => {
    statement.state = 'FAILED';
    if (error instanceof TooLarge) {
      statement.error = {
        error_code: 'BAD_REQUEST',
        message: `Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most ${INLINE_LIMIT} bytes. Please execute the statement with disposition=EXTERNAL_LINKS if you want to download the full result.`,
      };
    } else if (error instanceof SqlError)
      statement.error = {
        error_code: 'BAD_REQUEST',
        message: messageOf(error, statement.request.statement),
        sql_state: error.sqlState,
      };
    else
      statement.error = {
        error_code: 'INTERNAL_ERROR',
        message: error instanceof Error ? error.message : String(error),
      };
  };

  const chunkPath = (statement: Statement, index: number) =>
    `${PATH}/${statement.id}/result/chunks/${index}?row_offset=${statement.result?.chunks[index]?.rowOffset ?? 0}`;

  const chunkInfo = (statement: Statement, chunk: Chunk) => {
    const more = chunk.index + 1 < (statement.result?.chunks.length ?? 0);
    return {
      chunk_index: chunk.index,
      row_offset: chunk.rowOffset,
      row_count: chunk.rowCount,
      ...(statement.request.disposition === 'EXTERNAL_LINKS' ? { byte_count: chunk.byteCount } : {}),
      ...(more
        ? { next_chunk_index: chunk.index + 1, next_chunk_internal_link: chunkPath(statement, chunk.index + 1) }
        : {}),
    };
  };

  const describeChunk = (statement: Statement, chunk: Chunk): object => {
    const info = chunkInfo(statement, chunk);
    if (statement.request.disposition !== 'EXTERNAL_LINKS') return { ...info, data_array: ROWS };
    const expiresAt = workspace.now() + LINK_MS;
    const subject = `${statement.id}/${chunk.index}`;
    const signature = workspace.signer.sign({ use: 'link', subject, expiresAt });
    const external_link = `${workspace.url()}/__external/results/${subject}?signature=${signature}`;
    return { external_links: [{ ...info, external_link, expiration: new Date(expiresAt).toISOString() }] };
  };

  const describe = (statement: Statement): object => {
    const { error, result } = statement;
    const status = {
      state: statement.state,
      ...(error === undefined
        ? {}
        : {
            error: { error_code: error.error_code, message: error.message },
            ...(error.sql_state ? { sql_state: error.sql_state } : {}),
          }),
    };
    if (result === undefined) return { statement_id: statement.id, status };
    const manifest = {
      format: statement.request.format ?? 'JSON_ARRAY',
      schema: { column_count: result.columns.length, columns: result.columns },
      total_chunk_count: result.chunks.length,
      ...(result.chunks.length === 0
        ? {}
        : {
            chunks: result.chunks.map((chunk) => ({
              chunk_index: chunk.index,
              row_offset: chunk.rowOffset,
              row_count: chunk.rowCount,
              byte_count: chunk.byteCount,
            })),
          }),
      total_row_count: result.rowCount,
      total_byte_count: result.byteCount,
      truncated: result.truncated,
    };
    return {
      statement_id: statement.id,
      status,
      manifest,
      result: result.chunks[0] === undefined ? {} : describeChunk(statement, result.chunks[0]),
    };
  };

  // rows are JSON already: they take the place of a mark instead of being parsed and written again
  const answer = async (statement: Statement, body: object, chunk: Chunk | undefined): Promise<Answer> => {
    const text = writeJson(body);
    if (chunk === undefined || statement.request.disposition === 'EXTERNAL_LINKS')
      return { text, headers: { 'content-type': 'application/json' } };
    const [before, after] = text.split(`"${ROWS}"`) as [string, string];
    const rows = readChunk(chunk);
    const bytes = Buffer.isBuffer(rows) ? rows : Buffer.concat(await Array.fromAsync(rows as AsyncIterable<Buffer>));
    return {
      bytes: Buffer.concat([Buffer.from(`${before}[`), bytes, Buffer.from(`]${after}`)]),
      headers: { 'content-type': 'application/json' },
    };
  };

  const routes: Route[] = [
    {
      method: 'POST',
      template: PATH,
      handle: async ({ body, identity }: Call) => {
        const request = body as unknown as StatementRequest;
        checkRequest(request);
        checkWarehouse(parts.warehouses, request.warehouse_id);
        const statement = submit(request, identity);
        const waitMs = Number((request.wait_timeout ?? '10s').slice(0, -1)) * 1000;
        if (waitMs > 0) {
          const over = new AbortController();
          await Promise.race([statement.ended, wait(waitMs, over.signal).catch(() => undefined)]);
          over.abort();
          if (request.on_wait_timeout === 'CANCEL' && statement.finishedAt === undefined) {
            statement.abort.abort();
            await statement.ended;
          }
        }
        return answer(statement, describe(statement), statement.result?.chunks[0]);
      },
    },
    {
      method: 'GET',
      template: `${PATH}/{statement_id}`,
      handle: ({ params }) => {
        const statement = find(String(params.statement_id));
        return answer(statement, describe(statement), statement.result?.chunks[0]);
      },
    },
    {
      method: 'GET',
      template: `${PATH}/{statement_id}/result/chunks/{chunk_index}`,
      handle: ({ params }) => {
        const statement = find(String(params.statement_id));
        if (statement.result === undefined) {
          throw new ApiError(
            404,
            'NOT_FOUND',
            `The statement ${statement.id} has no result to fetch: it is ${statement.state}.`,
          );
        }
        const chunk = statement.result.chunks[Number(params.chunk_index)];
        if (chunk === undefined)
          throw invalid(
            `Chunk index ${params.chunk_index} is out of range: the result has ${statement.result.chunks.length} chunks.`,
          );
        return answer(statement, describeChunk(statement, chunk), chunk);
      },
    },
    {
      method: 'POST',
      template: `${PATH}/{statement_id}/cancel`,
      handle: ({ params }) => {
        find(String(params.statement_id)).abort.abort();
        return {};
      },
    },
    {
      method: 'GET',
      template: '/__external/results/{statement_id}/{chunk_index}',
      open: true,
      handle: ({ params, request, query }) =>
        externalResult(
          workspace,
          all.get(String(params.statement_id)),
          Number(params.chunk_index),
          request.headers.authorization,
          String(query.signature ?? ''),
        ),
    },
  ];
  return {
    routes,
    async run(request, identity, signal) {
      const statement = submit(request, identity);
      const stop = () => statement.abort.abort();
      signal.addEventListener('abort', stop, { once: true });
      await statement.ended;
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
      return {
        statementId: statement.id,
        ...(statement.error === undefined ? {} : { error: statement.error.message }),
      };
    },
  };
}

const ROWS = '@@rows@@';

function checkRequest(request: StatementRequest): void {
  if (request.statement.trim() === '') throw invalid("'statement' must not be empty.");
  if (Buffer.byteLength(request.statement) > 16 * 1024 * 1024) throw invalid("'statement' is larger than 16 MiB.");
  if (request.disposition !== 'EXTERNAL_LINKS' && request.format !== undefined && request.format !== 'JSON_ARRAY') {
    throw invalid(
      `The format ${request.format} needs the disposition EXTERNAL_LINKS; INLINE supports JSON_ARRAY only.`,
    );
  }
  for (const name of ['row_limit', 'byte_limit'] as const) {
    if (request[name] !== undefined && request[name] <= 0)
      throw invalid(`'${name}' must be more than 0; got ${request[name]}.`);
  }
}

function checkWarehouse(warehouses: Warehouses, id: string): void {
  if (!/^[0-9a-f]{16}$/.test(id)) throw invalid(`${id} is not a valid endpoint id.`);
  warehouses.require(id);
}

// a signed link is refused with a token, as object stores do: only one way to authenticate is allowed
function externalResult(
  workspace: Workspace,
  statement: Statement | undefined,
  index: number,
  authorization: string | undefined,
  signature: string,
): Answer {
  const refuse = (status: number, code: string, message: string): Answer => ({
    status,
    text: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    headers: { 'content-type': 'application/xml' },
  });
  if (authorization !== undefined)
    return refuse(
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the signature query string parameter or the Authorization header should be specified',
    );
  const claims = workspace.signer.read(signature);
  if (claims?.use !== 'link' || claims.subject !== `${statement?.id}/${index}`)
    return refuse(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  if (workspace.now() > claims.expiresAt) return refuse(403, 'AccessDenied', 'Request has expired');
  const chunk = statement?.result?.chunks[index];
  if (chunk === undefined) return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
  const bytes = readChunk(chunk);
  const type = { JSON_ARRAY: 'application/json', CSV: 'text/csv', ARROW_STREAM: 'application/vnd.apache.arrow.stream' }[
    statement?.request.format ?? 'JSON_ARRAY'
  ];
  const headers = { 'content-type': type, 'content-length': String(chunk.byteCount) };
  if (statement?.request.format !== undefined && statement.request.format !== 'JSON_ARRAY') {
    return Buffer.isBuffer(bytes) ? { bytes, headers } : { stream: bytes, headers };
  }
  headers['content-length'] = String(chunk.byteCount + 2);
  if (Buffer.isBuffer(bytes)) return { bytes: Buffer.concat([Buffer.from('['), bytes, Buffer.from(']')]), headers };
  return { stream: Readable.from(bracketed(bytes)), headers };
}

async function* bracketed(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from('[');
  yield* rows;
  yield Buffer.from(']');
}
