import { expect, test } from 'vitest';
import type { ActionRun } from '../../engine/runs/run.ts';
import { finishRun, writeRun } from '../../engine/runs/run-writes.ts';
import { newId } from '../../engine/store/ids.ts';
import { testClock, until } from '../context.ts';
import { newRun } from '../engine/new-run.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const FAIL = { action: 'core.fail', input: { message: 'no stock' } };

test('finds runs by what started them', async () => {
  const api = await openApiWorkspace();
  const workflow = (
    await api.send('POST', '/v1/workflows', {
      body: { name: 'one', trigger: { id: 'core.manual' }, steps: [{ id: 'a', ...FAIL }] },
    })
  ).body.id;
  const manual = (await api.send('POST', `/v1/workflows/${workflow}/run`)).body.id;
  await ended(api, manual);
  const replay = (await api.send('POST', `/v1/runs/${manual}/replay`)).body.id;
  const test = (await api.send('POST', `/v1/workflows/${workflow}/test_step`, { body: { step: 'a' } })).body.id;

  expect(await ids(api, 'trigger=manual')).toEqual([manual]);
  expect(await ids(api, 'trigger=replay')).toEqual([replay]);
  expect(await ids(api, 'trigger=test')).toEqual([test]);
  expect((await api.send('GET', `/v1/runs/${replay}`)).body).toMatchObject({ trigger: 'replay', replay_of: manual });
});

test('lists the steps of a run in their order, page by page', async () => {
  const api = await openApiWorkspace();
  const steps = ['b', 'a', 'c'].map((id) => ({ id, action: 'core.file', input: { path: `${id}.ndjson`, rows: [] } }));
  const body = { name: 'three', trigger: { id: 'core.manual' }, steps };
  const workflow = (await api.send('POST', '/v1/workflows', { body })).body.id;
  const run = (await api.send('POST', `/v1/workflows/${workflow}/run`)).body.id;
  await ended(api, run);

  const first = await api.send('GET', `/v1/runs?parent=${run}&limit=2`);
  const second = await api.send('GET', `/v1/runs?parent=${run}&limit=2&cursor=${first.body.next_cursor}`);
  const failed = await ids(api, `parent=${run}&status=failed`);
  await api.send('DELETE', `/v1/workflows/${workflow}`);

  const found = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id);
  expect(found).toEqual([`${run}.b`, `${run}.a`, `${run}.c`]);
  expect(second.body.next_cursor).toBeNull();
  expect(failed).toEqual([]);
  expect((await api.send('GET', `/v1/runs?parent=${run}`)).status).toBe(200);
});

test('gives the first 200 items of a loop with its run, where the others are, and those that failed wherever they are', async () => {
  const api = await openApiWorkspace();
  const step = {
    id: 'each',
    action: 'core.transform',
    for_each: { items: '{{ [1..230] }}', concurrency: 50, on_error: 'continue' },
    input: { value: '{{ index = 217 ? $error("no stock") : index }}' },
  };
  const body = { name: 'many', trigger: { id: 'core.manual' }, steps: [step] };
  const workflow = (await api.send('POST', '/v1/workflows', { body })).body.id;
  const run = (await api.send('POST', `/v1/workflows/${workflow}/run`)).body.id;
  await ended(api, run);

  const whole = (await api.send('GET', `/v1/runs/${run}`)).body;
  const loop = (await api.send('GET', `/v1/runs/${run}.each`)).body;
  const others = `/v1/runs?parent=${run}.each&cursor=${loop.steps_next_cursor}`;
  const rest = (await api.send('GET', others)).body;
  const key = await api.keyOf('viewer', 'other');

  expect(whole.steps).toMatchObject([{ step: 'each', loop: { items: 230 } }]);
  expect(whole).not.toHaveProperty('steps_next_cursor');
  expect(indexes(loop.steps)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(indexes(rest.items)).toEqual(Array.from({ length: 30 }, (_, i) => 200 + i));
  expect(rest.next_cursor).toBeNull();
  expect(Object.keys(rest.items[0]).sort()).toEqual(Object.keys(loop.steps[0]).sort());
  expect(await ids(api, `parent=${run}.each&status=failed`)).toEqual([`${run}.each.217`]);
  expect((await api.send('GET', others, { key })).status).toBe(400);
  expect((await api.send('GET', `/v1/runs?parent=${run}.each`, { key })).status).toBe(404);
});

test('finds the replays of a run, and the runs that a bulk replay made', async () => {
  const api = await openApiWorkspace();
  const run = (await api.send('POST', '/v1/runs', { body: FAIL })).body.id;
  await ended(api, run);
  const body = { filter: { code: 'ERR_FAILED_ON_PURPOSE' } };
  const { confirm } = (await api.send('POST', '/v1/runs/replay', { body })).body;
  const bulk = (await api.send('POST', '/v1/runs/replay', { body: { ...body, confirm, per_second: 100 } })).body.id;
  const first = await until('it is replayed', async () => (await ids(api, `replay=${bulk}`))[0]);
  const second = (await api.send('POST', `/v1/runs/${run}/replay`)).body.id;

  expect(await ids(api, `replay=${run}`)).toEqual([second, first]);
  expect(await ids(api, `replay=${bulk}`)).toEqual([first]);
  expect(await ids(api, `replay=${second}`)).toEqual([]);
  const shown = (await api.send('GET', `/v1/runs/${run}`)).body;
  expect(shown).toMatchObject({ replays: [first, second], replayed_by: second });
});

test('finds runs by the beginning of their ids, over many pages', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const wanted = await written(api, {});
  for (let i = 0; i < 5; i++) {
    clock.advance(60_000);
    await written(api, {});
  }

  expect(await ids(api, `id=${wanted}`)).toEqual([wanted]);
  expect(await ids(api, `id=${wanted.slice(0, 14)}`)).toContain(wanted);
  expect(await ids(api, 'id=run_')).toHaveLength(6);
  expect(await ids(api, `id=${wanted}&status=failed`)).toEqual([]);
  expect(await ids(api, `id=${newId('run', clock.now())}`)).toEqual([]);
});

test('finds each of few matches among many once, whatever the size of a page', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const wanted: string[] = [];
  for (let i = 0; i < 260; i++) {
    clock.advance(1000);
    const run = await written(api, i % 52 === 7 ? { action: 'core.wait' } : {});
    if (i % 52 === 7) wanted.unshift(run);
  }

  for (const limit of [1, 2, 5, 200]) {
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `action=core.wait&limit=${limit}${cursor && `&cursor=${cursor}`}`;
      const { body } = await api.send('GET', `/v1/runs?${query}`);
      expect(body.items.length).toBeLessThanOrEqual(limit);
      found.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    }
    expect(found).toEqual(wanted);
  }
  const first = (await api.send('GET', '/v1/runs?limit=130')).body;
  const second = (await api.send('GET', `/v1/runs?limit=130&cursor=${first.next_cursor}`)).body;
  expect([first.items.length, second.items.length, second.next_cursor]).toEqual([130, 130, null]);
});

test("keeps to the tenant's own runs", async () => {
  const api = await startTestApi();
  const run = await written(api, { kind: 'action' });
  const replay = await written(api, { replay_of: run });
  const key = await api.keyOf('viewer', 'other');

  expect((await api.send('GET', `/v1/runs?parent=${run}`, { key })).status).toBe(404);
  expect((await api.send('GET', `/v1/runs?replay=${run}`, { key })).body.items).toEqual([]);
  expect((await api.send('GET', `/v1/runs?id=${run}`, { key })).body.items).toEqual([]);
  expect((await api.send('GET', '/v1/runs?replay=rpl_1', { key })).status).toBe(404);
  expect(await ids(api, `replay=${run}`)).toEqual([replay]);
});

test.each([
  ['trigger=odd', '/trigger'],
  ['replay=wf_1', '/replay'],
  ['id=wf_1', '/id'],
])('refuses %s and names the parameter', async (query, pointer) => {
  const api = await startTestApi();

  const { status, body } = await api.send('GET', `/v1/runs?${query}`);

  expect(status).toBe(400);
  expect(body.errors[0].pointer).toBe(pointer);
});

const indexes = (runs: { item_index: number }[]) => runs.map(({ item_index: index }) => index);

async function ids(api: Pick<TestApi, 'send'>, query: string): Promise<string[]> {
  const { body } = await api.send('GET', `/v1/runs?${query}`);
  return body.items.map(({ id }: { id: string }) => id);
}

async function ended(api: Pick<TestApi, 'send'>, run: string): Promise<void> {
  await api.send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });
}

async function written(api: TestApi, fields: Partial<ActionRun>): Promise<string> {
  const run = newRun(api.ctx, fields);
  await writeRun(api.ctx, run);
  await finishRun(api.ctx, run, { status: 'succeeded', output: {} });
  return run.id;
}
