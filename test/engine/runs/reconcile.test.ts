import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { repairRuns } from '../../../engine/runs/reconcile.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testClock, testContext } from '../../context.ts';
import { ended } from '../../workspace.ts';

const MINUTE_MS = 60_000;
const NOTHING = {
  job_without_record: 0,
  record_without_job: 0,
  ended_but_open: 0,
  overdue_job: 0,
  stuck_in_backlog: 0,
};

async function open() {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  const submit = async () =>
    (await submitAction(ctx, 'default', { request: { action: 'core.transform', input: { value: 1 } } })).id;
  return { ctx, clock, submit };
}

async function mendedOf(ctx: Context): Promise<Record<string, number>> {
  const { counters } = ctx.meters.own();
  return Object.fromEntries(
    counters.get('penstock_reconciler_repairs_total')!.map(({ labels, value }) => [labels.what, value]),
  );
}

test('leaves alone what is as it should be, however long it waits', async () => {
  const { ctx, clock, submit } = await open();
  await submit();
  clock.advance(60 * MINUTE_MS);

  expect(await repairRuns(ctx)).toEqual(NOTHING);
  expect(await repairRuns(ctx)).toEqual(NOTHING);
});

test('gives a record its job, once, and the run continues', async () => {
  const { ctx, clock, submit } = await open();
  const id = await submit();
  await ctx.queues.runs.remove(id);
  expect(await repairRuns(ctx)).toEqual(NOTHING);
  clock.advance(MINUTE_MS);

  const rounds = await Promise.all([repairRuns(ctx), repairRuns(ctx)]);

  expect(rounds.some((round) => round.record_without_job === 1)).toBe(true);
  expect(await ctx.queues.runs.getJobCounts('wait', 'prioritized')).toMatchObject({ prioritized: 1 });
  expect(await repairRuns(ctx)).toEqual(NOTHING);
  expect((await mendedOf(ctx)).record_without_job).toBeGreaterThan(0);
  const worker = await startWorker(ctx);
  await ended(ctx, id);
  await worker.close();
});

test('gives a job that is in no list back to the queue', async () => {
  const { ctx, clock, submit } = await open();
  const id = await submit();
  await ctx.redis.del(ctx.queues.runs.toKey('prioritized'));
  clock.advance(30 * MINUTE_MS);

  expect(await repairRuns(ctx)).toEqual({ ...NOTHING, record_without_job: 1 });
  expect(await (await ctx.queues.runs.getJob(id))!.getState()).toBe('prioritized');
});

test('takes an ended run off the list of open ones', async () => {
  const { ctx, clock, submit } = await open();
  const id = await submit();
  await cancelRun(ctx, (await readRun(ctx, id))!);
  await ctx.redis.zadd(ctx.keys.openRuns(), clock.now(), id);
  clock.advance(MINUTE_MS);

  expect(await repairRuns(ctx)).toEqual({ ...NOTHING, ended_but_open: 1 });
  expect(await ctx.redis.zcard(ctx.keys.openRuns())).toBe(0);
  expect(await mendedOf(ctx)).toMatchObject({ ended_but_open: 1 });
});

test('takes a job away whose record is gone', async () => {
  const { ctx, clock, submit } = await open();
  const id = await submit();
  await ctx.queues.runs.remove(id);
  await ctx.queues.runs.add('run', null, { jobId: id, delay: 1000 });
  await ctx.redis.del(ctx.keys.run(id));
  await ctx.redis.zrem(ctx.keys.openRuns(), id);
  clock.advance(MINUTE_MS);

  expect(await repairRuns(ctx)).toEqual({ ...NOTHING, job_without_record: 1 });
  expect(await ctx.queues.runs.getJob(id)).toBeUndefined();
  expect(await mendedOf(ctx)).toMatchObject({ job_without_record: 1 });
});

test('brings up a delayed job that is past its time', async () => {
  const { ctx, clock, submit } = await open();
  const id = await submit();
  await ctx.queues.runs.remove(id);
  await ctx.queues.runs.add('run', null, { jobId: id, delay: 1000 });
  clock.advance(MINUTE_MS);

  expect(await repairRuns(ctx)).toEqual({ ...NOTHING, overdue_job: 1 });
  expect(await (await ctx.queues.runs.getJob(id))!.getState()).toMatch(/^(waiting|prioritized)$/);
  expect(await mendedOf(ctx)).toMatchObject({ overdue_job: 1 });
});
