import { describe, expect, test } from 'vitest';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { getRun, readRun } from '../../../engine/runs/runs.ts';
import { until } from '../../context.ts';
import { startHttpServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { failing, openFlows, value } from '../flows.ts';

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
