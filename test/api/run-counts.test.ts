import { expect, test } from 'vitest';
import { applyRetention } from '../../engine/runs/retention.ts';
import type { ActionRun, Open } from '../../engine/runs/run.ts';
import { beginRun, finishRun, writeRun } from '../../engine/runs/run-writes.ts';
import { readRun } from '../../engine/runs/runs.ts';
import { testClock } from '../context.ts';
import { CANCELED, FAILED, newRun, newStepRun, newWorkflowRun } from '../engine/new-run.ts';
import { startTestApi, type TestApi } from './client.ts';

const DAY_MS = 86_400_000;
const ENDED = { status: 'succeeded', output: {} } as const;

test.each([60, 3600, 86_400])('counts runs by what they have, in buckets of %i s', async (bucket) => {
  const clock = testClock(Date.UTC(2026, 4, 5, 12, 30));
  const api = await startTestApi({ context: { clock } });
  await endedRun(api, { linked_account: 'la_1' }, FAILED);
  await endedRun(api, { action: 'core.wait' }, ENDED);
  clock.advance(bucket * 1000);
  await writeRun(api.ctx, newCounted(api, {}));

  const counts = async (by: string) => (await api.send('GET', `/v1/runs/counts?by=${by}&bucket=${bucket}`)).body;

  const status = await counts('status');
  expect(status).toMatchObject({
    total: 3,
    counts: { failed: 1, succeeded: 1, unfinished: 1 },
    other: 0,
  });
  expect(status.items).toHaveLength(48);
  expect(status.items.slice(-2).map(({ counts: each }: { counts: object }) => each)).toEqual([
    { failed: 1, succeeded: 1 },
    { unfinished: 1 },
  ]);
  expect((await counts('code')).counts).toEqual({ ERR_TIMEOUT: 1 });
  expect((await counts('action')).counts).toEqual({ 'databricks.run_job': 2, 'core.wait': 1 });
  expect((await counts('linked_account')).counts).toEqual({ la_1: 1 });
  expect((await counts('workflow')).counts).toEqual({});
});

test('counts the runs of each workflow, in the range that is asked for alone', async () => {
  const clock = testClock(Date.UTC(2026, 4, 5, 12, 30));
  const api = await startTestApi({ context: { clock } });
  await writeRun(api.ctx, { ...newWorkflowRun(api.ctx), trigger: 'manual' });
  clock.advance(2 * 3_600_000);
  await writeRun(api.ctx, { ...newWorkflowRun(api.ctx), trigger: 'manual' });
  const counts = async (range: string) => (await api.send('GET', `/v1/runs/counts?by=workflow${range}`)).body;

  const all = await counts('');
  const early = await counts('&from=2026-05-05T11:00:00Z&to=2026-05-05T12:59:00Z');
  const late = await counts('&from=2026-05-05T13:00:00Z');

  expect(all).toMatchObject({ total: 2, counts: { wf_1: 2 } });
  expect(early).toMatchObject({ total: 1, counts: { wf_1: 1 } });
  expect(early.items.map(({ at, total }: { at: string; total: number }) => [at, total])).toEqual([
    ['2026-05-05T11:00:00.000Z', 0],
    ['2026-05-05T12:00:00.000Z', 1],
  ]);
  expect(late.items.map(({ total }: { total: number }) => total)).toEqual([0, 1]);
});

test('counts a run once, however often its writes are repeated', async () => {
  const api = await startTestApi();
  const run = newCounted(api, {});

  await writeRun(api.ctx, run);
  await writeRun(api.ctx, run);
  const claimed = (await beginRun(api.ctx, run.id))!;
  await finishRun(api.ctx, claimed, FAILED);
  await finishRun(api.ctx, claimed, FAILED);
  await finishRun(api.ctx, (await readRun(api.ctx, run.id))!, CANCELED);

  expect(await byStatus(api)).toEqual({ failed: 1 });
});

test('does not count steps', async () => {
  const api = await startTestApi();

  await writeRun(api.ctx, newStepRun(api.ctx, { id: 'run_1.a', parent: 'run_1' }));

  expect(await byStatus(api)).toEqual({});
});

test('takes out a run that is deleted, once', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  await endedRun(api, {}, FAILED);
  await writeRun(api.ctx, newCounted(api, {}));
  clock.advance(api.ctx.config.retentionMs + 1);

  await Promise.all([applyRetention(api.ctx), applyRetention(api.ctx)]);

  const from = new Date(clock.now() - api.ctx.config.retentionMs - DAY_MS).toISOString();
  const { body } = await api.send('GET', `/v1/runs/counts?bucket=86400&from=${from}`);
  expect(body).toMatchObject({ total: 1, counts: { unfinished: 1 } });
  expect((await api.send('GET', `/v1/runs/counts?bucket=86400&by=code&from=${from}`)).body.counts).toEqual({});
});

test('a bucket that is kept no more stays away when its runs end', async () => {
  const api = await startTestApi();
  const run = newCounted(api, {});
  await writeRun(api.ctx, run);
  const keys = await api.ctx.redis.keys(`${api.ctx.keys.prefix.replaceAll(/[[\]]/g, '\\$&')}run-counts:*`);
  await api.ctx.redis.del(...keys);

  await finishRun(api.ctx, (await readRun(api.ctx, run.id))!, CANCELED);

  expect(keys).toHaveLength(3);
  expect(await api.ctx.redis.exists(...keys)).toBe(0);
});

test('counts values beyond what a bucket keeps together, and takes each out where it was counted', async () => {
  const clock = testClock();
  const api = await startTestApi({ context: { clock } });
  const accounts = Array.from({ length: 760 }, (_, i) => `la_${i}`);
  for (const linked_account of accounts) await endedRun(api, { linked_account }, ENDED);
  const counts = async () => (await api.send('GET', '/v1/runs/counts?by=linked_account&bucket=86400')).body;
  const before = await counts();

  clock.advance(api.ctx.config.retentionMs + 1);
  await applyRetention(api.ctx);
  clock.advance(-api.ctx.config.retentionMs - 1);

  expect(before.total).toBe(760);
  expect(before.other).toBeGreaterThan(0);
  expect(Object.keys(before.counts).length).toBeGreaterThan(500);
  expect(Object.keys(before.counts).length + before.other).toBe(760);
  expect(await counts()).toMatchObject({ total: 0, counts: {}, other: 0 });
});

test('shows a tenant its own runs', async () => {
  const api = await startTestApi();
  await endedRun(api, {}, FAILED);

  const { body } = await api.send('GET', '/v1/runs/counts', { key: await api.keyOf('viewer', 'other') });

  expect(body).toMatchObject({ total: 0, counts: {} });
});

test.each([
  ['by=color', '/by'],
  ['bucket=61', '/bucket'],
  ['from=yesterday', '/from'],
  ['from=2026-05-05T12:00:00Z&to=2026-05-05T10:00:00Z', '/from'],
  ['bucket=86400&from=2000-01-01T00:00:00Z', '/from'],
  ['bucket=60&from=2026-05-04T00:00:00Z&to=2026-05-04T01:00:00Z', '/from'],
])('refuses %s and names the parameter', async (query, pointer) => {
  const api = await startTestApi({ context: { clock: testClock(Date.UTC(2026, 4, 5, 12, 30)) } });

  const { status, body } = await api.send('GET', `/v1/runs/counts?${query}`);

  expect(status).toBe(400);
  expect(body.code).toBe('ERR_INPUT_INVALID');
  expect(body.errors[0].pointer).toBe(pointer);
});

test('answers 401 without a key', async () => {
  const api = await startTestApi();

  expect((await api.send('GET', '/v1/runs/counts', { key: null })).status).toBe(401);
});

function newCounted(api: TestApi, fields: Partial<ActionRun>): ActionRun & Open {
  return newRun(api.ctx, { trigger: 'manual', ...fields });
}

async function endedRun(api: TestApi, fields: Partial<ActionRun>, end: Parameters<typeof finishRun>[2]): Promise<void> {
  const run = newCounted(api, fields);
  await writeRun(api.ctx, run);
  await finishRun(api.ctx, run, end);
}

async function byStatus(api: TestApi): Promise<Record<string, number>> {
  return (await api.send('GET', '/v1/runs/counts')).body.counts;
}
