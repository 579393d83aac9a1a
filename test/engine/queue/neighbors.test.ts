import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, startService, submitStatement } from '../service.ts';

const SLOTS = 20;

/** An endpoint that answers nobody before it is released, and a worker. */
async function open() {
  const released = Promise.withResolvers<void>();
  const counts = { open: 0 };
  const slow = await startHttpServer(async (_request, response) => {
    counts.open += 1;
    await released.promise;
    counts.open -= 1;
    response.writeHead(204).end();
  });
  const quick = await startHttpServer(async (_request, response) => void response.writeHead(204).end());
  const ctx = await testContext({ env: { PENSTOCK_CONCURRENCY: String(SLOTS) } });
  const worker = await startWorker(ctx);
  onTestFinished(async () => {
    released.resolve();
    await worker.close();
  });
  return { ctx, slow: slow.origin, quick: quick.origin, counts, release: released.resolve };
}

function post(ctx: Context, tenant: string, url: string): Promise<{ id: string }> {
  return submitAction(ctx, tenant, { request: { action: 'core.webhook', input: { url, body: {} } } });
}

async function flood(ctx: Context, tenant: string, url: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => post(ctx, tenant, url)));
}

test("runs a tenant's run while another tenant's slow webhooks hold every slot", async () => {
  const { ctx, slow, quick, counts } = await open();
  await flood(ctx, 'heavy', slow, 150);
  await until('the slots are held', () => counts.open >= SLOTS);

  for (let i = 0; i < 20; i += 1) {
    const { id } = await post(ctx, 'light', quick);
    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
  }

  expect(counts.open).toBeGreaterThanOrEqual(SLOTS);
});

test("resumes a tenant's waiting run while another tenant's slow webhooks hold every slot", async () => {
  const { ctx, slow, counts } = await open();
  const service = await startService();
  const statement = await submitStatement(ctx, await linkAccount(ctx, service));
  await until('it waits for the service', () => service.polls > 0);
  await flood(ctx, 'heavy', slow, 150);
  await until('the slots are held', () => counts.open >= SLOTS);

  service.isDone = true;

  expect(await ended(ctx, statement)).toMatchObject({ status: 'succeeded' });
});

test('leaves slots to a third tenant when two hold as many as they can get', async () => {
  const { ctx, slow, quick, counts } = await open();
  await flood(ctx, 'heavy', slow, 150);
  await until('the slots are held', () => counts.open >= SLOTS);
  await flood(ctx, 'second', slow, 150);
  await until('the second holds some', () => counts.open > SLOTS);

  const { id } = await post(ctx, 'light', quick);

  expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
  expect(counts.open).toBeLessThan(2 * SLOTS);
});

test('gives a tenant that is alone every slot', async () => {
  const { ctx, slow, counts, release } = await open();
  await flood(ctx, 'heavy', slow, 60);
  await until('the slots are held', () => counts.open >= SLOTS);

  release();

  await until('all have ended', async () => (await ctx.redis.zcard(ctx.keys.openRuns())) === 0);
});
