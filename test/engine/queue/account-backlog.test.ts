import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { readBacklogs, releaseBacklogs } from '../../../engine/queue/account-backlog.ts';
import { repairRuns } from '../../../engine/runs/reconcile.ts';
import { beginRun, finishRun, saveRun, type Turn, writeRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { testClock, testContext } from '../../context.ts';
import { startRedis } from '../../redis-servers.ts';
import { CANCELED, claimRun, newRun, newWorkflowRun } from '../new-run.ts';

/** Without workers a tenant has room for this many. */
const WINDOW = 64;

async function add(ctx: Context, account: string, given: Partial<Turn & { tenant: string }> = {}): Promise<string> {
  const { tenant = 'default', kind = 'bulk', most = 0 } = given;
  const run = newRun(ctx, { tenant, linked_account: account });
  await writeRun(ctx, run, { kind, most });
  return run.id;
}

async function addMany(
  ctx: Context,
  count: number,
  account: string,
  given?: Parameters<typeof add>[2],
): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push(await add(ctx, account, given));
  return ids;
}

async function end(ctx: Context, id: string): Promise<void> {
  await finishRun(ctx, (await beginRun(ctx, id))!, { status: 'succeeded' });
}

/** Ids of the jobs in the order in which workers would take them. */
async function queued(ctx: Context): Promise<string[]> {
  const jobs = await ctx.queues.runs.getJobs(['waiting', 'prioritized'], 0, -1, true);
  return jobs.toSorted((a, b) => a.priority - b.priority).map((job) => job.id!);
}

test('keeps what one account is given beyond its limit in its backlog, and releases it as others end', async () => {
  const ctx = await testContext();

  const ids = await addMany(ctx, 100, 'la_big');

  expect(await queued(ctx)).toEqual(ids.slice(0, WINDOW));
  expect(await readBacklogs(ctx)).toMatchObject([
    { account: 'la_big', tenant: 'default', depth: 36, oldest: ids[WINDOW] },
  ]);
  for (const id of ids.slice(0, 40)) await end(ctx, id);
  expect(await readBacklogs(ctx)).toEqual([]);
  expect(new Set(await queued(ctx)).isSupersetOf(new Set(ids.slice(WINDOW)))).toBe(true);
});

test('queues the small account at once, and before the rest of the large one', async () => {
  const ctx = await testContext();
  const big = await addMany(ctx, 200, 'la_big');

  const small = await addMany(ctx, 10, 'la_small');

  const order = await queued(ctx);
  // The large one had its first twenty before as well; nobody asked for less than that then.
  expect(order.slice(0, 30)).toEqual([...big.slice(0, 20), ...small]);
});

test("puts a tenant that asks for little before another's many accounts", async () => {
  const ctx = await testContext({ context: { clock: testClock() } });
  for (let i = 0; i < 20; i += 1) await addMany(ctx, 5, `la_${i}`, { tenant: 'many' });

  const [few] = await addMany(ctx, 1, 'la_few', { tenant: 'few' });

  expect((await queued(ctx)).indexOf(few!)).toBeLessThanOrEqual(61);
});

test('releases one of each account in turn', async () => {
  const ctx = await testContext({ context: { clock: testClock() } });
  const all = await addMany(ctx, 104, 'la_a');
  await addMany(ctx, 60, 'la_b');
  await addMany(ctx, 60, 'la_c');

  // b and c brought twenty each beside the room, so the room is there again when so many have ended.
  for (const id of all.slice(0, 56)) await end(ctx, id);
  const depths = Object.fromEntries((await readBacklogs(ctx)).map(({ account, depth }) => [account, depth]));

  expect(depths.la_a! - 40).toBeLessThanOrEqual(0);
  expect(Math.abs(40 - depths.la_a! - (40 - depths.la_b!))).toBeLessThanOrEqual(1);
  expect(Math.abs(depths.la_b! - depths.la_c!)).toBeLessThanOrEqual(1);
  expect(depths.la_b!).toBeLessThan(40);
});

test('never has more in flight than an account may', async () => {
  const ctx = await testContext();
  const ids = await addMany(ctx, 12, 'la_capped', { most: 3 });

  expect(await queued(ctx)).toEqual(ids.slice(0, 3));
  await end(ctx, ids[0]!);

  expect(await ctx.redis.smembers(ctx.keys.inFlight('la_capped'))).toHaveLength(3);
  const waiting = await ctx.redis.lrange(ctx.keys.backlog('la_capped'), 0, -1);
  expect(waiting).not.toContain(ids[3]);
  expect(waiting[0]).toBe(ids[4]);
});

test('releases the next when a run begins to wait for the service', async () => {
  const ctx = await testContext();
  const [first, second] = await addMany(ctx, 2, 'la_capped', { most: 1 });
  const held = await claimRun(ctx, first!);

  await saveRun(ctx, held, { status: 'waiting', state: { phase: 'await' } }, true);

  expect(await queued(ctx)).toContain(second);
});

test('takes what a person waits for before everything else', async () => {
  const ctx = await testContext();
  await addMany(ctx, 100, 'la_big');

  const awaited = await add(ctx, 'la_big', { kind: 'first' });

  expect((await queued(ctx))[0]).toBe(awaited);
});

test("puts no more than a few of a tenant's awaited runs before those of others", async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  const flood = await addMany(ctx, 60, 'la_flood', { tenant: 'flood', kind: 'first' });

  const light = await add(ctx, 'la_light', { tenant: 'light' });

  expect((await queued(ctx)).slice(0, 21)).toEqual([...flood.slice(0, 20), light]);
  clock.advance(1000);
  const later = await add(ctx, 'la_flood', { tenant: 'flood', kind: 'first' });
  expect((await ctx.queues.runs.getJob(later))!.priority).toBe(0);
});

test("puts awaited runs before the tenant's own backlog, and when they leave it no more than a few before others", async () => {
  const ctx = await testContext({ context: { clock: testClock() } });
  await addMany(ctx, 200, 'la_flood', { tenant: 'flood' });
  const awaited = await addMany(ctx, 110, 'la_flood', { tenant: 'flood', kind: 'first' });
  const waiting = await ctx.redis.lrange(ctx.keys.backlog('la_flood'), 0, -1);
  expect(awaited).toEqual(expect.arrayContaining(waiting.slice(0, 46)));
  await ctx.redis.set(ctx.keys.slots(), 100);

  await releaseBacklogs(ctx);

  const jobs = await Promise.all(awaited.map((id) => ctx.queues.runs.getJob(id)));
  expect(jobs.filter((job) => job!.priority === 0)).toHaveLength(20);
  const light = await add(ctx, 'la_light', { tenant: 'light' });
  expect((await queued(ctx)).indexOf(light)).toBeLessThanOrEqual(40);
});

test('releases what waits when there are more slots', async () => {
  const ctx = await testContext();
  await addMany(ctx, 100, 'la_big');
  await ctx.redis.set(ctx.keys.slots(), 200);

  await releaseBacklogs(ctx);

  expect(await readBacklogs(ctx)).toEqual([]);
  expect(await queued(ctx)).toHaveLength(100);
});

test('writes a run and its job in one transaction, and a run that is there once', async () => {
  const redis = await startRedis();
  const ctx = await testContext({ env: { REDIS_URL: redis.url } });
  const run = newRun(ctx, { linked_account: 'la_small' });
  await ctx.redis.config('RESETSTAT');

  expect(await writeRun(ctx, run)).toBe(true);

  const stats = await ctx.redis.info('commandstats');
  expect(stats).toMatch(/^cmdstat_exec:calls=1,/m);
  expect(stats).toMatch(/^cmdstat_eval(sha)?:calls=/m);
  expect(await writeRun(ctx, { ...run, input: 'another' })).toBe(false);
  expect(await queued(ctx)).toEqual([run.id]);
  expect((await readRun(ctx, run.id))!.input).toEqual(run.input);
});

test("keeps a tenant's many workflow runs in its backlog, and releases one as one starts", async () => {
  const ctx = await testContext();
  const ids: string[] = [];
  for (let i = 0; i < 100; i += 1) {
    const run = newWorkflowRun(ctx);
    await writeRun(ctx, run);
    ids.push(run.id);
  }
  expect(await queued(ctx)).toHaveLength(WINDOW);
  await ctx.queues.runs.drain();

  for (const id of ids.slice(0, 36)) await beginRun(ctx, id);

  expect(await queued(ctx)).toEqual(expect.arrayContaining(ids.slice(WINDOW, 96)));
});

test('puts ten runs a second of one tenant before what another has in flight', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  await addMany(ctx, 40, 'la_big', { tenant: 'big' });
  for (let i = 0; i < 100; i += 1) {
    clock.advance(100);
    await end(ctx, await add(ctx, 'la_small', { tenant: 'small' }));
  }

  const small = await add(ctx, 'la_small', { tenant: 'small' });

  expect((await queued(ctx)).indexOf(small)).toBeLessThanOrEqual(121);
  expect((await ctx.queues.runs.getJob(small))!.priority).toBe(1);
});

test('gives a run a job again that was lost', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  const [first] = await addMany(ctx, 1, 'la_small');
  await ctx.queues.runs.remove(first!);
  clock.advance(61_000);

  const repairs = await repairRuns(ctx);

  expect(repairs.record_without_job).toBe(1);
  expect(await queued(ctx)).toContain(first);
});

test('passes over runs that were canceled in their backlog', async () => {
  const ctx = await testContext();
  const [first, canceled, third] = await addMany(ctx, 3, 'la_capped', { most: 1 });
  await finishRun(ctx, (await readRun(ctx, canceled!))!, CANCELED, { unlessBegun: true });

  await end(ctx, first!);

  expect(await queued(ctx)).toContain(third);
  expect(await readBacklogs(ctx)).toEqual([]);
});
