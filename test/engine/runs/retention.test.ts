import { describe, expect, test } from 'vitest';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import type { Context } from '../../../engine/context.ts';
import { writeEndedRun } from '../../../engine/runs/ended-runs.ts';
import { applyRetention } from '../../../engine/runs/retention.ts';
import { beginRun, finishRun, writeRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { newId } from '../../../engine/store/ids.ts';
import { testClock, testContext } from '../../context.ts';
import { FAILED, newRun, newStepRun, newWorkflowRun } from '../new-run.ts';

const DAY_MS = 86_400_000;

async function endedRun(
  ctx: Context,
  status: 'succeeded' | 'failed' = 'succeeded',
  tenant = 'default',
  id = newId('run', ctx.clock.now()),
): Promise<string> {
  const run = newRun(ctx, {
    id,
    tenant,
    linked_account: 'la_1',
    input: { job_id: '281874479417551' },
  });
  await writeRun(ctx, run, { kind: 'bulk', most: 0 });
  const output = { run_id: '455644833123456789', state: 'TERMINATED' };
  await finishRun(ctx, (await beginRun(ctx, run.id))!, {
    ...(status === 'failed' ? FAILED : { status }),
    output,
    attempts: 1,
    launches: [],
  });
  await ctx.queues.runs.remove(run.id);
  return run.id;
}

/** Keys of the context that hold anything of a run. */
async function keysOfRuns(ctx: Context): Promise<string[]> {
  const keys = await ctx.redis.keys(`${ctx.keys.prefix.replaceAll(/[{}]/g, '?')}*`);
  return keys.filter(
    (key) => /run_|:runs[:-]|in-flight|backlog/.test(key) && !/runs:(events|meta|id|pc|marker|stalled-check)/.test(key),
  );
}

test('removes ended runs by age, and everything that names them', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock }, env: { PENSTOCK_RETENTION_DAYS: '2' } });
  await endedRun(ctx);
  await endedRun(ctx, 'failed');
  clock.advance(3 * DAY_MS);
  const young = await endedRun(ctx);

  const removed = await applyRetention(ctx);

  expect(removed).toBe(2);
  expect(await readRun(ctx, young)).toBeDefined();
  clock.advance(3 * DAY_MS);
  await applyRetention(ctx);
  await ctx.queues.runs.remove(young);
  expect(await keysOfRuns(ctx)).toEqual([]);
});

test('keeps no more ended runs than allowed, the newest', async () => {
  const ctx = await testContext({ env: { PENSTOCK_RETENTION_RUNS: '3' } });
  const ids = [];
  for (let i = 0; i < 8; i += 1) ids.push(await endedRun(ctx));

  await applyRetention(ctx);

  const kept = await Promise.all(ids.map((id) => readRun(ctx, id)));
  expect(kept.map((run) => run?.id)).toEqual([...ids.slice(0, 5).map(() => undefined), ...ids.slice(5)]);
});

test('a flood of one tenant does not push out the runs of another', async () => {
  const ctx = await testContext({ env: { PENSTOCK_RETENTION_RUNS: '3' } });
  await ensureTenant(ctx, 'acme');
  const old = await endedRun(ctx, 'failed', 'acme');
  for (let i = 0; i < 8; i += 1) await endedRun(ctx);

  expect(await applyRetention(ctx)).toBe(5);

  expect(await readRun(ctx, old)).toMatchObject({ status: 'failed', tenant: 'acme' });
  expect(await ctx.redis.zcard(ctx.keys.runs('default'))).toBe(3);
});

describe('while a workflow run is open', () => {
  async function openParent(ctx: Context): Promise<string> {
    const run = newWorkflowRun(ctx);
    await writeRun(ctx, run, { kind: 'bulk', most: 0 });
    return run.id;
  }

  async function endedBelow(ctx: Context, parent: string): Promise<string[]> {
    const step = `${parent}.query`;
    const item = await endedRun(ctx, 'failed', 'default', `${parent}.each.0`);
    const skipped = newStepRun(ctx, { id: `${parent}.skipped`, parent });
    await writeEndedRun(ctx, skipped, { status: 'succeeded' });
    return [await endedRun(ctx, 'succeeded', 'default', step), item, skipped.id];
  }

  async function kept(ctx: Context, ids: string[]): Promise<number> {
    return (await Promise.all(ids.map((id) => readRun(ctx, id)))).filter((run) => run !== undefined).length;
  }

  test('its steps and items stay, whatever their age and number, and others go by theirs', async () => {
    const clock = testClock();
    const env = { PENSTOCK_RETENTION_RUNS: '1', PENSTOCK_RETENTION_DAYS: '2' };
    const ctx = await testContext({ context: { clock }, env });
    const parent = await openParent(ctx);
    const below = await endedBelow(ctx, parent);
    const others = [await endedRun(ctx), await endedRun(ctx)];

    await applyRetention(ctx);
    expect([await kept(ctx, below), await kept(ctx, others)]).toEqual([3, 1]);
    clock.advance(30 * DAY_MS);
    await applyRetention(ctx);

    expect([await kept(ctx, below), await kept(ctx, others)]).toEqual([3, 0]);
    expect(await ctx.redis.pttl(ctx.keys.run(below[0]!))).toBe(-1);
  });

  test('they go by age and number once it has ended', async () => {
    const clock = testClock();
    const ctx = await testContext({ context: { clock }, env: { PENSTOCK_RETENTION_DAYS: '2' } });
    const parent = await openParent(ctx);
    const below = await endedBelow(ctx, parent);
    await finishRun(ctx, (await beginRun(ctx, parent))!, { status: 'succeeded' });

    await applyRetention(ctx);
    expect(await kept(ctx, below)).toBe(3);
    expect(await ctx.redis.pttl(ctx.keys.run(below[0]!))).toBeGreaterThan(0);
    clock.advance(3 * DAY_MS);
    await applyRetention(ctx);
    for (const id of [parent, ...below]) await ctx.queues.runs.remove(id);

    expect(await keysOfRuns(ctx)).toEqual([]);
  });
});

test('clears the lists of runs whose records went by themselves', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  await ensureTenant(ctx, 'default');
  const id = await endedRun(ctx, 'failed');
  await ctx.redis.del(ctx.keys.run(id));
  clock.advance(30 * DAY_MS);

  await applyRetention(ctx);

  expect(await keysOfRuns(ctx)).toEqual([]);
});

test('keeps a run in little memory', async () => {
  const ctx = await testContext();
  for (let i = 0; i < 20; i += 1) await endedRun(ctx);
  const id = await endedRun(ctx);

  const bytes = Number(await ctx.redis.call('MEMORY', 'USAGE', ctx.keys.run(id)));
  const lists = [ctx.keys.runs('default'), ctx.keys.endedRuns('default')];
  const listed = await Promise.all(lists.map(async (key) => Number(await ctx.redis.call('MEMORY', 'USAGE', key)) / 21));

  expect(bytes).toBeLessThan(1500);
  expect(bytes + listed.reduce((sum, each) => sum + each, 0)).toBeLessThan(2000);
});
