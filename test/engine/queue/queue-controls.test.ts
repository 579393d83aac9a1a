import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { beginRun, finishRun, writeRun } from '../../../engine/runs/run-writes.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { newRun } from '../new-run.ts';

/** What operators do to BullMQ's queues, with its own API or a board, holds for runs. */

async function started(ctx: Context): Promise<void> {
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
}

function transform(ctx: Context): Promise<{ id: string }> {
  return submitAction(ctx, 'default', { request: { action: 'core.transform', input: { value: 1 } } });
}

test('a paused queue takes runs and executes none before it is resumed', async () => {
  const ctx = await testContext();
  await started(ctx);
  await ctx.queues.runs.pause();

  const { id } = await transform(ctx);
  // The same worker takes jobs of a queue that is not paused.
  await ctx.queues.urgent.add('run', null, { jobId: 'run_none' });
  await until(
    'the other queue is empty',
    async () => (await ctx.queues.urgent.getJobCountByTypes('wait', 'active')) === 0,
  );
  expect(await ctx.redis.hget(ctx.keys.run(id), 'status')).toBe('queued');

  await ctx.queues.runs.resume();

  expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
});

test('a run that comes from its backlog into a paused queue waits there', async () => {
  const ctx = await testContext();
  const ids: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const run = newRun(ctx, { linked_account: 'la_capped' });
    await writeRun(ctx, run, { kind: 'bulk', most: 1 });
    ids.push(run.id);
  }
  const first = (await beginRun(ctx, ids[0]!))!;
  await ctx.queues.runs.remove(first.id);
  await ctx.queues.runs.pause();
  await started(ctx);

  await finishRun(ctx, first, { status: 'succeeded' });

  await ctx.queues.urgent.add('run', null, { jobId: 'run_none' });
  await until(
    'the other queue is empty',
    async () => (await ctx.queues.urgent.getJobCountByTypes('wait', 'active')) === 0,
  );
  expect(await ctx.redis.hget(ctx.keys.run(ids[1]!), 'status')).toBe('queued');
  expect(await (await ctx.queues.runs.getJob(ids[1]!))!.isActive()).toBe(false);
});

test('global concurrency bounds the runs that are active, over workers and beside the reserve', async () => {
  const counts = { open: 0, most: 0 };
  const released = Promise.withResolvers<void>();
  const server = await startHttpServer(async (_request, response) => {
    counts.open += 1;
    counts.most = Math.max(counts.most, counts.open);
    await released.promise;
    counts.open -= 1;
    response.writeHead(204).end();
  });
  const ctx = await testContext({ env: { PENSTOCK_CONCURRENCY: '5' } });
  await ctx.queues.runs.setGlobalConcurrency(2);
  await started(ctx);
  const made = await Promise.all(
    Array.from({ length: 10 }, () =>
      submitAction(ctx, 'default', { request: { action: 'core.webhook', input: { url: server.origin, body: {} } } }),
    ),
  );

  await until('two are open', () => counts.open === 2);
  released.resolve();
  for (const { id } of made) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });

  expect(counts.most).toBe(2);
});

test("Bull Board's numbers are those of the runs", async () => {
  const ctx = await testContext();
  for (let i = 0; i < 30; i += 1) await writeRun(ctx, newRun(ctx, { linked_account: 'la_one' }));
  await writeRun(ctx, newRun(ctx, { linked_account: 'la_one' }), { kind: 'first', most: 0 });

  const counts = await new BullMQAdapter(ctx.queues.runs).getJobCounts();
  expect(counts).toMatchObject({ waiting: 1, prioritized: 30, active: 0, delayed: 0 });
  expect(await ctx.queues.runs.getCountsPerPriority([0, 1, 3])).toEqual({ 0: 1, 1: 20, 3: 10 });
});
