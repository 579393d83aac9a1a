import { expect, test } from 'vitest';
import { testClock, until } from '../context.ts';
import type { TestApi } from './client.ts';
import { openEvents } from './event-reader.ts';
import { openApiWorkspace } from './workspace.ts';

const ask = (id: string, more: object = {}) => ({
  id,
  action: 'core.approve',
  needs: [],
  input: { message: `May ${id} go?`, timeout_seconds: 3600, on_reject: 'continue' },
  ...more,
});

test('lists what waits for a person until it is decided or canceled', async () => {
  const api = await openApiWorkspace({ context: { context: { clock: testClock() } } });
  const { id, run } = await start(api, [ask('one'), ask('two')]);
  const waiting = await listed(api, 2);

  await api.send('POST', `/v1/runs/${waiting[0].id}/approve`);
  const oneLeft = await listed(api, 1);
  await api.send('POST', `/v1/runs/${run}/cancel`);

  expect(waiting.map(({ step }: { step: string }) => step).sort()).toEqual(['one', 'two']);
  expect(oneLeft).toEqual([
    {
      id: `${run}.${oneLeft[0].step}`,
      run,
      step: oneLeft[0].step,
      workflow: id,
      message: `May ${oneLeft[0].step} go?`,
      requested_at: expect.any(String),
      expires_at: expect.any(String),
    },
  ]);
  expect(Date.parse(oneLeft[0].expires_at) - Date.parse(oneLeft[0].requested_at)).toBe(3_600_000);
  await listed(api, 0);
});

test('counts what waits for a person in each run above it, also in lists and streams, until it is decided, late or canceled', async () => {
  const api = await openApiWorkspace();
  const inner = { name: 'inner', trigger: { id: 'core.manual' }, enabled: true, steps: [ask('inside')] };
  await api.send('POST', '/v1/workflows', { body: inner });
  const { run } = await start(api, [
    ask('late', { input: { message: 'Go?', timeout_seconds: 1 }, on_error: 'continue' }),
    ask('each', { for_each: { items: '{{ [1, 2] }}', concurrency: 2 } }),
    { id: 'flow', needs: [], action: 'core.run_workflow', input: { workflow: 'inner' } },
  ]);
  const stream = await openEvents(api, '/v1/runs/events');
  const counts = async () => {
    const { body } = await api.send('GET', `/v1/runs/${run}`);
    const of = (each?: { pending_approvals?: number }) => each?.pending_approvals ?? 0;
    const steps = ['late', 'each', 'flow'].map((id) => body.steps.find((each: { step: string }) => each.step === id));
    return [body, ...steps].map(of);
  };
  const counted = (...wanted: number[]) =>
    until(`the counts are ${wanted}`, async () => String(await counts()) === String(wanted));
  await counted(3, 0, 2, 1);
  const { items } = (await api.send('GET', '/v1/runs')).body;
  expect(items).toMatchObject([{ id: run, status: 'running', pending_approvals: 3 }]);

  for (const index of [0, 1]) await api.send('POST', `/v1/runs/${run}.each.${index}/approve`);
  await counted(1, 0, 0, 1);
  const { data } = await stream.next(({ data }) => data.pending_approvals === 1);
  await api.send('POST', `/v1/runs/${run}/cancel`);
  await listed(api, 0);

  expect(data).toMatchObject({ id: run, status: 'running' });
  expect(await counts()).toEqual([0, 0, 0, 0]);
});

test('names the run of the workflow for the items of a loop, page by page', async () => {
  const api = await openApiWorkspace();
  const { run } = await start(api, [ask('each', { for_each: { items: '{{ [1, 2] }}', concurrency: 2 } })]);
  await listed(api, 2);

  const first = await api.send('GET', '/v1/approvals?limit=1');
  const second = await api.send('GET', `/v1/approvals?limit=1&cursor=${first.body.next_cursor}`);

  const items = [...first.body.items, ...second.body.items];
  expect(new Set(items.map(({ id }) => id)).size).toBe(2);
  expect(items).toMatchObject([
    { run, step: 'each' },
    { run, step: 'each' },
  ]);
});

test('shows a tenant only its own', async () => {
  const api = await openApiWorkspace();
  await start(api, [ask('one')]);
  await listed(api, 1);

  const other = await api.send('GET', '/v1/approvals', { key: await api.keyOf('admin', 'other') });

  expect(other.body).toEqual({ items: [], next_cursor: null });
});

async function start(api: TestApi, steps: object[]): Promise<{ id: string; run: string }> {
  const body = { name: 'asks', trigger: { id: 'core.manual' }, steps };
  const { id } = (await api.send('POST', '/v1/workflows', { body })).body;
  return { id, run: (await api.send('POST', `/v1/workflows/${id}/run`)).body.id };
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there
async function listed(api: TestApi, count: number): Promise<any[]> {
  return until(`${count} approvals are listed`, async () => {
    const { items } = (await api.send('GET', '/v1/approvals')).body;
    return items.length === count ? items : undefined;
  });
}
