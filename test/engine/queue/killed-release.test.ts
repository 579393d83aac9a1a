import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { repairRuns } from '../../../engine/runs/reconcile.ts';
import { beginRun, finishRun, writeRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { COMPILE_CACHE } from '../../compile-cache.ts';
import { testClock, testContext } from '../../context.ts';
import { newRun } from '../new-run.ts';

const ENDING_PROCESS = fileURLToPath(new URL('./ending-process.ts', import.meta.url));

/** Adds runs of an account that may have one in flight. */
async function addMany(ctx: Context, count: number, account: string, tenant = 'default'): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const run = newRun(ctx, { tenant, linked_account: account });
    await writeRun(ctx, run, { kind: 'bulk', most: 1 });
    ids.push(run.id);
  }
  return ids;
}

test('releases the next run when the process that ended the one before is killed at any point', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  const [loads] = await addMany(ctx, 1, 'la_loads_the_scripts');
  await finishRun(ctx, (await beginRun(ctx, loads!))!, { status: 'succeeded' });
  const points = await Promise.all(
    [2, 3, 4, 5, 6].map(async (killAt) => {
      const tenant = `t_${killAt}`;
      const [first, second] = await addMany(ctx, 2, `la_${killAt}`, tenant);
      await beginRun(ctx, first!);
      return { killAt, tenant, first: first!, second: second! };
    }),
  );
  const signals = await Promise.all(points.map(({ first, killAt }) => endElsewhere(ctx, first, killAt)));
  // The other processes have a clock of their own.
  clock.advance(Date.now() + 60_000 - clock.now());

  await repairRuns(ctx);
  const queued = (await ctx.queues.runs.getJobs(['waiting', 'prioritized'], 0, -1)).map(({ id }) => id);

  // Before the release, before the look at what was released, and before its job.
  expect(signals.filter((signal) => signal === 'SIGKILL').length).toBeGreaterThanOrEqual(3);
  for (const { killAt, first, second } of points) {
    expect((await readRun(ctx, first))!.status).toBe('succeeded');
    expect({ killAt, jobs: queued.filter((id) => id === second) }).toEqual({ killAt, jobs: [second] });
    expect(await ctx.redis.smembers(ctx.keys.inFlight(`la_${killAt}`))).toEqual([second]);
  }
});

/** Ends a run in another process, which may kill itself before its n-th command. Returns the signal that ended it. */
async function endElsewhere({ config }: Context, run: string, killAt: number): Promise<NodeJS.Signals | null> {
  const env = {
    ...COMPILE_CACHE,
    PATH: process.env.PATH,
    RUN: run,
    KILL_AT: String(killAt),
    PREFIX: config.prefix,
    REDIS_URL: config.redisUrl,
    PENSTOCK_ENCRYPTION_KEYS: config.encryptionKeys,
    PENSTOCK_DATA: config.dataFolder,
  };
  const child = spawn(process.execPath, [ENDING_PROCESS], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  // When the test ends first, it would keep the output of the tests open.
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code, signal] = await once(child, 'exit');
  if (signal === null) expect(code).toBe(0);
  return signal;
}
