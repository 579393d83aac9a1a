import { describe, expect, test } from 'vitest';
import { replayRun } from '../../../engine/replay/replay.ts';
import { getRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { testStep } from '../../../engine/workflows/test-step.ts';
import { publishWorkflow, updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { ended } from '../../workspace.ts';
import { failing, openFlows, value } from '../flows.ts';
import { failedOnce, open } from './failing.ts';

test('a replay from the failed step reuses what was done before it', async () => {
  const flows = await open();
  const { ctx, url, answer, received, steps } = flows;
  const { run } = await failedOnce(flows, url, answer);

  const replay = await replayRun(ctx, run, { from: 'failed' });

  expect(await ended(ctx, replay.id)).toMatchObject({
    status: 'succeeded',
    replay_of: run.id,
    output: { value: 'done' },
  });
  expect((await getRun(ctx, 'default', run.id)).replayed_by).toBe(replay.id);
  expect((await steps(replay.id)).a!.id).toBe(`${run.id}.a`);
  expect(received.map(({ body }) => JSON.parse(body))).toEqual([{ n: '7' }, { n: '7' }]);
});

test('a replay from a named step does that step and all after it again, also of a replay', async () => {
  const flows = await open();
  const { ctx, make, begin, steps } = flows;
  const workflow = await make([
    value('a', '{{ $millis() }}'),
    value('b', '{{ $random() }}', { needs: ['a'] }),
    value('c', '{{ $random() }}', { needs: ['a'] }),
    value('d', '{{ [steps.b.output.value, steps.c.output.value] }}', { needs: ['b', 'c'] }),
  ]);
  const first = await ended(ctx, await begin(workflow));

  const second = await ended(ctx, (await replayRun(ctx, first, { from: { step: 'b' } })).id);
  const third = await ended(ctx, (await replayRun(ctx, second, { from: { step: 'd' } })).id);

  const [one, two, three] = await Promise.all([first, second, third].map(({ id }) => steps(id)));
  expect(two!.c!.id).toBe(one!.c!.id);
  expect(two!.b!.output).not.toEqual(one!.b!.output);
  expect(three!.b!.id).toBe(two!.b!.id);
  expect(three!.a!.id).toBe(one!.a!.id);
  expect(third.output).toEqual(second.output);
});

test('a replay with another input does everything with that', async () => {
  const flows = await open();
  const { ctx, url, answer, received } = flows;
  const { run } = await failedOnce(flows, url, answer);

  const replay = await replayRun(ctx, run, { input: { n: 8 } });

  expect(await ended(ctx, replay.id)).toMatchObject({ status: 'succeeded' });
  expect(JSON.parse(received.at(-1)!.body)).toEqual({ n: '8' });
});

test('a replay is of the version of its run, or of the newest', async () => {
  const flows = await open();
  const { ctx, make, begin } = flows;
  const workflow = await make([failing('a')]);
  const run = await ended(ctx, await begin(workflow));
  const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [value('a', 'repaired')] };
  await updateWorkflow(ctx, 'default', { id: workflow.id, body });

  const same = await ended(ctx, (await replayRun(ctx, run)).id);
  const newest = await ended(ctx, (await replayRun(ctx, run, { version: 'newest', from: 'failed' })).id);

  expect(same).toMatchObject({ status: 'failed', workflow_version: 1 });
  expect(newest).toMatchObject({ status: 'succeeded', workflow_version: 2, output: { value: 'repaired' } });
});

test('an error branch is done again with the step it belongs to', async () => {
  const flows = await open();
  const { ctx, make, begin, received, url } = flows;
  const tell = { id: 'tell', action: 'core.webhook', input: { url, body: 'failed' } };
  const run = await ended(ctx, await begin(await make([failing('a', { on_error: { steps: [tell] } })])));

  await ended(ctx, (await replayRun(ctx, run, { from: 'failed' })).id);

  expect(received).toHaveLength(2);
});

describe('is refused', () => {
  test('for a step that is not there', async () => {
    const flows = await open();
    const { run } = await failedOnce(flows, flows.url, flows.answer);

    await expect(replayRun(flows.ctx, run, { from: { step: 'z' } })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/from/step', allowed: ['a', 'b', 'c'] }],
    });
  });

  test('for the run of a step, which names its workflow run', async () => {
    const flows = await open();
    const { run } = await failedOnce(flows, flows.url, flows.answer);
    const step = await getRun(flows.ctx, 'default', `${run.id}.b`);

    await expect(replayRun(flows.ctx, step)).rejects.toMatchObject({
      code: 'ERR_CONFLICT',
      hint: `Replay ${run.id} instead, from: {"step": "b"}.`,
    });
  });
});

test('the poll of a trigger is not replayed, and says what to do', async () => {
  const { ctx } = await openFlows({ worker: false });
  const origin = { purpose: 'poll', workflow: 'wf_1', workflow_version: 1, page: { version: 1, from: null } } as const;
  const request = { action: 'core.transform', input: { value: 1 } };
  const poll = await submitAction(ctx, 'default', { request, origin });
  await ctx.redis.hset(ctx.keys.run(poll.id), { status: 'failed', finished_at: ctx.clock.now() });

  const run = await getRun(ctx, 'default', poll.id);

  await expect(replayRun(ctx, run)).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
    hint: expect.stringContaining('/v1/workflows/wf_1/run'),
  });
});

describe('what is not published', () => {
  test('changes nothing', async () => {
    const { ctx, make, begin } = await openFlows();
    const workflow = await make([value('a', 'old')]);
    const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [value('a', 'new')] };
    const kept = await updateWorkflow(ctx, 'default', { id: workflow.id, body: { ...body, publish: false } });

    expect(kept).toMatchObject({ version: 1, latest: 1 });
    expect(await ended(ctx, await begin(kept))).toMatchObject({ output: { value: 'old' } });
    const published = await updateWorkflow(ctx, 'default', { id: workflow.id, body });
    expect(await ended(ctx, await begin(published))).toMatchObject({ workflow_version: 2, output: { value: 'new' } });
    const back = await publishWorkflow(ctx, 'default', { id: workflow.id, version: 1 });
    expect(await ended(ctx, await begin(back))).toMatchObject({ workflow_version: 1, output: { value: 'old' } });
  });

  test('of a new workflow runs nothing', async () => {
    const { ctx, make } = await openFlows({ worker: false });
    const trigger = { id: 'core.schedule', schedule: { every_seconds: 1 } };

    const workflow = await make([value('a', 1)], { trigger, publish: false });

    expect(workflow).toMatchObject({ version: 0, latest: 0, enabled: false });
    expect(await ctx.queues.ticks.getJobSchedulersCount()).toBe(0);
  });
});

describe('a step by itself', () => {
  test('runs with values of a recorded run', async () => {
    const { ctx, make, begin } = await openFlows();
    const workflow = await make([value('a', '{{ trigger.n * 2 }}'), value('b', 'twice is {{ steps.a.output.value }}')]);
    const run = await begin(workflow, { n: 21 });
    await ended(ctx, run);

    const test = await testStep(ctx, workflow, { step: 'b', run });

    expect(await ended(ctx, test.id)).toMatchObject({
      status: 'succeeded',
      output: { value: 'twice is 42' },
      purpose: 'action',
    });
  });

  test('runs with sample values, of the newest version', async () => {
    const { ctx, make } = await openFlows();
    const workflow = await make(
      [
        value('a', 1),
        value('b', '{{ steps.a.output.value & variables.x & item }}', { for_each: { items: '{{ trigger.l }}' } }),
      ],
      { variables: { x: '-' } },
    );

    const test = await testStep(ctx, workflow, { step: 'b', outputs: { a: { value: 'A' } }, item: 'I' });

    expect(await ended(ctx, test.id)).toMatchObject({ output: { value: 'A-I' } });
  });

  test('that is not there is refused with those that are', async () => {
    const { ctx, make } = await openFlows({ worker: false });
    const workflow = await make([value('a', 1)]);

    await expect(testStep(ctx, workflow, { step: 'z' })).rejects.toMatchObject({
      errors: [{ pointer: '/step', allowed: ['a'] }],
    });
  });
});
