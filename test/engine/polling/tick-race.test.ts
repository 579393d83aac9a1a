import { expect, test } from 'vitest';
import { beginPoll } from '../../../engine/cursors/cursors.ts';
import { tick } from '../../../engine/polling/ticks.ts';
import { openSync } from '../sync.ts';

test('ticks that come at once make one poll', async () => {
  const { ctx, sync } = await openSync({ worker: false, context: { role: 'worker' } });
  const workflow = await sync();

  await Promise.all(Array.from({ length: 4 }, () => tick(ctx, workflow.id)));

  expect(await ctx.queues.runs.getJobs()).toHaveLength(1);
});

test('a poll whose worker died before it was written gives the cursor free', async () => {
  const { ctx, sync } = await openSync({ worker: false, context: { role: 'worker' } });
  const workflow = await sync();
  await beginPoll(ctx, workflow.id, 'run_gone');

  await tick(ctx, workflow.id);

  expect(await ctx.queues.runs.getJobs()).toHaveLength(1);
});
