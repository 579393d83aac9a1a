import { expect, test } from 'vitest';
import type { ClaimableRun } from '../../engine/runs/run.ts';
import { beginRun, saveRun, writeRun } from '../../engine/runs/run-writes.ts';
import { testClock } from '../context.ts';
import { newRun } from '../engine/new-run.ts';
import { startTestApi } from './client.ts';
import { openApiWorkspace, sleepStatement } from './workspace.ts';

interface Shown {
  phase: string;
  from: string;
  to?: string;
}

test('shows where the time of a run went, in order, and when its launch ended', async () => {
  const api = await openApiWorkspace();
  const { body: run } = await api.send('POST', '/v1/runs', { body: sleepStatement(api.workspace, 1) });

  const { body } = await api.send('GET', `/v1/runs/${run.id}`, { headers: { prefer: 'wait=30' } });

  const segments = body.segments as Shown[];
  expect(segments.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['request', 'remote']));
  const times = segments.flatMap(({ from, to }) => [from, to!]);
  expect(times).toEqual([...times].sort());
  expect(times[0]! >= body.created_at && times.at(-1)! <= body.finished_at).toBe(true);
  const [launch] = body.launches;
  expect(launch.ended_at >= launch.sent_at && launch.ended_at <= body.finished_at).toBe(true);
  expect(body.segments).toContainEqual(expect.objectContaining({ phase: 'remote', attempt: 1, launch: 1 }));
  expect((await api.send('GET', '/v1/runs')).body.items[0].segments).toBeUndefined();
});

test('shows the segments of steps in the run of their workflow', async () => {
  const api = await openApiWorkspace();
  const steps = [{ id: 'a', ...sleepStatement(api.workspace, 1) }];
  const workflow = { name: 'one', trigger: { id: 'core.manual' }, steps };
  const { id } = (await api.send('POST', '/v1/workflows', { body: workflow })).body;
  const run = (await api.send('POST', `/v1/workflows/${id}/run`)).body.id;

  const { body } = await api.send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=30' } });

  expect(body.steps[0].segments).toContainEqual(expect.objectContaining({ phase: 'request', launch: 1 }));
});

test('shows what an open run waits for, without an end', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const run = newRun(api.ctx);
  await writeRun(api.ctx, run);
  const shown = async () => (await api.send('GET', `/v1/runs/${run.id}`)).body.segments;
  const from = new Date(clock.now()).toISOString();

  expect(await shown()).toEqual([{ phase: 'queue', from, attempt: 1 }]);

  const claimed = (await beginRun(api.ctx, run.id)) as ClaimableRun;
  const phases = { since: clock.now(), wait: 1000, wait_for: 'backoff', segments: 'R5!ERR_TIMEOUT;' } as const;
  await saveRun(api.ctx, claimed, { status: 'waiting', attempts: 1, phases });

  expect(await shown()).toEqual([
    { phase: 'request', from, to: new Date(clock.now() + 5).toISOString(), attempt: 1, code: 'ERR_TIMEOUT' },
    { phase: 'backoff', from, attempt: 1 },
  ]);
});

test('names the error in which the last segment of a failed run ended', async () => {
  const api = await openApiWorkspace();
  const body = {
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { statement: 'SELECT * FROM main.default.gone' },
  };

  const run = (await api.send('POST', '/v1/runs', { body, headers: { prefer: 'wait=20' } })).body;

  expect(run.segments.at(-1)).toMatchObject({ phase: 'request', code: 'ERR_REMOTE_FAILED' });
});
