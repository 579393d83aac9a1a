import { expect, onTestFinished, test } from 'vitest';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import { beginPoll, readCursor } from '../../../engine/cursors/cursors.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import { startWorker } from '../../../engine/worker.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { until } from '../../context.ts';
import { value } from '../flows.ts';
import { openSync } from '../sync.ts';

test("a tenant's tick does not wait for slow ticks of another", async () => {
  const { ctx, sync } = await openSync({ worker: false, context: { role: 'worker' } });
  await ensureTenant(ctx, 'other');
  const trigger = { id: 'core.schedule', schedule: { every_seconds: 3600 } };
  const quick = await createWorkflow(ctx, 'other', { name: 'quick', trigger, steps: [value('a', 1)] });
  const slow = await Promise.all(Array.from({ length: 25 }, (_, i) => sync({}, { name: `slow ${i}` })));
  // A tick that finds a poll without a record waits a second for it.
  for (const { id } of slow) await beginPoll(ctx, id, 'run_gone');
  for (const { id } of slow) await enqueueTick(ctx, id);
  await enqueueTick(ctx, quick.id);

  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  await until('the quick tick began its run', async () => (await ctx.redis.zcard(ctx.keys.workflowRuns(quick.id))) > 0);

  const cursors = await Promise.all(slow.map(({ id }) => readCursor(ctx, id)));
  // After all of them it would begin when at least 16 have ended.
  expect(cursors.filter(({ inFlight }) => inFlight !== 'run_gone').length).toBeLessThan(16);
  await until('the slow ticks are done, too', async () => {
    const held = await Promise.all(slow.map(async ({ id }) => (await readCursor(ctx, id)).inFlight === 'run_gone'));
    return !held.includes(true);
  });
});
