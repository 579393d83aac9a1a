import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { readBacklogs } from '../../../engine/queue/account-backlog.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, type Service, startService, submitJob, submitStatement } from '../service.ts';

async function open(
  given: { limits?: object; worker?: boolean } = {},
): Promise<{ ctx: Context; service: Service; account: string }> {
  const service = await startService();
  const ctx = await testContext({ env: { PENSTOCK_CONCURRENCY: '2' } });
  if (given.worker !== false) await work(ctx);
  return {
    ctx,
    service,
    account: await linkAccount(ctx, service, given.limits === undefined ? {} : { limits: given.limits }),
  };
}

async function work(ctx: Context): Promise<void> {
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
}

async function cancel(ctx: Context, id: string): Promise<void> {
  await cancelRun(ctx, (await readRun(ctx, id))!);
}

async function isAt(ctx: Context, id: string, status: string): Promise<boolean> {
  return (await readRun(ctx, id))?.status === status;
}

test('ends a queued run at once, without a worker, and leaves no job', async () => {
  const { ctx, account } = await open({ worker: false });
  const id = await submitStatement(ctx, account);

  await cancel(ctx, id);

  expect(await readRun(ctx, id)).toMatchObject({ status: 'canceled', error: { code: 'ERR_CANCELED' } });
  expect(await ctx.queues.runs.getJob(id)).toBeUndefined();
  expect(await ctx.redis.zcard(ctx.keys.openRuns())).toBe(0);
  expect(await ctx.redis.exists(ctx.keys.inFlight(account))).toBe(0);
});

test('ends a run that waits in the backlog', async () => {
  const { ctx, account } = await open({ worker: false, limits: { concurrent: 1 } });
  await submitStatement(ctx, account);
  const id = await submitStatement(ctx, account);
  expect(await readBacklogs(ctx)).toHaveLength(1);

  await cancel(ctx, id);

  expect(await readRun(ctx, id)).toMatchObject({ status: 'canceled' });
});

test('cancels what waits at the service although every slot is held by others', async () => {
  const { ctx, service, account } = await open();
  const waiting = await submitStatement(ctx, account);
  await until('it waits', () => isAt(ctx, waiting, 'waiting'));
  const releases: (() => void)[] = [];
  service.hold = () => new Promise((resolve) => releases.push(resolve));
  await submitJob(ctx, account);
  await submitJob(ctx, account);
  await until('both slots are held', () => service.launches.size === 2);

  await cancel(ctx, waiting);

  expect(await ended(ctx, waiting)).toMatchObject({ status: 'canceled', launches: [{ outcome: 'canceled' }] });
  expect(service.cancels).toEqual([waiting]);
  expect(await ctx.queues.runs.getJob(waiting)).toBeUndefined();
  service.isDone = true;
  service.hold = undefined;
  for (const release of releases) release();
});

test('lets a start request that cannot be taken back come to its answer, then cancels what it began', async () => {
  const { ctx, service, account } = await open();
  let answer = () => {};
  service.hold = () => new Promise((resolve) => (answer = resolve));
  const id = await submitStatement(ctx, account);
  await until('the statement is begun', () => service.statements.size === 1);

  await cancel(ctx, id);
  answer();

  expect(await ended(ctx, id)).toMatchObject({ status: 'canceled', launches: [{ number: 1, outcome: 'canceled' }] });
  expect(service.cancels).toEqual([id]);
});

test('aborts a request that only reads', async () => {
  const { ctx } = await open();
  let isAsked = false;
  const server = await startHttpServer(() => {
    isAsked = true;
  });
  const account = await linkAccount(ctx, { origin: server.origin } as Service, { name: 'slow' });
  const { id } = await submitAction(ctx, 'default', {
    request: { action: 'databricks.query_warehouses', linked_account: account, input: {} },
  });
  await until('it is asked', () => isAsked);

  await cancel(ctx, id);

  expect(await ended(ctx, id)).toMatchObject({ status: 'canceled' });
});

test('ends a run that waits for its turn at a workspace', async () => {
  const { ctx, service, account } = await open({ limits: { per_second: 0.2 } });
  const ids: string[] = [];
  for (let i = 0; i < 4; i += 1) ids.push(await submitStatement(ctx, account));
  await until('one went, others are parked', async () => {
    const runs = await Promise.all(ids.map((id) => readRun(ctx, id)));
    return runs.filter((run) => run?.throttled_at !== undefined && run.throttled_at > 0).length >= 2;
  });
  const runs = await Promise.all(ids.map((id) => readRun(ctx, id)));
  const put = runs.filter((run) => run?.status === 'queued');

  for (const run of put) await cancelRun(ctx, run!);

  for (const run of put) expect(await ended(ctx, run!.id)).toMatchObject({ status: 'canceled', launches: [] });
  expect(service.statements.size).toBeLessThanOrEqual(2);
});

test('leaves an ended run as it is, and asking twice asks once', async () => {
  const { ctx, service, account } = await open();
  service.isDone = true;
  const id = await submitStatement(ctx, account);
  const before = await ended(ctx, id);

  await cancel(ctx, id);
  await cancel(ctx, id);

  expect(await readRun(ctx, id)).toEqual(before);
  expect(service.cancels).toEqual([]);
});
