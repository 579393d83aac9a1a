import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../engine/process/clock.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { activate } from '../../../engine/runs/activate.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { ended, openWorkspace } from '../../workspace.ts';
import { linkAccount, startService, submitJob } from '../service.ts';

test('runs a statement and gives its rows', async () => {
  const { run, emulator } = await openWorkspace();

  const ended = await run('databricks.execute_statement', {
    warehouse_id: emulator.warehouseId,
    statement: 'SELECT 9007199254740993 AS big, 1 AS small, CAST(NULL AS STRING) AS nothing',
  });

  expect(ended).toMatchObject({
    status: 'succeeded',
    output: { rows: [{ big: '9007199254740993', small: 1, nothing: null }], truncated: false },
    launches: [{ number: 1, outcome: 'succeeded' }],
  });
});

test("keeps the service's own code and message of a failed statement", async () => {
  const { run, emulator } = await openWorkspace();

  const ended = await run('databricks.execute_statement', {
    warehouse_id: emulator.warehouseId,
    statement: 'SELECT * FROM main.default.no_such_table',
  });

  expect(ended.status).toBe('failed');
  expect(ended.error).toMatchObject({ code: 'ERR_REMOTE_FAILED', upstream: { error_code: 'BAD_REQUEST' } });
  expect(ended.error?.message).toContain('TABLE_OR_VIEW_NOT_FOUND');
});

test('holds no slot while a statement runs', async () => {
  const { ctx, account, emulator, run } = await openWorkspace({ context: { env: { PENSTOCK_CONCURRENCY: '1' } } });
  const slow = await submitAction(ctx, 'default', {
    request: {
      action: 'databricks.execute_statement',
      linked_account: account,
      input: { warehouse_id: emulator.warehouseId, statement: 'SELECT emulator_sleep(2)' },
    },
  });
  await until('the slow run waits', async () => (await readRun(ctx, slow.id))?.status === 'waiting');

  const quick = await run('databricks.query_warehouses', {});

  expect(quick.status).toBe('succeeded');
  expect((await readRun(ctx, slow.id))?.status).not.toBe('succeeded');
  expect((await ended(ctx, slow.id)).status).toBe('succeeded');
});

test('starts a job once and waits for it when asked', async () => {
  const { run, emulator } = await openWorkspace();
  const { output } = await run('databricks.query_jobs', { name: 'Refresh daily totals' });
  const [{ job_id }] = (output as { jobs: [{ job_id: string }] }).jobs;

  const ended = await run('databricks.run_job', { job_id }, { wait_for_completion: true });

  expect(ended).toMatchObject({ status: 'succeeded', launches: [{ number: 1, token: `${ended.id}-1` }] });
  const sent = emulator.requests.list().filter((request) => request.path.endsWith('/run-now'));
  expect(sent).toHaveLength(1);
});

test('names what a launch began at the service, also when it ended with its first answer', async () => {
  const { run } = await openWorkspace();
  const { output } = await run('databricks.query_jobs', { name: 'Refresh daily totals' });
  const [{ job_id }] = (output as { jobs: [{ job_id: string }] }).jobs;

  const ended = await run('databricks.run_job', { job_id });

  const { run_id } = ended.output as { run_id: string };
  const [launch] = ended.launches;
  expect(launch).toMatchObject({ outcome: 'succeeded' });
  expect(String((launch!.handle as { run_id: bigint }).run_id)).toBe(run_id);
});

test('cancels a running statement at the service', async () => {
  const { ctx, account, emulator } = await openWorkspace();
  const run = await submitAction(ctx, 'default', {
    request: {
      action: 'databricks.execute_statement',
      linked_account: account,
      input: { warehouse_id: emulator.warehouseId, statement: 'SELECT emulator_sleep(60)' },
    },
  });
  await until('the run waits', async () => (await readRun(ctx, run.id))?.status === 'waiting');

  await cancelRun(ctx, (await readRun(ctx, run.id))!);

  expect(await ended(ctx, run.id)).toMatchObject({ status: 'canceled', error: { code: 'ERR_CANCELED' } });
  expect(emulator.requests.list().some((request) => request.path.endsWith('/cancel'))).toBe(true);
});

test('replays a failed run as a new run that names the first', async () => {
  const { ctx, run, emulator } = await openWorkspace();
  const failed = await run('databricks.execute_statement', {
    warehouse_id: emulator.warehouseId,
    statement: 'SELECT * FROM main.default.later',
  });
  await run('databricks.execute_statement', {
    warehouse_id: emulator.warehouseId,
    statement: 'CREATE TABLE main.default.later AS SELECT 1 AS n',
  });

  const replay = await replayRun(ctx, failed);

  expect(await ended(ctx, replay.id)).toMatchObject({
    status: 'succeeded',
    replay_of: failed.id,
    output: { rows: [{ n: 1 }] },
  });
  expect((await readRun(ctx, failed.id))?.replayed_by).toBe(replay.id);
});

test('renews an expired token in mid-run and sends the request once more', async () => {
  const { run, emulator } = await openWorkspace({ kind: 'oauth_m2m' });
  emulator.faults.add({ match: { path: '/api/2.0/sql/warehouses' }, times: 1, fault: { expired_token: true } });
  emulator.requests.clear();

  const ended = await run('databricks.query_warehouses', {});

  expect(ended).toMatchObject({ status: 'succeeded', attempts: 1 });
  const sent = emulator.requests.list().map(({ path, fault, status }) => ({ path, isRefused: fault !== null, status }));
  expect(sent).toEqual([
    { path: '/api/2.0/sql/warehouses', isRefused: true, status: 403 },
    { path: '/oidc/v1/token', isRefused: false, status: 200 },
    { path: '/api/2.0/sql/warehouses', isRefused: false, status: 200 },
  ]);
});

test('tries again after a 429 as the service asks', async () => {
  const { activateFirst, emulator, startWorker } = await openRetried({ status: 429, retry_after: 1 });

  const { id, activation } = await activateFirst();
  const ended = await startWorker(id);

  // Retry-After and half a second, since the clock's chance is the middle.
  expect(activation).toMatchObject({ kind: 'wait', ms: 1500 });
  expect(ended).toMatchObject({ status: 'succeeded', attempts: 2 });
  expect(ended.error).toBeUndefined();
  expect(emulator.requests.list({ path: /\/sql\/warehouses$/ }).map(({ status }) => status)).toEqual([429, 200]);
});

test('waits before it tries again what got no answer', async () => {
  const { activateFirst, emulator, startWorker } = await openRetried({ status: 503 });

  const { id, activation } = await activateFirst();
  const ended = await startWorker(id);

  expect(activation).toMatchObject({ kind: 'wait', ms: 500 });
  expect(ended).toMatchObject({ status: 'succeeded', attempts: 2 });
  expect(emulator.requests.list({ path: /\/sql\/warehouses$/ }).map(({ status }) => status)).toEqual([503, 200]);
});

/** A run whose first request is refused: its first activation is the test's, the others a worker's. */
async function openRetried(fault: { status: number; retry_after?: number }) {
  const clock = { ...systemClock, random: () => 0.5 };
  const { ctx, account, emulator } = await openWorkspace({ worker: false, context: { context: { clock } } });
  emulator.faults.add({ match: { path: '/api/2.0/sql/warehouses' }, times: 1, fault });
  return {
    emulator,
    async activateFirst() {
      const request = { action: 'databricks.query_warehouses', linked_account: account, input: {} };
      const { id } = await submitAction(ctx, 'default', { request });
      const { signal } = new AbortController();
      return { id, activation: await activate(ctx, id, { signal, renew: () => signal }) };
    },
    async startWorker(id: string) {
      const worker = await startWorker(ctx);
      onTestFinished(() => worker.close());
      return ended(ctx, id);
    },
  };
}

test('a run that has ended is not executed again', async () => {
  const { ctx, account, emulator } = await openWorkspace({ worker: false });
  const request = { action: 'databricks.query_warehouses', linked_account: account, input: {} };
  const { id } = await submitAction(ctx, 'default', { request });
  const { signal } = new AbortController();
  const activateOnce = () => activate(ctx, id, { signal, renew: () => signal });

  const first = await activateOnce();
  const run = await readRun(ctx, id);
  const again = await activateOnce();

  expect([first, again]).toEqual([{ kind: 'ended' }, { kind: 'ended' }]);
  expect(run?.status).toBe('succeeded');
  expect(await readRun(ctx, id)).toEqual(run);
  expect(emulator.requests.list({ path: /\/sql\/warehouses$/ })).toHaveLength(1);
});

test('the later of two activations at once takes the run over, and the earlier one writes nothing', async () => {
  const service = await startService();
  const ctx = await testContext();
  const id = await submitJob(ctx, await linkAccount(ctx, service));
  const { signal } = new AbortController();
  const { promise: held, resolve: answerNow } = Promise.withResolvers<void>();
  service.hold = () => held;
  const earlier = activate(ctx, id, { signal, renew: () => signal });
  await until('its request came', () => service.launches.size === 1);
  service.hold = undefined;

  const later = await activate(ctx, id, { signal, renew: () => signal });
  const run = await readRun(ctx, id);
  answerNow();

  expect(await earlier).toEqual({ kind: 'ended' });
  expect(later).toMatchObject({ kind: 'wait' });
  expect(run).toMatchObject({ status: 'waiting', launches: [{ number: 1, token: `${id}-1` }] });
  expect(await readRun(ctx, id)).toEqual(run);
  expect([...service.launches]).toEqual([[`${id}-1`, 2]]);
});

test('never sends a request without a token twice when its answer is lost', async () => {
  const { run, emulator } = await openWorkspace();
  emulator.faults.add({
    match: { method: 'POST', path: '/api/2.0/sql/warehouses' },
    times: 1,
    fault: { drop: 'after' },
  });

  const ended = await run('databricks.create_warehouse', { name: 'once', cluster_size: '2X-Small' });

  expect(ended).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_OUTCOME_UNKNOWN' },
    launches: [{ outcome: 'unknown' }],
  });
  const sent = emulator.requests
    .list()
    .filter((request) => request.method === 'POST' && request.path === '/api/2.0/sql/warehouses');
  expect(sent).toHaveLength(1);
});
