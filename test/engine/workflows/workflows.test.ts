import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRun } from '../../../engine/runs/runs.ts';
import { decideRun } from '../../../engine/workflows/approvals.ts';
import { updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { testClock, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { failing, openFlows, value } from '../flows.ts';

test('hands values from step to step with their types', async () => {
  const { run } = await openFlows();

  const done = await run(
    [
      value('a', { n: '{{ trigger.n + variables.more }}', list: '{{ trigger.list }}', text: 'n is {{ trigger.n }}' }),
      value('b', '{{ $sum(steps.a.output.value.list) & " " & steps.a.output.value.text }}'),
    ],
    { trigger: { n: 1, list: [1, 2, 3] }, more: { variables: { more: 41 } } },
  );

  expect(done).toMatchObject({ status: 'succeeded', output: { value: '6 n is 1' } });
});

test('runs steps side by side that do not need each other', async () => {
  const { run, steps } = await openFlows();

  const done = await run([
    { id: 'a', action: 'core.delay', input: { seconds: 0.5 } },
    { id: 'b', action: 'core.delay', input: { seconds: 0.5 }, needs: [] },
    value('c', '{{ [steps.a.status, steps.b.status] }}', { needs: ['a', 'b'] }),
  ]);

  expect(done.output).toEqual({ value: ['succeeded', 'succeeded'] });
  const { a, b } = await steps(done.id);
  expect(b!.started_at!).toBeLessThan(a!.finished_at!);
});

describe('a condition', () => {
  test('skips a step that then counts as done, with nothing for an output', async () => {
    const { run, steps } = await openFlows();

    const done = await run(
      [
        value('a', 1, { if: '{{ trigger.n > 10 }}' }),
        value('b', '{{ {"status": steps.a.status, "has": $exists(steps.a.output.value)} }}'),
      ],
      { trigger: { n: 3 } },
    );

    expect(done).toMatchObject({ status: 'succeeded', output: { value: { status: 'skipped', has: false } } });
    expect((await steps(done.id)).a).toMatchObject({ status: 'succeeded', skipped: true });
  });

  test('that cannot be evaluated fails the step', async () => {
    const { run } = await openFlows();

    const done = await run([value('a', 1, { if: '{{ $number(trigger.n) }}' })], { trigger: { n: 'x' } });

    expect(done).toMatchObject({ status: 'failed', error: { code: 'ERR_STEP_FAILED' } });
    expect(done.error?.message).toContain('could not start');
  });
});

describe('a workflow as a step', () => {
  test('gives the output of its last step', async () => {
    const { run, make } = await openFlows();
    const inner = await make([value('double', '{{ trigger.n * 2 }}')]);

    const done = await run(
      [
        { id: 'call', action: 'core.run_workflow', input: { workflow: inner.name, input: { n: '{{ trigger.n }}' } } },
        value('after', '{{ steps.call.output.value + 1 }}'),
      ],
      { trigger: { n: 20 } },
    );

    expect(done.output).toEqual({ value: 41 });
  });

  test('fails the step with what went wrong inside', async () => {
    const { run, make } = await openFlows();
    const inner = await make([failing('deep')]);

    const done = await run([{ id: 'call', action: 'core.run_workflow', input: { workflow: inner.id } }]);

    expect(done.error?.message).toContain('deep went wrong');
  });

  test('is refused when it runs itself without end', async () => {
    const { ctx, run, make } = await openFlows();
    const inner = await make([value('a', 1)]);
    const steps = [{ id: 'again', action: 'core.run_workflow', input: { workflow: inner.id } }];
    await updateWorkflow(ctx, 'default', {
      id: inner.id,
      body: { name: inner.name, trigger: { id: 'core.manual' }, steps },
    });

    const done = await run(steps);

    expect(done.status).toBe('failed');
    expect(done.error?.message).toContain('nested 11 levels deep');
  });

  test('is not waited for when told so', async () => {
    const { ctx, run, make } = await openFlows();
    const inner = await make([value('a', 7)]);

    const done = await run([{ id: 'call', action: 'core.run_workflow', input: { workflow: inner.id, wait: false } }]);

    const { run: other } = done.output as { run: string };
    expect(await ended(ctx, other)).toMatchObject({ status: 'succeeded', output: { value: 7 } });
  });
});

describe('an approval', () => {
  const steps = [
    { id: 'ask', action: 'core.approve', input: { message: 'May I?', on_reject: 'continue' } },
    value('after', '{{ steps.ask.output.approved ? "yes from " & steps.ask.output.by : steps.ask.output.comment }}'),
  ];

  async function asked(given = steps) {
    const flows = await openFlows();
    const id = await flows.begin(await flows.make(given));
    const ask = await until('it waits', async () => {
      const run = await readRun(flows.ctx, `${id}.ask`);
      return run?.status === 'waiting' && run;
    });
    return { ...flows, id, ask };
  }

  test('carries the run on with who said what', async () => {
    const { ctx, id, ask } = await asked();

    await decideRun(ctx, ask, { approved: true, by: 'ada' });

    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded', output: { value: 'yes from ada' } });
  });

  test('that is refused can be an answer', async () => {
    const { ctx, id, ask } = await asked();

    await decideRun(ctx, ask, { approved: false, by: 'ada', comment: 'not today' });

    expect(await ended(ctx, id)).toMatchObject({ output: { value: 'not today' } });
  });

  test('that is refused fails the step otherwise', async () => {
    const { ctx, id, ask } = await asked([{ id: 'ask', action: 'core.approve', input: {} } as never]);

    await decideRun(ctx, ask, { approved: false, by: 'ada', comment: 'not today' });

    expect((await ended(ctx, id)).error?.message).toContain('ada did not approve: not today');
  });

  test('is decided once', async () => {
    const { ctx, ask } = await asked();
    await decideRun(ctx, ask, { approved: true, by: 'ada' });

    await expect(decideRun(ctx, ask, { approved: false, by: 'bob' })).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  });
});

test('passes a page of rows on without copying it into the records of its steps', async () => {
  const { ctx, run, steps } = await openFlows();
  const events = Array.from({ length: 2000 }, (_, n) => ({ id: `evt_${n}`, data: { n, text: 'x'.repeat(40) } }));

  const done = await run(
    [
      { id: 'write', action: 'core.file', input: { path: 'rows.ndjson', rows: '{{ trigger.rows }}' } },
      value('count', '{{ $count(trigger.events) }}'),
    ],
    { trigger: { events } },
  );

  expect(done).toMatchObject({ status: 'succeeded', output: { value: 2000 } });
  const { write } = await steps(done.id);
  expect(write!.input).toEqual({ path: 'rows.ndjson' });
  expect(write!.input_artifact).toBeUndefined();
  expect(Object.keys(write!.input_refs!)).toEqual(['/rows']);
  const text = await readFile(join(ctx.config.dataFolder, 'files', 'default', 'rows.ndjson'), 'utf8');
  expect(text.split('\n')[1999]).toBe(JSON.stringify(events[1999]!.data));
});

test('a delay of days holds no slot and ends on time', async () => {
  const clock = testClock();
  const waitMs = 3 * 86_400_000;
  const { ctx, make, begin } = await openFlows({ context: { clock }, env: { PENSTOCK_CONCURRENCY: '1' } });
  const began = Date.now();
  const slow = await begin(await make([{ id: 'wait', action: 'core.delay', input: { seconds: waitMs / 1000 } }]));
  await until('it waits', async () => (await readRun(ctx, `${slow}.wait`))?.status === 'waiting');

  const quick = await begin(await make([value('a', 1)]));
  expect(await ended(ctx, quick)).toMatchObject({ status: 'succeeded' });

  clock.advance(waitMs);
  const job = (await ctx.queues.runs.getJob(`${slow}.wait`))!;
  // The queue goes by the time of the machine, and counts from when it put the job away.
  expect(job.delay).toBeLessThanOrEqual(waitMs);
  expect(job.delay).toBeGreaterThanOrEqual(waitMs - (Date.now() - began));
  await job.promote();
  expect(await ended(ctx, slow)).toMatchObject({ status: 'succeeded' });
});

test('a running run keeps its version when another is published', async () => {
  const { ctx, make, begin } = await openFlows();
  const ask = { id: 'ask', action: 'core.approve', input: {} };
  const workflow = await make([ask, value('last', 'first version')]);
  const id = await begin(workflow);
  const step = await until('it waits', async () => {
    const found = await readRun(ctx, `${id}.ask`);
    return found?.status === 'waiting' && found;
  });

  const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [ask, value('last', 'second version')] };
  const newer = await updateWorkflow(ctx, 'default', { id: workflow.id, body });
  await decideRun(ctx, step, { approved: true, by: 'ada' });

  expect(await ended(ctx, id)).toMatchObject({ workflow_version: 1, output: { value: 'first version' } });
  expect(newer.version).toBe(2);
});
