import { expect, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { listEvents } from '../../../engine/events/event-list.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { viewChildren } from '../../../engine/workflows/children.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { failing, openFlows, value } from '../flows.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

test('the steps of on_failure run once, with the error of the run, and the run fails as it would have', async () => {
  const { run, steps } = await openFlows();
  const tell = value('tell', {
    code: '{{ run.error.step.code }}',
    step: '{{ run.error.step.id }}',
    before: '{{ steps.first.output.value }}',
    after: '{{ steps.last.status }}',
  });

  const failed = await run([value('first', 1), failing('bad'), value('last', 2)], {
    more: { on_failure: { steps: [tell] } },
  });

  expect(failed).toMatchObject({ status: 'failed', error: { code: 'ERR_STEP_FAILED', step: { id: 'bad' } } });
  expect((await steps(failed.id)).tell).toMatchObject({
    status: 'succeeded',
    output: { value: { code: 'ERR_FAILED_ON_PURPOSE', step: 'bad', before: 1, after: 'not_started' } },
  });
});

test('they tell an endpoint once, also of a loop inside them that reads the error', async () => {
  const { run } = await openFlows();
  const { url, received } = await startEndpoint(() => 204);
  const webhook = {
    id: 'tell',
    action: 'core.webhook',
    for_each: { items: '{{ ["a", "b"] }}' },
    input: { url, body: { to: '{{ item }}', message: '{{ run.error.step.message }}' } },
  };

  await run([failing('bad')], { more: { on_failure: { steps: [webhook] } } });

  expect(received.map(({ body }) => JSON.parse(body)).sort((x, y) => x.to.localeCompare(y.to))).toEqual([
    { to: 'a', message: 'bad went wrong' },
    { to: 'b', message: 'bad went wrong' },
  ]);
});

test('a failure inside on_failure begins nothing again', async () => {
  const { run, steps } = await openFlows();

  const failed = await run([failing('bad')], { more: { on_failure: { steps: [failing('tell'), value('more', 1)] } } });

  expect(failed.error?.step?.id).toBe('bad');
  expect(Object.keys(await steps(failed.id))).toEqual(['bad', 'tell']);
});

test('they do not run for a canceled run, nor for one that succeeds', async () => {
  const { ctx, make, begin, run, steps } = await openFlows();
  const more = { on_failure: { steps: [value('tell', 1)] } };
  const workflow = await make([{ id: 'wait', action: 'core.approve', input: {} }], more);
  const id = await begin(workflow);
  await until('the step waits', async () => (await readRun(ctx, `${id}.wait`))?.status === 'waiting');
  await cancelRun(ctx, (await readRun(ctx, id))!);

  expect(await ended(ctx, id)).toMatchObject({ status: 'canceled' });
  expect(Object.keys(await steps(id))).toEqual(['wait']);
  const fine = await run([value('a', 1)], { more });
  expect(Object.keys(await steps(fine.id))).toEqual(['a']);
});

test('they run for a run that was given up at its time limit', async () => {
  const { ctx, run } = await openFlows();

  const late = await run([{ id: 'wait', action: 'core.approve', input: {} }], {
    more: { timeout_seconds: 0.5, on_failure: { steps: [value('tell', '{{ run.error.code }}')] } },
  });

  expect(late).toMatchObject({ status: 'failed', error: { code: 'ERR_TIMEOUT' } });
  const children = (await viewChildren(ctx, late, (child) => child)).items;
  expect(children.at(-1)).toMatchObject({ step: 'tell', status: 'succeeded', output: { value: 'ERR_TIMEOUT' } });
});

test('an expression outside on_failure cannot read the error of the run', async () => {
  const { make } = await openFlows({ worker: false });

  await expect(make([value('a', '{{ run.error.code }}')])).rejects.toMatchObject({
    errors: [{ pointer: '/steps/0/input/value', message: expect.stringContaining('only inside on_failure') }],
  });
});

test('the ends of runs are events as the workflow wants them: failures unless it says otherwise', async () => {
  const { ctx, run } = await openFlows();

  const failed = await run([failing('bad')]);
  await run([value('a', 1)]);
  const told = await run([value('a', 1)], { more: { notify: ['succeeded'] } });
  await run([failing('bad')], { more: { notify: [] } });

  const { items: events } = await listEvents(ctx, 'default', { limit: 10 });
  expect(events).toMatchObject([
    { type: 'run.succeeded', data: { run: told.id } },
    { type: 'run.failed', data: { run: failed.id, error: { code: 'ERR_STEP_FAILED', step: { id: 'bad' } } } },
  ]);
});

test('a workflow that events of failed runs start, and that fails itself, is not started by its own failure', async () => {
  const { ctx, make, run } = await openFlows();
  const trigger = {
    id: 'core.event',
    input: { types: ['run.failed'], every_seconds: 5 },
    schedule: { every_seconds: 1 },
  };
  const watching = await make([failing('tell')], { trigger });
  await until('it has looked', async () => (await readCursor(ctx, watching.id)).lastSuccessAt !== null);
  const first = await run([failing('bad')]);

  const events = await until('its run has failed too', async () => {
    const found = (await listEvents(ctx, 'default', { type: 'run.failed', limit: 10 })).items;
    return found.length > 1 && found;
  });
  const looked = (await readCursor(ctx, watching.id)).lastTickAt!;
  await until('it has looked again', async () => (await readCursor(ctx, watching.id)).lastTickAt! > looked);

  expect(events.map(({ data }) => data)).toMatchObject([
    { workflow: watching.id, by_event: true },
    { run: first.id, workflow: first.workflow },
  ]);
  const { items: runs } = await listRuns(ctx, 'default', { filter: { workflow: watching.id }, limit: 10 });
  expect(runs.length).toBe(1);
});
