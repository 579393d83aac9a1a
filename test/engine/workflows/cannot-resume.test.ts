import { expect, test } from 'vitest';
import { readRun } from '../../../engine/runs/runs.ts';
import { advanceWorkflow } from '../../../engine/workflows/steps.ts';
import { deleteWorkflow } from '../../../engine/workflows/workflows.ts';
import { until } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

async function openLoop() {
  const flows = await openFlows({ worker: false });
  const workflow = await flows.make([
    value('each', '{{ item }}', { for_each: { items: '{{ trigger.list }}', concurrency: 1 } }),
  ]);
  const id = await flows.begin(workflow, { list: [1, 2] });
  await advanceWorkflow(flows.ctx, id);
  await until('the loop is open', async () => (await readRun(flows.ctx, `${id}.each`)) !== undefined);
  return { ctx: flows.ctx, workflow, id };
}

test('an open loop of a workflow that was deleted fails with the reason', async () => {
  const { ctx, workflow, id } = await openLoop();
  await deleteWorkflow(ctx, 'default', workflow.id);
  // A version that this process has not read yet.
  const loop = ctx.keys.run(`${id}.each`);
  const made = JSON.parse((await ctx.redis.hget(loop, 'run'))!) as object;
  await ctx.redis.hset(loop, 'run', JSON.stringify({ ...made, workflow_version: 7 }));

  const next = await advanceWorkflow(ctx, `${id}.each`);

  expect(next?.end).toMatchObject({ status: 'failed', error: { code: 'ERR_NOT_FOUND' } });
});

test('a loop whose input cannot be read fails, rather than stopping who looks after it', async () => {
  const { ctx, id } = await openLoop();
  await ctx.redis.hset(ctx.keys.run(`${id}.each`), 'input', '{"items": [1');

  const next = await advanceWorkflow(ctx, `${id}.each`);

  expect(next?.end).toMatchObject({ status: 'failed', error: { code: 'ERR_RECORD_UNREADABLE' } });
});

test('a workflow whose own record cannot be read is left to the reconciler', async () => {
  const { ctx, id } = await openLoop();
  await ctx.redis.hset(ctx.keys.run(id), 'run', '{"id": ');

  expect(await advanceWorkflow(ctx, id)).toBeUndefined();
});
