import { Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { queuePrefix, RUN_QUEUE } from '../../../engine/queue/queues.ts';
import { wakePaused } from '../../../engine/runs/paused-runs.ts';
import { resumeLater, wake } from '../../../engine/runs/run-jobs.ts';
import { beginRun, saveRun, writeRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { testContext } from '../../context.ts';
import { claimRun, newRun, newWorkflowRun } from '../new-run.ts';

/** Takes the job of the only run, as a worker does that executes it, and keeps it. */
async function takeJob(ctx: Context): Promise<void> {
  const worker = new Worker(RUN_QUEUE, null, { connection: ctx.redis, prefix: queuePrefix(ctx.config.prefix) });
  onTestFinished(() => worker.close());
  expect(await worker.getNextJob('token')).toBeDefined();
}

const inReserve = async (ctx: Context, id: string) => (await ctx.queues.urgent.getJob(id)) !== undefined;

test('a run of a workflow that is woken before it has left its job executes again', async () => {
  const ctx = await testContext();
  const run = newWorkflowRun(ctx);
  await writeRun(ctx, run);
  await takeJob(ctx);
  await beginRun(ctx, run.id);

  await wake(ctx, (await readRun(ctx, run.id))!);

  expect(await inReserve(ctx, run.id)).toBe(true);
});

test('a run that has parked and is woken before it has left its job executes again', async () => {
  const ctx = await testContext();
  const run = newRun(ctx);
  await writeRun(ctx, run);
  await takeJob(ctx);
  await saveRun(ctx, await claimRun(ctx, run.id), { status: 'waiting', state: { phase: 'await' } }, true);

  await wake(ctx, (await readRun(ctx, run.id))!);

  expect(await inReserve(ctx, run.id)).toBe(true);
});

test('a run that has parked without its place given up executes again, too', async () => {
  const ctx = await testContext();
  const run = newRun(ctx);
  await writeRun(ctx, run);
  await takeJob(ctx);
  await saveRun(ctx, await claimRun(ctx, run.id), { status: 'queued' });

  await wake(ctx, (await readRun(ctx, run.id))!);

  expect(await inReserve(ctx, run.id)).toBe(true);
});

test('a run that executes is not executed beside itself', async () => {
  const ctx = await testContext();
  const run = newRun(ctx);
  await writeRun(ctx, run);
  await takeJob(ctx);
  await claimRun(ctx, run.id);

  await wake(ctx, (await readRun(ctx, run.id))!);

  expect(await inReserve(ctx, run.id)).toBe(false);
});

test('a run that has died alone executes alone after its account is resumed', async () => {
  const ctx = await testContext();
  const id = await pausedRun(ctx, newRun(ctx));
  await ctx.redis.hset(ctx.keys.run(id), 'isolated', '0 1 ');

  await wakePaused(ctx, 'acc_1');

  expect(await ctx.queues.isolated.getJob(id)).toBeDefined();
  expect(await ctx.queues.runs.getJob(id)).toBeUndefined();
});

test('a run that a person waits for stays ahead of bulk after its account is resumed', async () => {
  const ctx = await testContext();
  const id = await pausedRun(ctx, newRun(ctx, { interactive: true }));

  await wakePaused(ctx, 'acc_1');

  expect((await ctx.queues.runs.getJob(id))?.priority).toBe(0);
});

test('a run that parks in the reserve comes back when it asks to, although the job that it had before is there', async () => {
  const ctx = await testContext();
  await ctx.queues.runs.add('run', null, { jobId: 'run_1', delay: 120_000 });

  await resumeLater(ctx, 'run_1', { ms: 1000 });

  expect((await ctx.queues.runs.getJob('run_1'))?.delay).toBe(1000);
});

/** A run that waits for the account `acc_1`, and has no job. */
async function pausedRun(ctx: Context, run: ReturnType<typeof newRun>): Promise<string> {
  await writeRun(ctx, run);
  await ctx.queues.runs.remove(run.id);
  await ctx.redis.sadd(ctx.keys.other('paused-runs', 'acc_1'), run.id);
  return run.id;
}
