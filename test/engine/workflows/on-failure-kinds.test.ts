import { expect, test } from 'vitest';
import { replayRun } from '../../../engine/replay/replay.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { decideRun } from '../../../engine/workflows/approvals.ts';
import { listPending } from '../../../engine/workflows/pending-approvals.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { failing, openFlows, value } from '../flows.ts';

test.each(['failed', 'start', { step: 'bad' }] as const)(
  'a replay from %o that fails again runs the steps of on_failure again',
  async (from) => {
    const { ctx, run, steps } = await openFlows();
    const more = { on_failure: { steps: [value('tell', '{{ run.id }}')] } };
    const failed = await run([value('a', 1), failing('bad')], { more });

    const again = await ended(ctx, (await replayRun(ctx, (await readRun(ctx, failed.id))!, { from })).id);

    expect(again.status).toBe('failed');
    expect((await steps(again.id)).tell?.output).toEqual({ value: again.id });
  },
);

test('on_failure may loop, ask, run a workflow and retry', async () => {
  const { ctx, make, begin, steps } = await openFlows();
  const inner = await make([value('x', '{{ trigger }}')]);
  const workflow = await make([failing('bad', { retry: { times: 1, delay_seconds: 0.01 } })], {
    on_failure: {
      steps: [
        {
          id: 'each',
          action: 'core.approve',
          for_each: { items: '{{ [1, 2] }}', concurrency: 2 },
          input: { message: '{{ run.error.step.message }} {{ item }}' },
        },
        {
          id: 'sub',
          action: 'core.run_workflow',
          input: { workflow: inner.id, input: { why: '{{ run.error.step.message }}' } },
        },
        failing('retrying', { retry: { times: 1, delay_seconds: 0.01 }, on_error: 'continue' }),
        value('last', '{{ run.error.message }}'),
      ],
    },
  });

  const id = await begin(workflow);
  const pending = await until('two ask', async () => {
    const { items: approvals } = await listPending(ctx, 'default', { limit: 10 });
    return approvals.length === 2 && approvals;
  });
  for (const { id: ask } of pending) await decideRun(ctx, (await readRun(ctx, ask))!, { approved: true, by: 'test' });
  const done = await ended(ctx, id);

  expect(pending.map(({ run, step, message }) => [run, step, message]).sort()).toEqual([
    [id, 'each', 'bad went wrong 1'],
    [id, 'each', 'bad went wrong 2'],
  ]);
  expect(done.error?.step?.id).toBe('bad');
  expect(await steps(id)).toMatchObject({
    sub: { status: 'succeeded', output: { value: { why: 'bad went wrong' } } },
    retrying: { status: 'failed' },
    last: { output: { value: done.error!.message } },
  });
});

test('a run that cannot know its concurrency key is a failed run, too', async () => {
  const { run, steps } = await openFlows();
  const more = {
    concurrency_key: '{{ $error("no key") }}',
    on_failure: { steps: [value('tell', '{{ run.error.code }}')] },
  };

  const failed = await run([value('a', 1)], { more });

  expect(failed).toMatchObject({ status: 'failed', error: { code: 'ERR_EXPRESSION' } });
  expect(await steps(failed.id)).toMatchObject({ tell: { output: { value: 'ERR_EXPRESSION' } } });
  expect(Object.keys(await steps(failed.id))).toEqual(['tell']);
});

test('runs that reach their time limit while they wait for a turn fail with it, tell of it, and let the next start', async () => {
  const { ctx, make, begin, steps } = await openFlows();
  const workflow = await make([{ id: 'ask', action: 'core.approve', input: {} }], {
    concurrency_key: 'one',
    timeout_seconds: 1,
    on_failure: { steps: [value('tell', '{{ run.error.code }}')] },
  });
  const runs = [await begin(workflow), await begin(workflow), await begin(workflow)];

  for (const id of runs) {
    expect(await ended(ctx, id)).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
    expect((await steps(id)).tell?.output).toEqual({ value: 'ERR_TIMEOUT' });
  }
});
