import { expect, test } from 'vitest';
import { startWorker } from '../../../engine/worker.ts';
import { setEnabled } from '../../../engine/workflows/workflows.ts';
import { ended } from '../../workspace.ts';
import { openFlows, value } from '../flows.ts';

const LIMIT = 20_000;

function running(workflow: string, wait: boolean) {
  return { id: 'inner', action: 'core.run_workflow', input: { workflow, wait } };
}

test.each([true, false])('a disabled workflow is not begun by another (wait: %s)', async (wait) => {
  const flows = await openFlows();
  const inner = await flows.make([value('one', 1)]);
  await setEnabled(flows.ctx, 'default', { id: inner.id, enabled: false });

  const run = await flows.run([running(inner.id, wait)]);

  expect(run).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('is disabled') } });
});

test('runs inside runs count for the run that began the first', async () => {
  const flows = await openFlows();
  const inner = await flows.make([value('one', 1)]);
  const outer = await flows.make([running(inner.id, true)]);

  const run = await flows.run([running(outer.id, true)]);

  expect(run).toMatchObject({ status: 'succeeded' });
  expect(await flows.ctx.redis.get(flows.ctx.keys.other('runs-of-root', run.id))).toBe('2');
});

test('one run begins a bounded number of workflow runs, and the error has both numbers', async () => {
  const flows = await openFlows({ worker: false });
  const inner = await flows.make([value('one', 1)]);
  const id = await flows.begin(await flows.make([running(inner.id, false)]));
  await flows.ctx.redis.set(flows.ctx.keys.other('runs-of-root', id), LIMIT);
  const worker = await startWorker(flows.ctx);

  const run = await ended(flows.ctx, id);

  await worker.close();
  expect(run).toMatchObject({
    status: 'failed',
    error: { message: expect.stringMatching(/run 20001 .* limit is 20000/) },
  });
});
