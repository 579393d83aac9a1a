import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readEvents } from '../../../engine/events/event-stream.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { newId } from '../../../engine/store/ids.ts';
import { submitWorkflow } from '../../../engine/workflows/submit-workflow.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { testContext, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { kill } from '../forked-worker.ts';
import { keepWorkerRunning, POISON_THREADS, startMortalWorker } from './processes.ts';

const LIMIT_MS = 180_000;

async function open(answer: (request: IncomingMessage, response: ServerResponse) => void = answerAll) {
  const { origin } = await startHttpServer(async (request, response) => answer(request, response));
  const ctx = await testContext();
  const { id: account } = await createLinkedAccount(ctx, engineActor('default'), {
    name: 'demo',
    connector: 'databricks',
    authentication: { name: 'token', kind: 'pat', host: origin, token: 'dapi-test', test: false },
  });
  const get = (path: string) => submit(ctx, 'databricks.http_request', { account, input: { method: 'GET', path } });
  return { ctx, account, get };
}

function answerAll({ url }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(url?.includes('run-now') ? '{"run_id": 666}' : '{"ok": true}');
}

async function submit(ctx: Context, action: string, of: { account: string; input: object; options?: object }) {
  const { id } = await submitAction(ctx, 'default', {
    request: { action, linked_account: of.account, input: of.input, options: of.options as never },
  });
  return id;
}

test(
  'a run that kills its process is ended after three deaths alone, and only two workers die with it',
  async () => {
    const { ctx, get } = await open();
    const poison = await get('/api/2.0/poison');
    const neighbors = await Promise.all(Array.from({ length: 10 }, (_, i) => get(`/api/2.0/fine/${i}`)));
    const deaths = await keepWorkerRunning(ctx);

    const run = await ended(ctx, poison, LIMIT_MS);

    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_RUN_CRASHED', message: expect.stringMatching(/died 3 times.*SIGKILL/) },
    });
    for (const id of neighbors) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
    expect(deaths()).toBe(2);
    const events = await readEvents(ctx, 'default');
    expect(events.map(({ event }) => event).filter(({ type }) => (type as string) === 'run.crashed')).toMatchObject([
      { data: { run: poison, action: 'databricks.http_request', code: 'ERR_RUN_CRASHED', deaths: 3 } },
    ]);
    expect(await ctx.queues.isolated.getJobCounts('wait', 'active', 'delayed')).toMatchObject({ wait: 0, delayed: 0 });
  },
  LIMIT_MS,
);

test(
  'of a remote operation that was begun, the end says that it may continue',
  async () => {
    const { ctx, account } = await open();
    const id = await submit(ctx, 'databricks.run_job', {
      account,
      input: { job_id: '1' },
      options: { wait_for_completion: true },
    });
    await keepWorkerRunning(ctx);

    expect(await ended(ctx, id, LIMIT_MS)).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_RUN_CRASHED', hint: expect.stringContaining('666') },
      launches: [{ number: 1, outcome: 'unknown' }],
    });
  },
  LIMIT_MS,
);

test(
  'workers that are killed by others never end a run, however often, also one that executes alone',
  async () => {
    const held: ServerResponse[] = [];
    const { ctx, get } = await open((request, response) => {
      if (request.url?.includes('slow')) held.push(response);
      else answerAll(request, response);
    });
    const id = await get('/api/2.0/slow');

    for (let count = 1; count <= 6; count += 1) {
      const worker = await startMortalWorker(ctx);
      await until(`request ${count} came`, () => held.length >= count, LIMIT_MS);
      // While it executes: a process whose worker is killed parks what it executes, which loses the mark.
      if (count === 6) expect((await readRun(ctx, id))?.isolated).toBeDefined();
      await kill(worker, 'SIGKILL');
    }
    await startMortalWorker(ctx);
    await until('the last request came', () => held.length >= 7, LIMIT_MS);
    for (const response of held) if (!response.destroyed) answerAll({ url: '' } as IncomingMessage, response);

    expect(await ended(ctx, id, LIMIT_MS)).toMatchObject({ status: 'succeeded' });
  },
  LIMIT_MS,
);

test(
  'a run that fills the heap of its process is ended, and those beside it in the same worker are not harmed',
  async () => {
    const { ctx, get } = await open();
    const poison = await get('/api/2.0/exhaust');
    const neighbors = await Promise.all(Array.from({ length: 10 }, (_, i) => get(`/api/2.0/fine/${i}`)));
    const deaths = await keepWorkerRunning(ctx, ['--max-old-space-size=160']);

    const run = await ended(ctx, poison, LIMIT_MS);

    expect(run).toMatchObject({
      status: 'failed',
      error: {
        code: 'ERR_RUN_CRASHED',
        message: expect.stringMatching(/died 3 times.*(SIGABRT|exit code 134)/),
        hint: expect.stringContaining('memory'),
      },
    });
    for (const id of neighbors) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
    expect(await ended(ctx, await get('/api/2.0/later'), LIMIT_MS)).toMatchObject({ status: 'succeeded' });
    expect(deaths()).toBe(2);
  },
  LIMIT_MS,
);

test(
  'a run of a workflow that kills its worker each time is ended alone, with its open steps',
  async () => {
    const { ctx, get } = await open();
    const define = (name: string, steps: object[]) =>
      createWorkflow(ctx, 'default', { name, trigger: { id: 'core.manual' }, steps });
    const start = async ({ id: workflow }: { id: string }) => {
      const id = newId('run', ctx.clock.now());
      await submitWorkflow(ctx, 'default', { id, workflow, version: 1, trigger: { n: 1 } });
      return id;
    };
    const wait = { id: 'wait', action: 'core.delay', needs: [], input: { seconds: 3600 } };
    const kills = { id: 'kills', action: 'core.transform', needs: [], input: { value: '{{ $uppercase("x") }}' } };
    const poison = await start(await define('poison', [wait, kills]));
    const fine = await define('fine', [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.n }}' } }]);
    const neighbors = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? start(fine) : get(`/api/2.0/fine/${i}`))),
    );
    const deaths = await keepWorkerRunning(ctx, POISON_THREADS);

    const run = await ended(ctx, poison, LIMIT_MS);

    expect(run).toMatchObject({
      kind: 'workflow',
      status: 'failed',
      error: { code: 'ERR_RUN_CRASHED', message: expect.stringMatching(/the steps of the workflow died 3 times/) },
    });
    for (const id of neighbors) expect(await ended(ctx, id, LIMIT_MS)).toMatchObject({ status: 'succeeded' });
    expect(deaths()).toBe(2);
    expect(await ended(ctx, `${poison}.wait`, LIMIT_MS)).toMatchObject({ status: 'canceled' });
    const events = (await readEvents(ctx, 'default')).map(({ event }) => event);
    expect(events.filter(({ type }) => (type as string) === 'run.crashed')).toMatchObject([
      { data: { run: poison, kind: 'workflow', deaths: 3 } },
    ]);
  },
  LIMIT_MS,
);
