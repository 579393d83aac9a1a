import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { isEnded } from '../../../engine/runs/run.ts';
import { getRun, readRun } from '../../../engine/runs/runs.ts';
import { decideRun } from '../../../engine/workflows/approvals.ts';
import { updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { testClock, until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
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

describe('for each', () => {
  test('keeps the order of the items, whatever ends first', async () => {
    const { run } = await openFlows();

    const done = await run(
      [
        {
          id: 'each',
          action: 'core.transform',
          for_each: { items: '{{ trigger.list }}', concurrency: 3 },
          input: { value: '{{ {"index": index, "item": item * 10} }}' },
        },
        value('all', '{{ steps.each.output.items.value.item }}'),
      ],
      { trigger: { list: [1, 2, 3, 4, 5, 6, 7] } },
    );

    expect(done.output).toEqual({ value: [10, 20, 30, 40, 50, 60, 70] });
  });

  test('runs no more at once than it may', async () => {
    const { ctx, make, begin } = await openFlows();
    const workflow = await make([
      {
        id: 'each',
        action: 'core.delay',
        for_each: { items: '{{ trigger.list }}', concurrency: 2 },
        input: { seconds: 0.2 },
      },
    ]);
    const id = await begin(workflow, { list: [1, 2, 3, 4, 5] });
    const open: number[] = [];

    await until('the run has ended', async () => {
      const items = await Promise.all([0, 1, 2, 3, 4].map((i) => readRun(ctx, `${id}.each.${i}`)));
      open.push(items.filter((item) => item !== undefined && !isEnded(item.status)).length);
      return isEnded((await getRun(ctx, 'default', id)).status);
    });

    expect(Math.max(...open)).toBe(2);
  });

  test('over nothing gives nothing', async () => {
    const { run } = await openFlows();

    const done = await run([
      {
        id: 'each',
        action: 'core.transform',
        for_each: { items: '{{ trigger.none }}' },
        input: { value: '{{ item }}' },
      },
    ]);

    expect(done).toMatchObject({ status: 'succeeded', output: { items: [] } });
  });

  const some = (on_error: 'stop' | 'continue') => [
    {
      id: 'each',
      action: 'core.transform',
      for_each: { items: '{{ trigger.list }}', on_error },
      input: { value: '{{ 10 / item > 0 ? item : $error("no " & item) }}' },
    },
  ];

  test('stops at the first item that fails', async () => {
    const { ctx, run } = await openFlows();

    const done = await run(some('stop'), { trigger: { list: [1, -2, 3] } });

    expect(done).toMatchObject({ status: 'failed', error: { code: 'ERR_STEP_FAILED' } });
    expect(done.error?.message).toContain('item 1 failed');
    expect(await readRun(ctx, `${done.id}.each.2`)).toBeUndefined();
  });

  test('goes through all when a failure does not matter', async () => {
    const { run } = await openFlows();

    const done = await run(some('continue'), { trigger: { list: [1, -2, 3] } });

    expect(done).toMatchObject({
      status: 'succeeded',
      output: {
        items: [{ value: 1 }, null, { value: 3 }],
        failed: 1,
        errors: [
          null,
          expect.objectContaining({ code: 'ERR_EXPRESSION', message: expect.stringContaining('no -2') }),
          null,
        ],
      },
    });
  });

  test.each([
    ['a filter that finds one', '{{ trigger.list[n > 2] }}', [{ n: 3 }]],
    ['a filter that finds none', '{{ trigger.list[n > 3] }}', []],
    ['a field of a list of one', '{{ trigger.one.n }}', [7]],
  ])('over %s is over a list', async (_, items, expected) => {
    const { run } = await openFlows();
    const each = value('each', '{{ item }}', { for_each: { items } });

    const done = await run([each], { trigger: { list: [{ n: 1 }, { n: 2 }, { n: 3 }], one: [{ n: 7 }] } });

    expect(done.output).toEqual({ items: expected.map((item) => ({ value: item })) });
  });

  test('refuses what is no list', async () => {
    const { run } = await openFlows();

    const done = await run(some('stop'), { trigger: { list: 7 } });

    expect(done.error?.message).toContain('the items of step "each" are not a list');
  });
});

test.each([
  ['one', '{{ trigger.list[n > 2] }}', '{"n":3}\n'],
  ['none', '{{ trigger.list[n > 3] }}', ''],
])('an input that wants a list gets one from a filter that finds %s', async (_, rows, text) => {
  const { run, ctx } = await openFlows();
  const step = { id: 'write', action: 'core.file', input: { path: 'a.ndjson', rows } };

  const done = await run([step], { trigger: { list: [{ n: 1 }, { n: 3 }] } });

  expect(done).toMatchObject({ status: 'succeeded' });
  const path = join(ctx.config.dataFolder, 'files', 'default', 'a.ndjson');
  expect(await readFile(path, 'utf8').catch(() => '')).toBe(text);
});

describe('a failure', () => {
  test('ends the workflow with the step and its reason', async () => {
    const { run, steps } = await openFlows();

    const done = await run([value('a', 1), failing('b'), value('c', 1)]);

    expect(done).toMatchObject({ status: 'failed', error: { code: 'ERR_STEP_FAILED' } });
    expect(done.error?.message).toBe('step "b" (core.fail) failed: b went wrong');
    expect((await steps(done.id)).c).toBeUndefined();
  });

  test('that does not matter is there to be read', async () => {
    const { run } = await openFlows();

    const done = await run([failing('a', { on_error: 'continue' }), value('b', '{{ steps.a.error.message }}')]);

    expect(done).toMatchObject({ status: 'succeeded', output: { value: 'a went wrong' } });
  });

  test('begins its error branch, which knows of it', async () => {
    const { run, steps } = await openFlows();

    const done = await run([
      failing('a', { on_error: { steps: [value('tell', 'sorry: {{ steps.a.error.message }}')] } }),
      value('b', 1),
    ]);

    expect(done).toMatchObject({ status: 'failed', error: { message: 'step "a" (core.fail) failed: a went wrong' } });
    const all = await steps(done.id);
    expect(all.tell).toMatchObject({ status: 'succeeded', output: { value: 'sorry: a went wrong' } });
    expect(all.b).toBeUndefined();
  });

  test('that its error branch repairs lets the workflow continue', async () => {
    const { run } = await openFlows();

    const done = await run([
      failing('a', { on_error: { steps: [value('repair', 'instead')], then: 'continue' } }),
      value('b', '{{ steps.a.status = "failed" ? "continued" : "?" }}'),
    ]);

    expect(done).toMatchObject({ status: 'succeeded', output: { value: 'continued' } });
  });
});

test('retries a step with launches of their own, and then gives up', async () => {
  const seen: string[] = [];
  const { origin } = await startHttpServer((request, response) => {
    seen.push(String(request.headers['webhook-id']));
    response.writeHead(404).end();
  });
  const { run, steps } = await openFlows();

  const done = await run([
    {
      id: 'webhook',
      action: 'core.webhook',
      input: { url: origin, body: {} },
      retry: { times: 2, delay_seconds: 0.01 },
    },
  ]);

  expect(done.status).toBe('failed');
  const { webhook } = await steps(done.id);
  expect(webhook).toMatchObject({ retried: 2, attempts: 3 });
  expect(webhook!.launches.map(({ number, outcome }) => [number, outcome])).toEqual([
    [1, 'failed'],
    [2, 'failed'],
    [3, 'failed'],
  ]);
  expect(new Set(seen).size).toBe(1);
  expect(seen).toHaveLength(3);
});

test('gives a step up at its time limit, and says so', async () => {
  const { run, steps } = await openFlows();

  const done = await run([{ id: 'wait', action: 'core.delay', input: { seconds: 3600 }, timeout_seconds: 0.3 }]);

  expect(done).toMatchObject({ status: 'failed', error: { code: 'ERR_STEP_FAILED' } });
  expect((await steps(done.id)).wait).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
});

test('gives a workflow up at its time limit, with its open steps', async () => {
  const { run, steps } = await openFlows();

  const done = await run([{ id: 'wait', action: 'core.delay', input: { seconds: 3600 } }], {
    more: { timeout_seconds: 0.3 },
  });

  expect(done).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
  expect((await steps(done.id)).wait).toMatchObject({ status: 'canceled' });
});

test('cancels a workflow with its open steps and items', async () => {
  const { ctx, make, begin, steps } = await openFlows();
  const id = await begin(
    await make([
      {
        id: 'each',
        action: 'core.delay',
        for_each: { items: '{{ trigger.list }}', concurrency: 2 },
        input: { seconds: 3600 },
      },
    ]),
    { list: [1, 2, 3] },
  );
  await until('two items wait', async () => (await readRun(ctx, `${id}.each.1`))?.status === 'waiting');

  await cancelRun(ctx, await getRun(ctx, 'default', id));

  expect(await ended(ctx, id)).toMatchObject({ status: 'canceled' });
  expect((await steps(id)).each).toMatchObject({ status: 'canceled' });
  expect(await readRun(ctx, `${id}.each.2`)).toBeUndefined();
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
    const { updateWorkflow } = await import('../../../engine/workflows/workflows.ts');
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
  const { ctx, make, begin } = await openFlows({ context: { clock }, env: { PENSTOCK_CONCURRENCY: '1' } });
  const slow = await begin(await make([{ id: 'wait', action: 'core.delay', input: { seconds: 3 * 86_400 } }]));
  await until('it waits', async () => (await readRun(ctx, `${slow}.wait`))?.status === 'waiting');

  const quick = await begin(await make([value('a', 1)]));
  expect(await ended(ctx, quick)).toMatchObject({ status: 'succeeded' });

  clock.advance(3 * 86_400_000);
  const job = (await ctx.queues.runs.getJob(`${slow}.wait`))!;
  expect(job.delay).toBeGreaterThan(3 * 86_400_000 - 5000);
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
