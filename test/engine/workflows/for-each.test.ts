import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isEnded } from '../../../engine/runs/run.ts';
import { getRun, readRun } from '../../../engine/runs/runs.ts';
import { until } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

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
