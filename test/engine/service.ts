import type { IncomingMessage, ServerResponse } from 'node:http';
import { engineActor } from '../../engine/access/audit.ts';
import type { Context } from '../../engine/context.ts';
import { createLinkedAccount } from '../../engine/credentials/accounts/accounts.ts';
import { submitAction } from '../../engine/runs/submit.ts';
import { readBody, startHttpServer } from '../servers.ts';

/** A service that runs statements and jobs for as long as the test says, and counts what reached it. */
export interface Service {
  origin: string;
  /** Statements begun, by run. */
  statements: Map<string, number>;
  /** Requests for a job run, by token. */
  launches: Map<string, number>;
  /** Requests for the state of one operation. */
  polls: number;
  /** Requests for a page of the list of all job runs. */
  lists: number;
  cancels: string[];
  /** Whether what was begun has ended. */
  isDone: boolean;
  /** Called with each start request that had its effect, before it is answered; holds the answer back until it resolves. */
  hold: ((what: string) => Promise<void>) | undefined;
}

/** Starts the service. */
export async function startService(): Promise<Service> {
  const service: Service = {
    origin: '',
    statements: new Map(),
    launches: new Map(),
    polls: 0,
    lists: 0,
    cancels: [],
    isDone: false,
    hold: undefined,
  };
  const server = await startHttpServer((request, response) => answer(service, request, response));
  service.origin = server.origin;
  return service;
}

/** A linked account of the service; `limits` as in the API. */
export async function linkAccount(
  ctx: Context,
  service: Pick<Service, 'origin'>,
  given: { name?: string; limits?: object } = {},
): Promise<string> {
  const { name = 'demo', ...rest } = given;
  const { id } = await createLinkedAccount(ctx, engineActor('default'), {
    name,
    connector: 'databricks',
    default_warehouse_id: 'w1',
    authentication: { name: 'token', kind: 'pat', host: service.origin, token: 'dapi-test', test: false },
    ...rest,
  });
  return id;
}

/** Asks for one statement; it is waited for. */
export async function submitStatement(ctx: Context, account: string, interactive = false): Promise<string> {
  const run = await submitAction(ctx, 'default', {
    request: { action: 'databricks.execute_statement', linked_account: account, input: { statement: 'SELECT 1' } },
    origin: { interactive },
  });
  return run.id;
}

/** Asks for one job run; it is waited for. */
export async function submitJob(ctx: Context, account: string): Promise<string> {
  const run = await submitAction(ctx, 'default', {
    request: {
      action: 'databricks.run_job',
      linked_account: account,
      input: { job_id: '1' },
      options: { wait_for_completion: true },
    },
  });
  return run.id;
}

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '' } = request;
  const text = await readBody(request);
  const send = (body: object) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const { pathname, searchParams } = new URL(url, 'http://service');
  if (method === 'POST' && pathname === '/api/2.0/sql/statements') {
    const { query_tags: tags } = JSON.parse(text) as { query_tags: { key: string; value: string }[] };
    const run = tags.find(({ key }) => key === 'penstock_run')!.value;
    service.statements.set(run, (service.statements.get(run) ?? 0) + 1);
    await service.hold?.('statement');
    return send({ statement_id: run, status: { state: 'PENDING' } });
  }
  if (method === 'POST' && pathname === '/api/2.2/jobs/run-now') {
    const { idempotency_token: token } = JSON.parse(text) as { idempotency_token: string };
    service.launches.set(token, (service.launches.get(token) ?? 0) + 1);
    await service.hold?.('job');
    return send({ run_id: 100 + [...service.launches.keys()].indexOf(token) });
  }
  if (pathname.endsWith('/cancel')) {
    service.cancels.push(text.includes('run_id') ? JSON.parse(text).run_id : pathname.split('/')[5]);
    return send({});
  }
  if (pathname === '/api/2.2/jobs/runs/list') {
    service.lists += 1;
    const from = Number(searchParams.get('page_token') ?? 0);
    const ids = service.isDone ? [] : [...service.launches.keys()].map((_, i) => 100 + i);
    const runs = ids.slice(from, from + 25).map((run_id) => ({ run_id, state: { life_cycle_state: 'RUNNING' } }));
    const next = from + 25 < ids.length ? { next_page_token: String(from + 25) } : {};
    return send({ runs, ...next });
  }
  service.polls += 1;
  const isCanceled = service.cancels.length > 0;
  if (pathname === '/api/2.2/jobs/runs/get') {
    const isOver = service.isDone || isCanceled;
    const details = { code: isCanceled ? 'USER_CANCELED' : 'SUCCESS', type: 'SUCCESS', message: '' };
    const state = isOver ? { state: 'TERMINATED', termination_details: details } : { state: 'RUNNING' };
    return send({ run_id: Number(searchParams.get('run_id')), status: state });
  }
  const id = pathname.split('/')[5]!;
  if (isCanceled) return send({ statement_id: id, status: { state: 'CANCELED' } });
  if (!service.isDone) return send({ statement_id: id, status: { state: 'RUNNING' } });
  send({
    statement_id: id,
    status: { state: 'SUCCEEDED' },
    manifest: {
      format: 'JSON_ARRAY',
      schema: { column_count: 1, columns: [{ name: 'n', type_name: 'INT', type_text: 'INT', position: 0 }] },
      total_chunk_count: 1,
      total_row_count: 1,
      truncated: false,
      chunks: [{ chunk_index: 0, row_offset: 0, row_count: 1 }],
    },
    result: { chunk_index: 0, row_offset: 0, row_count: 1, data_array: [['1']] },
  });
}
