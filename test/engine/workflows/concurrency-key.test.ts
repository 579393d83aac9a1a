import { expect, test } from 'vitest';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { claimTurn, keyTurn } from '../../../engine/runs/turns.ts';
import { decideRun } from '../../../engine/workflows/approvals.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openFlows, value } from '../flows.ts';

const ASK = { id: 'ask', action: 'core.approve', input: {} };

test('runs with one key execute one after the other, the oldest first, and those with another beside them', async () => {
  const { begin, workflow, asks, approve, ctx } = await open();
  const first = await begin(workflow, { customer: 'a' });
  await asks(first);
  const [second, third] = [await begin(workflow, { customer: 'a' }), await begin(workflow, { customer: 'a' })];
  const other = await begin(workflow, { customer: 'b' });
  await asks(other);

  expect(await readRun(ctx, `${second}.ask`)).toBeUndefined();
  await until('it says what it waits for', async () => (await readRun(ctx, second))?.waits_for === first);
  await approve(first);
  await asks(second);
  expect(await readRun(ctx, `${third}.ask`)).toBeUndefined();
  await approve(second);
  await asks(third);
});

test('a run that waits can be canceled, and the end of a canceled one lets the next start', async () => {
  const { begin, workflow, asks, ctx } = await open();
  const first = await begin(workflow, { customer: 'a' });
  await asks(first);
  const [second, third] = [await begin(workflow, { customer: 'a' }), await begin(workflow, { customer: 'a' })];
  await until('the second waits', async () => (await readRun(ctx, second))?.waits_for === first);

  await cancelRun(ctx, (await readRun(ctx, second))!);
  await cancelRun(ctx, (await readRun(ctx, first))!);

  expect(await ended(ctx, second)).toMatchObject({ status: 'canceled' });
  await asks(third);
});

test('a turn that a crash left with a run that is gone is taken by the next', async () => {
  const { begin, workflow, asks, ctx } = await open();
  await claimTurn(ctx, keyTurn(workflow.id, 'a'), { id: 'run_gone', created_at: 1 });

  await asks(await begin(workflow, { customer: 'a' }));
});

test('without a key nothing waits', async () => {
  const { begin, workflow, asks } = await open();

  for (const run of [await begin(workflow, {}), await begin(workflow, { customer: '' })]) await asks(run);
});

test('a run inside another with the same key does not wait for it', async () => {
  const { make, run } = await openFlows();
  const inner = await make([value('a', 1)], { concurrency_key: 'one' });

  const outer = await run([{ id: 'in', action: 'core.run_workflow', input: { workflow: inner.id } }]);

  expect(outer.status).toBe('succeeded');
});

test('an expression that fails ends the run', async () => {
  const { run } = await openFlows();

  expect(await run([value('a', 1)], { more: { concurrency_key: '{{ $error("no key") }}' } })).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_EXPRESSION' },
  });
});

test('a key reads no step', async () => {
  const { make } = await openFlows({ worker: false });

  await expect(make([value('a', 1)], { concurrency_key: '{{ steps.a.output }}' })).rejects.toMatchObject({
    errors: [{ pointer: '/concurrency_key' }],
  });
});

async function open() {
  const flows = await openFlows();
  const { ctx } = flows;
  const workflow = await flows.make([ASK], { concurrency_key: '{{ trigger.customer }}' });
  return {
    ...flows,
    workflow,
    asks: (run: string) => until(`${run} asks`, async () => (await readRun(ctx, `${run}.ask`))?.status === 'waiting'),
    async approve(run: string) {
      await decideRun(ctx, (await readRun(ctx, `${run}.ask`))!, { approved: true, by: 'test' });
    },
  };
}
