import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { readRunCounts } from '../../../engine/runs/run-counts.ts';
import { writeRun } from '../../../engine/runs/run-writes.ts';
import { readQuotas } from '../../../engine/store/quotas.ts';
import { testClock, testContext } from '../../context.ts';
import { startRedis } from '../../redis-servers.ts';
import { newRun } from '../new-run.ts';

/** Without workers a tenant has room for this many. */
const WINDOW = 64;
const BULK = { kind: 'bulk', most: 0 } as const;

type Given = Parameters<typeof newRun>[1];

function runs(ctx: Context, count: number, given: Given = {}) {
  return Array.from({ length: count }, () => newRun(ctx, { linked_account: 'la_a', trigger: 'manual', ...given }));
}

/** Outcomes of runs that were written in one turn: whether each was written, or why it was refused. */
async function writeAll(ctx: Context, all: ReturnType<typeof runs>): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(all.map((run) => writeRun(ctx, run, BULK)));
  return outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code));
}

async function calls(ctx: Context, work: () => Promise<unknown>): Promise<Record<string, number>> {
  await ctx.redis.config('RESETSTAT');
  await work();
  const stats = await ctx.redis.info('commandstats');
  return Object.fromEntries(
    [...stats.matchAll(/^cmdstat_([a-z]+):calls=(\d+)/gm)].map(([, name, count]) => [name, Number(count)]),
  );
}

async function minuteOf(ctx: Context, at: number) {
  const [found] = await readRunCounts(ctx, 'default', {
    by: 'linked_account',
    bucket: 60,
    from: at - (at % 60_000),
    to: at + 1,
  });
  return found;
}

test('writes the runs of one turn in one script, in their order, and counts each', async () => {
  const redis = await startRedis();
  const clock = testClock();
  const ctx = await testContext({ env: { REDIS_URL: redis.url }, context: { clock } });
  await writeAll(ctx, runs(ctx, WINDOW + 1));
  const more = runs(ctx, 10, { input: { statement: 'SELECT 1' } });

  const sent = await calls(ctx, async () => expect(await writeAll(ctx, more)).toEqual(more.map(() => true)));

  expect(sent).toMatchObject({ evalsha: 1, hset: 10, hincrby: 5, rpush: 1, zadd: 1 });
  const backlog = await ctx.redis.lrange(ctx.keys.backlog('la_a'), 0, -1);
  expect(backlog.slice(-10)).toEqual(more.map(({ id }) => id));
  const { unfinished_runs, input_bytes } = await readQuotas(ctx, 'default');
  expect(unfinished_runs.used).toBe(WINDOW + 11);
  const lengths = await Promise.all(
    (await ctx.redis.zrange(ctx.keys.runs('default'), '0', '-1')).map((id) =>
      ctx.redis.hstrlen(ctx.keys.run(id), 'input'),
    ),
  );
  expect(input_bytes.used).toBe(lengths.reduce((sum, length) => sum + length, 0));
  expect(await minuteOf(ctx, clock.now())).toMatchObject({ total: WINDOW + 11, counts: { la_a: WINDOW + 11 } });
});

test('gives the runs of one turn their jobs in one transaction', async () => {
  const redis = await startRedis();
  const ctx = await testContext({ env: { REDIS_URL: redis.url }, context: { clock: testClock() } });
  await writeAll(ctx, runs(ctx, 1));
  const more = runs(ctx, 5);

  const sent = await calls(ctx, () => writeAll(ctx, more));

  expect(sent).toMatchObject({ multi: 1, exec: 1, evalsha: 6 });
  for (const { id } of more) expect((await ctx.queues.runs.getJob(id))!.priority).toBe(1);
  expect(await ctx.redis.scard(ctx.keys.inFlight('la_a'))).toBe(6);
});

test('refuses those of one turn that are beyond a quota, and no other', async () => {
  const ctx = await testContext();
  await ctx.redis.hset(ctx.keys.quotas('default'), 'unfinished_runs', 3);
  const all = runs(ctx, 5);

  const answers = await writeAll(ctx, all);

  expect(answers).toEqual([true, true, true, 'ERR_QUOTA_BUSY', 'ERR_QUOTA_BUSY']);
  expect((await readQuotas(ctx, 'default')).unfinished_runs.used).toBe(3);
  for (const [i, { id }] of all.entries()) expect(await ctx.redis.exists(ctx.keys.run(id))).toBe(i < 3 ? 1 : 0);
});

test('counts the bytes of each input before the next of the turn is written', async () => {
  const ctx = await testContext();
  await ctx.redis.hset(ctx.keys.quotas('default'), 'input_bytes', 1000);

  const answers = await writeAll(ctx, runs(ctx, 3, { input: { statement: 'x'.repeat(600) } }));

  expect(answers).toEqual([true, true, 'ERR_QUOTA_EXCEEDED']);
});

test('writes a run that comes twice in one turn once', async () => {
  const ctx = await testContext();
  const [run, other] = runs(ctx, 2);

  expect(await writeAll(ctx, [run!, { ...run! }, other!])).toEqual([true, false, true]);

  expect((await readQuotas(ctx, 'default')).unfinished_runs.used).toBe(2);
});

test('keeps tenants and accounts of one turn apart', async () => {
  const ctx = await testContext();
  await ctx.redis.hset(ctx.keys.quotas('full'), 'unfinished_runs', 0);
  const all = [
    ...runs(ctx, 2),
    ...runs(ctx, 2, { tenant: 'full' }),
    ...runs(ctx, 2, { linked_account: 'la_b' }),
    ...runs(ctx, 1, { tenant: 'third' }),
  ];

  const answers = await writeAll(ctx, all);

  expect(answers).toEqual([true, true, 'ERR_QUOTA_BUSY', 'ERR_QUOTA_BUSY', true, true, true]);
  expect(await ctx.redis.zcard(ctx.keys.runs('default'))).toBe(4);
  expect(await ctx.redis.zrange(ctx.keys.runs('third'), '0', '-1')).toEqual([all[6]!.id]);
  expect(await ctx.redis.scard(ctx.keys.inFlight('la_b'))).toBe(2);
});

test('fails all of a turn when Redis refuses them, and writes none', async () => {
  const redis = await startRedis();
  const ctx = await testContext({ env: { REDIS_URL: redis.url }, role: 'api' });
  await writeAll(ctx, runs(ctx, 1));
  await ctx.redis.config('SET', 'maxmemory', '1');
  const all = runs(ctx, 3);

  const outcomes = await Promise.allSettled(all.map((run) => writeRun(ctx, run, BULK)));

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  for (const { id } of all) expect(await ctx.redis.exists(ctx.keys.run(id))).toBe(0);
});
