import { Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { queuePrefix, RUN_QUEUE } from '../../../engine/queue/queues.ts';
import { wake } from '../../../engine/runs/run-jobs.ts';
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

test('a run that executes is not executed beside itself', async () => {
  const ctx = await testContext();
  const run = newRun(ctx);
  await writeRun(ctx, run);
  await takeJob(ctx);
  await claimRun(ctx, run.id);

  await wake(ctx, (await readRun(ctx, run.id))!);

  expect(await inReserve(ctx, run.id)).toBe(false);
});
