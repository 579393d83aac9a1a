import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { ApiError, invalid } from '../errors.ts';
import type { Spool } from '../results/spool.ts';
import { type Result, TooLarge } from '../results/write.ts';
import { messageOf, SqlError } from '../sql/error.ts';
import { execute } from '../sql/execute.ts';
import type { Parameter } from '../sql/parameters.ts';
import type { Environment } from '../sql/session.ts';
import { translate } from '../sql/translate.ts';
import type { Identity } from '../tokens.ts';
import type { Warehouses } from '../warehouses.ts';
import { type Workspace, wait } from '../workspace.ts';

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

/** A statement from its submission on. */
export interface Statement {
  id: string;
  request: StatementRequest;
  identity: Identity;
  state: StatementState;
  error?: { error_code: string; message: string; sql_state?: string };
  result?: Result | undefined;
  rows?: number;
  /** Epoch milliseconds. */
  submittedAt: number;
  finishedAt?: number;
  abort: AbortController;
  /** Resolves when the statement has ended; never rejects. */
  ended: Promise<void>;
}

/** What statements need of the rest of the workspace. */
export interface StatementParts {
  warehouses: Warehouses;
  spool: Spool;
  /** Size of a result chunk. */
  chunkBytes: number;
  /** An inline result fails beyond it. */
  inlineBytes: number;
  sql: Pick<Environment, 'unity' | 'delta' | 'files' | 'access'>;
}

/** Runs statements and keeps them. */
export interface StatementEngine {
  /** Starts a statement. @throws ApiError when the request cannot be run, such as for a warehouse that does not exist. */
  submit(request: StatementRequest, identity: Identity): Statement;
  /** @throws ApiError 404 for a statement that is not known, or not any more. */
  find(id: string): Statement;
  /** A statement by its id, without a look at its age. */
  peek(id: string): Statement | undefined;
  /** Every statement that is known, oldest first. */
  all(): Statement[];
  /** Runs a statement to its end, as a task of a job does; aborting cancels it. @throws the signal's reason when aborted. */
  runToEnd(request: StatementRequest, identity: Identity, signal: AbortSignal): Promise<Statement>;
}

const TEXT_LIMIT = 16 * 1024 * 1024;
const RESULT_MS = 3_600_000;
const FORGET_MS = 12 * 3_600_000;
/** So many statements are kept; beyond it the oldest that have ended go, so that a long test does not fill memory. */
const KEPT = 50_000;
const MAX_TAGS = 20;
const MAX_PARAMETERS = 256;

/** Makes the engine. */
export function createStatementEngine(workspace: Workspace, parts: StatementParts): StatementEngine {
  const statements = new Map<string, Statement>();
  const engine: StatementEngine = {
    submit(request, identity) {
      check(request, parts.warehouses);
      const statement: Statement = {
        id: `01f0${randomUUID().slice(4)}`,
        request: { ...request, query_tags: request.query_tags?.slice(0, MAX_TAGS) ?? [] },
        identity,
        state: 'PENDING',
        submittedAt: workspace.now(),
        abort: new AbortController(),
        ended: Promise.resolve(),
      };
      statements.set(statement.id, statement);
      trim(statements, parts.spool);
      statement.ended = run(statement, workspace, parts);
      return statement;
    },
    find(id) {
      const statement = statements.get(id);
      if (statement !== undefined) expire(statement, workspace.now(), parts.spool);
      const forgotten = statement?.finishedAt !== undefined && workspace.now() > statement.finishedAt + FORGET_MS;
      if (forgotten) statements.delete(id);
      if (statement === undefined || forgotten)
        throw new ApiError(404, 'NOT_FOUND', `The statement ${id} was not found.`);
      return statement;
    },
    peek: (id) => statements.get(id),
    all: () => [...statements.values()],
    async runToEnd(request, identity, signal) {
      const statement = engine.submit(request, identity);
      const stop = () => statement.abort.abort();
      signal.addEventListener('abort', stop, { once: true });
      await statement.ended;
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
      return statement;
    },
  };
  return engine;
}

async function run(statement: Statement, workspace: Workspace, parts: StatementParts): Promise<void> {
  const { request } = statement;
  const signal = AbortSignal.any([statement.abort.signal, workspace.closing]);
  try {
    // the answer to an asynchronous submission says PENDING
    await setImmediate();
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
    const target = {
      id: statement.id,
      format: request.format ?? 'JSON_ARRAY',
      rowLimit: request.row_limit,
      byteLimit: request.byte_limit,
      chunkBytes: parts.chunkBytes,
      ...(request.disposition === 'EXTERNAL_LINKS' ? {} : { maxBytes: parts.inlineBytes }),
    };
    statement.result = await workspace.database.use(
      (connection) => execute({ ...environment, connection }, plan, request.statement, target, parts.spool),
      signal,
    );
    statement.rows = statement.result.rowCount;
    statement.state = 'SUCCEEDED';
  } catch (error) {
    if (signal.aborted) statement.state = 'CANCELED';
    else fail(statement, error, parts.inlineBytes);
  }
  statement.finishedAt = workspace.now();
}

function fail(statement: Statement, error: unknown, inlineBytes: number): void {
  statement.state = 'FAILED';
  if (error instanceof SqlError) {
    const message = messageOf(error, statement.request.statement);
    statement.error = { error_code: 'BAD_REQUEST', message, sql_state: error.sqlState };
  } else if (error instanceof TooLarge) {
    const message = `Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most ${inlineBytes} bytes. Please execute the statement with disposition=EXTERNAL_LINKS if you want to download the full result.`;
    statement.error = { error_code: 'BAD_REQUEST', message };
  } else {
    const message = error instanceof Error ? error.message : String(error);
    statement.error = { error_code: 'INTERNAL_ERROR', message };
  }
}

// a result is there for an hour after success, however often it was fetched
function expire(statement: Statement, now: number, spool: Spool): void {
  if (statement.state !== 'SUCCEEDED' || now <= (statement.finishedAt as number) + RESULT_MS) return;
  statement.state = 'CLOSED';
  void spool.remove(statement.result?.chunks ?? []);
  statement.result = undefined;
}

function trim(statements: Map<string, Statement>, spool: Spool): void {
  if (statements.size <= KEPT) return;
  for (const [id, statement] of statements) {
    if (statements.size <= KEPT) return;
    if (statement.finishedAt === undefined) continue;
    void spool.remove(statement.result?.chunks ?? []);
    statements.delete(id);
  }
}

function check(request: StatementRequest, warehouses: Warehouses): void {
  const { statement, warehouse_id: warehouse, disposition, format } = request;
  if (statement.trim() === '') throw invalid("'statement' must not be empty.");
  if (Buffer.byteLength(statement) > TEXT_LIMIT) throw invalid("'statement' is larger than 16 MiB.");
  if (disposition !== 'EXTERNAL_LINKS' && format !== undefined && format !== 'JSON_ARRAY') {
    throw invalid(`The format ${format} needs the disposition EXTERNAL_LINKS; INLINE supports JSON_ARRAY only.`);
  }
  const parameters = request.parameters?.length ?? 0;
  if (parameters > MAX_PARAMETERS) {
    const text = `Parameterized query has too many parameters: ${parameters} parameters were given but the limit is ${MAX_PARAMETERS}.`;
    throw new ApiError(400, 'BAD_REQUEST', text);
  }
  for (const name of ['row_limit', 'byte_limit'] as const) {
    const limit = request[name];
    if (limit !== undefined && limit <= 0) throw invalid(`'${name}' must be more than 0; got ${limit}.`);
  }
  if (!/^[0-9a-f]{16}$/.test(warehouse)) throw invalid(`${warehouse} is not a valid endpoint id.`);
  warehouses.require(warehouse);
}
