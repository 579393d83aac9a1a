import { expect, test } from 'vitest';
import { type ScriptAndJobs, scriptWithJobs } from '../../../engine/queue/job-transaction.ts';
import { writeRun } from '../../../engine/runs/run-writes.ts';
import { isRedisUnavailable } from '../../../engine/store/redis.ts';
import { testContext } from '../../context.ts';
import { newRun } from '../new-run.ts';

test('writes a run and its job in one MULTI, and lets no other command of the connection in between', async () => {
  const ctx = await testContext();
  await ctx.queues.runs.waitUntilReady();
  const [first, second] = [newRun(ctx), newRun(ctx)];

  const between = `${ctx.keys.prefix}between`;

  const answers = await Promise.all([writeRun(ctx, first), ctx.redis.incr(between), writeRun(ctx, second)]);

  // In a transaction the answer would be QUEUED.
  expect(answers).toEqual([true, 1, true]);
  for (const run of [first, second]) expect(await ctx.queues.runs.getJob(run.id)).toBeDefined();
});

test('a server that has lost its scripts gets both, and says what the first attempt did', async () => {
  const ctx = await testContext();
  await writeRun(ctx, newRun(ctx));
  await ctx.redis.script('FLUSH');
  const run = newRun(ctx);

  expect(await writeRun(ctx, run)).toBe(true);

  expect(await ctx.queues.runs.getJob(run.id)).toBeDefined();
  expect(await ctx.redis.hget(ctx.keys.run(run.id), 'status')).toBe('queued');
});

test('a server that has lost one of both executes that one', async () => {
  const ctx = await testContext();
  await ctx.redis.defineCommand('ofTest', { numberOfKeys: 0, lua: `return "${ctx.keys.prefix}"` });
  const call = (jobFails: boolean): Promise<unknown> => {
    const client = {
      runCommand: (name: string, args: never[]) =>
        (ctx.redis as never as Record<string, (a: never[]) => unknown>)[name]!(args),
      multi: () => ctx.redis.multi(),
    };
    let calls = 0;
    const addTo: ScriptAndJobs['jobs'][number] = async (target) => {
      calls += 1;
      if (jobFails && calls === 1) return target.runCommand('evalsha', ['0'.repeat(40), 0]);
      return target.runCommand('incr', [`${ctx.keys.prefix}jobs`]);
    };
    return scriptWithJobs(ctx.redis, { script: { name: 'ofTest', args: [] }, jobs: [addTo], client: client as never });
  };
  await (ctx.redis as never as { ofTest(): Promise<string> }).ofTest();

  expect(await call(true)).toBe(ctx.keys.prefix);

  expect(await ctx.redis.get(`${ctx.keys.prefix}jobs`)).toBe('1');
});

test('a connection that breaks in the middle is an unavailable Redis, and the next run is written', async () => {
  const ctx = await testContext({ role: 'api' });
  await writeRun(ctx, newRun(ctx));

  const writing = writeRun(ctx, newRun(ctx));
  await new Promise((resolve) => setImmediate(resolve));
  ctx.redis.stream.destroy();

  const error = await writing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined) expect(isRedisUnavailable(error)).toBe(true);
  while (ctx.redis.status !== 'ready') await new Promise((resolve) => ctx.redis.once('ready', resolve));
  expect(await writeRun(ctx, newRun(ctx))).toBe(true);
});
