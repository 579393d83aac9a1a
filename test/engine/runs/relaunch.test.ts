import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../engine/process/clock.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { flowsOf } from '../flows.ts';
import { linkAccount, type Service } from '../service.ts';

type Answer = { status?: number; body: unknown };
interface Asked {
  method: string;
  path: string;
  body: { statement?: string; idempotency_token?: string };
}

/** Runs one step that may be launched three times, against a service that answers as `answer` says; gives what was sent. */
async function runStep(
  step: { action: string; input: object; options?: object },
  answer: (asked: Asked, count: number) => Answer,
) {
  const posts: Asked[] = [];
  const server = await startHttpServer(async (request: IncomingMessage, response: ServerResponse) => {
    const text = await readBody(request);
    const path = new URL(request.url!, 'http://service').pathname;
    const asked: Asked = { method: request.method!, path, body: text === '' ? {} : JSON.parse(text) };
    if (asked.method === 'POST' && !path.endsWith('/cancel')) posts.push(asked);
    const { status = 200, body } = answer(asked, posts.length);
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(json);
  });
  // Without chance what is tried again comes at once.
  const ctx = await testContext({ context: { clock: { ...systemClock, random: () => 0 } } });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const account = await linkAccount(ctx, { origin: server.origin } as Service);
  const flows = flowsOf(ctx);
  const workflow = await flows.make([
    { id: 'one', linked_account: account, retry: { times: 2, delay_seconds: 0.01 }, ...step },
  ]);
  const { id } = await ended(ctx, await flows.begin(workflow));
  const { one } = await flows.steps(id);
  return { run: one!, posts };
}

const STATEMENT = { action: 'databricks.execute_statement', input: { statement: 'INSERT INTO t VALUES (1)' } };
const JOB = { action: 'databricks.run_job', input: { job_id: '1' }, options: { wait_for_completion: true } };
const PENDING = { statement_id: 's1', status: { state: 'PENDING' } };
const DENIED = { status: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } };

test.each([
  ['text', 'OK'],
  ['JSON of great depth', `${'['.repeat(2000)}${']'.repeat(2000)}`],
  ['a web page', '<html><title>Sign in</title></html>'],
  ['a list', '[]'],
])('a statement whose answer is %s may have run, and is not sent again', async (_what, body) => {
  const { run, posts } = await runStep(STATEMENT, () => ({ body }));

  expect(posts).toHaveLength(1);
  expect(run).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_OUTCOME_UNKNOWN', hint: expect.stringContaining(`penstock_run = ${run.id}`) },
    launches: [{ number: 1, outcome: 'unknown' }],
  });
});

test('a job run that can no longer be asked for may continue, and no second one is begun', async () => {
  const { run, posts } = await runStep(JOB, ({ method }) => (method === 'POST' ? { body: { run_id: 7 } } : DENIED));

  expect(posts).toHaveLength(1);
  expect(run).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_UPSTREAM', hint: expect.stringContaining('run_id 7') },
    launches: [{ number: 1, handle: { run_id: 7 }, outcome: 'unknown' }],
  });
});

test('a launch that was lost and then refused may have had its effect, and no other token follows', async () => {
  const { run, posts } = await runStep(JOB, (_asked, count) =>
    count === 1 ? { status: 502, body: { error_code: 'BAD_GATEWAY', message: 'lost' } } : DENIED,
  );

  expect(posts.map(({ body }) => body.idempotency_token)).toEqual([`${run.id}-1`, `${run.id}-1`]);
  expect(run).toMatchObject({ status: 'failed', launches: [{ number: 1, outcome: 'unknown' }] });
});

test('rows that were written are not written again because a later batch failed', async () => {
  const column = { name: 'n', type_name: 'INT', type_text: 'INT', position: 0 };
  const succeeded = {
    statement_id: 's',
    status: { state: 'SUCCEEDED' },
    manifest: { format: 'JSON_ARRAY', schema: { column_count: 1, columns: [column] }, total_row_count: 0 },
    result: { data_array: [] },
  };
  const failed = { statement_id: 's', status: { state: 'FAILED', error: { error_code: 'X', message: 'full' } } };
  const { run, posts } = await runStep(
    {
      action: 'databricks.insert_rows',
      input: { table: 'a.b.c', rows: [{ n: 1 }, { n: 2 }], batch_size: 1 },
    },
    (_asked, count) => ({ body: count < 3 ? succeeded : failed }),
  );

  expect(posts.filter(({ body }) => body.statement!.startsWith('INSERT'))).toHaveLength(2);
  expect(run).toMatchObject({ status: 'failed', error: { hint: expect.stringContaining('The first 1 of 2 rows') } });
});

test('a result that the service cut short does not run its statement again', async () => {
  const { run, posts } = await runStep(STATEMENT, () => ({
    body: {
      statement_id: 's1',
      status: { state: 'SUCCEEDED' },
      manifest: { format: 'JSON_ARRAY', schema: { column_count: 0, columns: [] }, total_row_count: 1, truncated: true },
      result: { data_array: [] },
    },
  }));

  expect(posts).toHaveLength(1);
  expect(run).toMatchObject({
    error: { code: 'ERR_RESULT_TRUNCATED' },
    launches: [{ handle: { statement_id: 's1' } }],
  });
});

test.each([
  ['failed', { state: 'FAILED', error: { error_code: 'X', message: 'it broke' } }],
  ['was closed', { state: 'CLOSED' }],
])('a launch that %s for good is followed by another', async (_what, status) => {
  const { run, posts } = await runStep(STATEMENT, ({ method }) => ({
    body: method === 'POST' ? PENDING : { statement_id: 's1', status },
  }));

  expect(posts).toHaveLength(3);
  expect(run).toMatchObject({ error: { code: 'ERR_REMOTE_FAILED' } });
  expect(run.launches.map(({ number, outcome }) => [number, outcome])).toEqual([
    [1, 'failed'],
    [2, 'failed'],
    [3, 'failed'],
  ]);
});

test('a launch that was refused is followed by another', async () => {
  const { run, posts } = await runStep(STATEMENT, () => DENIED);

  expect(posts).toHaveLength(3);
  expect(run).toMatchObject({ error: { code: 'ERR_UPSTREAM' }, launches: [{}, {}, { number: 3, outcome: 'failed' }] });
});
