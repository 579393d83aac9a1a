import { describe, expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { batchChannel, beginBatch, getBatch, readBatch } from '../../../engine/replay/replay-batches.ts';
import { previewReplays } from '../../../engine/replay/replay-many.ts';
import { getRun } from '../../../engine/runs/runs.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testStep } from '../../../engine/workflows/test-step.ts';
import { publishWorkflow, updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { type Flows, failing, openFlows, value } from '../flows.ts';
import { startReceiver } from '../receiver.ts';

/** Reads a file that is there or not: fails until it is written. */
function hook(id: string, url: string, more: Record<string, unknown> = {}) {
  return { id, action: 'core.webhook', input: { url, body: { n: `{{ $string(steps.a.output.value) }}` } }, ...more };
}

async function failedOnce(flows: Flows, url: string, answer: { status: number }) {
  const workflow = await flows.make([value('a', '{{ trigger.n }}'), hook('b', url), value('c', 'done')]);
  answer.status = 404;
  const run = await ended(flows.ctx, await flows.begin(workflow, { n: 7 }));
  answer.status = 204;
  return { workflow, run };
}

async function open() {
  const flows = await openFlows();
  const answer = { status: 204 };
  const { url, received } = await startReceiver(() => answer.status);
  return { ...flows, url, received, answer };
}

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

test('a replay from a named step does that step and all behind it again, also of a replay', async () => {
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
  const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [value('a', 'mended')] };
  await updateWorkflow(ctx, 'default', { id: workflow.id, body });

  const same = await ended(ctx, (await replayRun(ctx, run)).id);
  const newest = await ended(ctx, (await replayRun(ctx, run, { version: 'newest', from: 'failed' })).id);

  expect(same).toMatchObject({ status: 'failed', workflow_version: 1 });
  expect(newest).toMatchObject({ status: 'succeeded', workflow_version: 2, output: { value: 'mended' } });
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

describe('many at once', () => {
  test('are listed with what they would do again, and replayed when exactly that is confirmed', async () => {
    const flows = await open();
    const { ctx, answer, url, received } = flows;
    const first = await failedOnce(flows, url, answer);
    answer.status = 404;
    const second = await ended(ctx, await flows.begin(first.workflow, { n: 9 }));
    answer.status = 204;
    const filter = { status: 'failed', workflow: first.workflow.id } as const;

    const dry = await previewReplays(ctx, 'default', { filter, from: 'failed' });
    expect(dry.runs).toEqual(
      [first.run.id, second.id].map((run) => ({
        run,
        workflow: first.workflow.id,
        repeated: [
          { step: 'b', action: 'core.webhook', effect: 'token' },
          { step: 'c', action: 'core.transform', effect: 'safe' },
        ],
      })),
    );
    expect(dry.effects).toEqual({ safe: 2, idempotent: 0, token: 2, once: 0 });
    expect(received).toHaveLength(2);

    const actor = engineActor('default');
    const { id } = await beginBatch(ctx, actor, { filter, from: 'failed', confirm: dry.confirm, perSecond: 10 });
    const { results } = await until('all are replayed', async () => {
      const batch = await getBatch(ctx, 'default', id);
      return batch.status === 'done' && batch;
    });
    expect(results.map(({ run }) => run)).toEqual([first.run.id, second.id]);
    for (const result of results) {
      const { replay } = result as { replay: string };
      expect(await ended(ctx, replay)).toMatchObject({ status: 'succeeded', replay_of: result.run });
    }
    expect(
      received
        .slice(2)
        .map(({ body }) => JSON.parse(body).n)
        .sort(),
    ).toEqual(['7', '9']);
    expect((await previewReplays(ctx, 'default', { filter, from: 'failed' })).runs).toEqual([]);
  });

  test('are replayed once each, whoever carries them on, also when a worker died behind a replay', async () => {
    const flows = await open();
    const { ctx, answer, url, received } = flows;
    const runs: string[] = [];
    for (let i = 0; i < 4; i++) runs.push((await failedOnce(flows, url, answer)).run.id);
    const second = await startWorker(ctx);
    onTestFinished(() => second.close());
    const before = received.length;
    const filter = { status: 'failed' } as const;
    const { confirm } = await previewReplays(ctx, 'default', { filter });
    const request = { filter, confirm, perSecond: 100 };
    const [batch, again] = await Promise.all([
      beginBatch(ctx, engineActor('default'), request),
      beginBatch(ctx, engineActor('default'), request),
    ]);
    const done = () =>
      until('all are replayed', async () => {
        const now = await getBatch(ctx, 'default', batch.id);
        return now.status === 'done' && now.results;
      });
    const first = await done();
    for (const result of first) await ended(ctx, (result as { replay: string }).replay);
    // As a worker that died before it wrote what it had done: the run's turn comes again.
    const record = { ...(await readBatch(ctx, batch.id)), status: 'running' };
    await ctx.redis.set(ctx.keys.object('replay', batch.id), JSON.stringify(record));
    await ctx.redis.rpush(ctx.keys.other('replay-pending', batch.id), runs[0]!);
    await ctx.redis.zadd(ctx.keys.objects('replay', 'open'), 1, batch.id);
    await ctx.redis.publish(batchChannel(ctx), batch.id);
    const later = await until('the turn came again', async () => {
      const { results } = await getBatch(ctx, 'default', batch.id);
      return results.length > first.length && results;
    });

    expect(again.id).toBe(batch.id);
    expect(new Set(first.map(({ run }) => run))).toEqual(new Set(runs));
    expect(received.length - before).toBe(runs.length);
    expect(later.at(-1)).toEqual(first.find(({ run }) => run === runs[0]));
    expect(received.length - before).toBe(runs.length);
  });

  test('are not replayed when the list has changed', async () => {
    const flows = await open();
    const { ctx, answer, url } = flows;
    const { workflow } = await failedOnce(flows, url, answer);
    const filter = { status: 'failed', workflow: workflow.id } as const;
    const { confirm } = await previewReplays(ctx, 'default', { filter });
    answer.status = 404;
    await ended(ctx, await flows.begin(workflow, { n: 9 }));

    const begun = beginBatch(ctx, engineActor('default'), { filter, confirm, perSecond: 10 });
    await expect(begun).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  });
});

describe('a draft', () => {
  test('changes nothing until it is published', async () => {
    const { ctx, make, begin } = await openFlows();
    const workflow = await make([value('a', 'old')]);
    const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [value('a', 'new')], publish: false };
    const drafted = await updateWorkflow(ctx, 'default', { id: workflow.id, body });

    expect(drafted).toMatchObject({ version: 1, latest: 2 });
    expect(await ended(ctx, await begin(drafted))).toMatchObject({ output: { value: 'old' } });
    const published = await publishWorkflow(ctx, 'default', { id: workflow.id });
    expect(await ended(ctx, await begin(published))).toMatchObject({ workflow_version: 2, output: { value: 'new' } });
    const back = await publishWorkflow(ctx, 'default', { id: workflow.id, version: 1 });
    expect(await ended(ctx, await begin(back))).toMatchObject({ workflow_version: 1, output: { value: 'old' } });
  });

  test('of a new workflow runs nothing', async () => {
    const { ctx, make } = await openFlows({ worker: false });
    const trigger = { id: 'core.schedule', schedule: { every_seconds: 1 } };

    const workflow = await make([value('a', 1)], { trigger, publish: false });

    expect(workflow).toMatchObject({ version: 0, latest: 1, enabled: false });
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
      purpose: 'call',
    });
  });

  test('runs with sample values, of the newest draft', async () => {
    const { ctx, make } = await openFlows();
    const workflow = await make(
      [
        value('a', 1),
        value('b', '{{ steps.a.output.value & variables.x & item }}', { for_each: { items: '{{ trigger.l }}' } }),
      ],
      {
        variables: { x: '-' },
        publish: false,
      },
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
