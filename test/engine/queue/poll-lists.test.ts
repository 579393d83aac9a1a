import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, startService, submitJob } from '../service.ts';

async function open() {
  const service = await startService();
  const ctx = await testContext();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  return { ctx, service, account: await linkAccount(ctx, service) };
}

test('asks for a list when many job runs of one account are waited for, and sees each end', async () => {
  const { ctx, service, account } = await open();
  const ids = await Promise.all(Array.from({ length: 60 }, () => submitJob(ctx, account)));
  await until('all are launched', () => service.launches.size === 60);

  await until('they were polled twice', async () => {
    const runs = await ctx.redis.zcount(ctx.keys.openRuns(), Date.now() - 500, '+inf');
    return runs > 20 && service.lists >= 6;
  });
  const asked = service.polls + service.lists;
  service.isDone = true;
  for (const id of ids) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });

  // Three pages hold all sixty; the first few polls of a window go one by one.
  expect(asked).toBeLessThan(60);
}, 40_000);

test('asks for a few job runs one by one', async () => {
  const { ctx, service, account } = await open();
  const ids = [await submitJob(ctx, account), await submitJob(ctx, account)];
  await until('they were polled', () => service.polls >= 2);

  service.isDone = true;
  for (const id of ids) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });

  expect(service.lists).toBe(0);
}, 40_000);
