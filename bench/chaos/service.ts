/**
 * A strict service that counts effects, as a process of its own: service.ts PORT SEED TOKEN. It is never killed, so its ledger is
 * the truth. `GET /ledger` gives it. What it does not expect it writes down and refuses.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { chooseFault } from './faults.ts';
import { createRandom } from './random.ts';

/** What has happened, by the name that the caller gave to the effect. */
export interface Ledger {
  /** Effects of requests that nobody dedupes: statements by run id, schemas by name. */
  once: Record<string, number>;
  /** Job runs by idempotency token: how many requests came with it; each token made one. */
  token: Record<string, number>;
  /** Effects that may be repeated, by path. */
  idempotent: Record<string, number>;
  /** Deliveries by webhook id. */
  webhooks: Record<string, number>;
  canceled: string[];
  faults: Record<string, number>;
  requests: number;
  unexpected: string[];
}

interface Operation {
  endsAt: number;
  isCanceled: boolean;
}

type Answer = { status?: number; body: object };

const MAX_SECONDS_MS = 1500;
const [port, seed, token] = process.argv.slice(2);
const random = createRandom(Number(seed));
const ledger: Ledger = {
  once: {},
  token: {},
  idempotent: {},
  webhooks: {},
  canceled: [],
  faults: {},
  requests: 0,
  unexpected: [],
};
const operations = new Map<string, Operation>();
const runOfToken = new Map<string, string>();
/** Statement id -> run, in the order in which they were begun. */
const runOfStatement = new Map<string, string>();

const server = createServer(async (request, response) => {
  const { method = '', url = '' } = request;
  if (url === '/ledger') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ledger));
    return;
  }
  let body: string;
  try {
    body = await read(request);
  } catch {
    return; // A killed worker: the request never came.
  }
  ledger.requests += 1;
  const fault = chooseFault(random, Date.now());
  if (random.next() < 0.3) await new Promise((resolve) => setTimeout(resolve, random.between(1, 150)));
  if (fault !== undefined) ledger.faults[fault.name] = (ledger.faults[fault.name] ?? 0) + 1;
  if (fault?.effect === false) {
    fault.end(response, '');
    return;
  }
  const { status = 200, body: given } = answer(method, url, body, request);
  // 64-bit ids go out as numbers, as the real service sends them.
  const text = JSON.stringify(given).replaceAll(/"(run_id|number_in_job)":"(\d+)"/g, '"$1":$2');
  if (fault !== undefined && status === 200) {
    fault.end(response, text);
    return;
  }
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1');

function answer(method: string, url: string, text: string, request: IncomingMessage): Answer {
  const { pathname, searchParams } = new URL(url, 'http://service');
  if (pathname === '/hook') return deliver(request);
  if (request.headers.authorization !== `Bearer ${token}`) return refuse(`${method} ${url} without its token`);
  const body = text === '' ? {} : JSON.parse(text.replaceAll(/"run_id":(\d+)/g, '"run_id":"$1"'));
  const route = `${method} ${pathname.replace(/^(\/api\/2\.0\/sql\/(statements|warehouses))\/[^/]+/, '$1/{id}')}`;
  const id = pathname.split('/')[5] ?? '';
  switch (route) {
    case 'GET /api/2.0/sql/warehouses/{id}':
      return { body: { id, name: 'w', state: 'RUNNING' } };
    case 'POST /api/2.0/sql/statements': {
      const run = body.query_tags?.find(({ key }: { key: string }) => key === 'penstock_run')?.value;
      if (run === undefined) return refuse('a statement without its query tag');
      count(ledger.once, run);
      const made = `st-${operations.size}`;
      begin(made);
      runOfStatement.set(made, run);
      return { body: { statement_id: made, status: { state: 'PENDING' } } };
    }
    case 'GET /api/2.0/sql/statements/{id}':
      return statement(id);
    case 'POST /api/2.0/sql/statements/{id}/cancel':
      return cancel(id);
    case 'GET /api/2.0/sql/history/queries':
      return history(Number(searchParams.get('page_token') ?? 0), Number(searchParams.get('max_results')));
    case 'POST /api/2.2/jobs/run-now': {
      const given = body.idempotency_token;
      if (typeof given !== 'string' || given.length > 64) return refuse('a job run without its token');
      count(ledger.token, given);
      const known = runOfToken.get(given) ?? String(9_007_199_254_740_993n + BigInt(operations.size));
      if (!runOfToken.has(given)) {
        runOfToken.set(given, known);
        begin(known);
      }
      return { body: { run_id: known, number_in_job: known } };
    }
    case 'GET /api/2.2/jobs/runs/list':
      return activeJobRuns(Number(searchParams.get('page_token') ?? 0), Number(searchParams.get('limit')));
    case 'GET /api/2.2/jobs/runs/get':
      return jobRun(searchParams.get('run_id') ?? '');
    case 'POST /api/2.2/jobs/runs/cancel':
      return cancel(String(body.run_id));
    case 'POST /api/2.0/workspace/mkdirs':
      count(ledger.idempotent, body.path);
      return { body: {} };
    case 'POST /api/2.1/unity-catalog/schemas':
      count(ledger.once, body.name);
      return {
        body: { name: body.name, catalog_name: body.catalog_name, full_name: `${body.catalog_name}.${body.name}` },
      };
    default:
      return refuse(`${method} ${url}`);
  }
}

function deliver({ headers }: IncomingMessage): Answer {
  if (headers.authorization !== undefined) return refuse('a webhook with a token of the workspace');
  count(ledger.webhooks, String(headers['webhook-id']));
  return { body: { taken: true } };
}

function begin(id: string): void {
  operations.set(id, { endsAt: Date.now() + random.between(0, MAX_SECONDS_MS), isCanceled: false });
}

function statement(id: string): Answer {
  const operation = operations.get(id);
  if (operation === undefined) return refuse(`statement ${id}, which is not there`);
  if (operation.isCanceled) return { body: { statement_id: id, status: { state: 'CANCELED' } } };
  if (Date.now() < operation.endsAt) return { body: { statement_id: id, status: { state: 'RUNNING' } } };
  return {
    body: {
      statement_id: id,
      status: { state: 'SUCCEEDED' },
      manifest: {
        format: 'JSON_ARRAY',
        schema: { column_count: 1, columns: [{ name: 'n', type_name: 'LONG', type_text: 'BIGINT', position: 0 }] },
        total_chunk_count: 1,
        total_row_count: 1,
        truncated: false,
        chunks: [{ chunk_index: 0, row_offset: 0, row_count: 1 }],
      },
      result: { chunk_index: 0, row_offset: 0, row_count: 1, data_array: [['9007199254740993']] },
    },
  };
}

/** Newest first, as the real one. */
function history(from: number, size: number): Answer {
  const all = [...runOfStatement].reverse();
  const res = all.slice(from, from + size).map(([id, run]) => ({
    query_id: id,
    status: 'FINISHED',
    query_tags: [{ key: 'penstock_run', value: run }],
  }));
  const next = from + size < all.length ? { next_page_token: String(from + size) } : {};
  return { body: { res, has_next_page: from + size < all.length, ...next } };
}

function jobRun(id: string): Answer {
  const operation = operations.get(id);
  if (operation === undefined) return refuse(`job run ${id}, which is not there`);
  const isOver = operation.isCanceled || Date.now() >= operation.endsAt;
  const details = { code: operation.isCanceled ? 'USER_CANCELED' : 'SUCCESS', type: 'SUCCESS', message: '' };
  return {
    body: {
      run_id: id,
      status: isOver ? { state: 'TERMINATED', termination_details: details } : { state: 'RUNNING' },
    },
  };
}

function activeJobRuns(from: number, size: number): Answer {
  const active = [...runOfToken.values()].filter((id) => {
    const { endsAt, isCanceled } = operations.get(id)!;
    return !isCanceled && Date.now() < endsAt;
  });
  const runs = active.slice(from, from + size).map((run_id) => ({ run_id, state: { life_cycle_state: 'RUNNING' } }));
  return { body: { runs, ...(from + size < active.length ? { next_page_token: String(from + size) } : {}) } };
}

function cancel(id: string): Answer {
  const operation = operations.get(id);
  if (operation === undefined) return refuse(`a cancel of ${id}, which is not there`);
  if (Date.now() < operation.endsAt) operation.isCanceled = true;
  ledger.canceled.push(id);
  return { body: {} };
}

function refuse(what: string): Answer {
  if (ledger.unexpected.length < 100) ledger.unexpected.push(what);
  return { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: `not expected: ${what}` } };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
