import { expect, test } from 'vitest';
import { cancelRun } from '../../engine/runs/cancel.ts';
import type { ActionRun } from '../../engine/runs/run.ts';
import { beginRun, finishRun, saveRun, writeRun } from '../../engine/runs/run-writes.ts';
import { readRun, writeField } from '../../engine/runs/runs.ts';
import { until } from '../context.ts';
import { claimRun, FAILED, newRun, newStepRun } from '../engine/new-run.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openEvents } from './event-reader.ts';

const ENDED = { status: 'succeeded', output: {} } as const;
const PATH = '/v1/runs/events';

test('sends each state of a run, with what the list shows of it', async () => {
  const api = await startTestApi();
  const stream = await openEvents(api, PATH);
  const ready = await stream.next();

  const run = newRun(api.ctx, { trigger: 'manual' });
  await writeRun(api.ctx, run);
  const queued = await stream.next();
  const claimed = await claimRun(api.ctx, run.id);
  const running = await stream.next();
  await saveRun(api.ctx, claimed, { status: 'waiting' });
  const waiting = await stream.next();
  await finishRun(api.ctx, claimed, FAILED);
  const failed = await stream.next();

  expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(ready).toMatchObject({ event: 'ready', data: { position: ready.id } });
  expect([queued, running, waiting, failed].map(({ data }) => data.status)).toEqual([
    'queued',
    'running',
    'waiting',
    'failed',
  ]);
  const { body } = await api.send('GET', '/v1/runs');
  expect(failed.data).toEqual(body.items[0]);
});

test('writes and publishes nothing while nobody listens', async () => {
  const api = await startTestApi();

  const run = await endedRun(api, {});
  await writeField(api.ctx, { id: run, tenant: 'default' }, 'replayed_by', 'run_2');

  expect(await api.ctx.redis.exists(api.ctx.keys.changes('default'))).toBe(0);
});

test('announces runs that begin together where somebody listens, and nowhere else', async () => {
  const api = await startTestApi();
  const stream = await openEvents(api, PATH);
  await stream.next();
  const runs = [newRun(api.ctx, { trigger: 'manual' }), newRun(api.ctx, { trigger: 'manual' })];
  const step = newStepRun(api.ctx, { id: `${runs[0]!.id}.a`, parent: runs[0]!.id });
  for (const each of [...runs, step]) await writeRun(api.ctx, each);
  for (const each of runs) expect((await stream.next()).data).toMatchObject({ id: each.id, status: 'queued' });

  for (const { id } of [step, ...runs]) await claimRun(api.ctx, id);

  for (const each of runs) expect((await stream.next()).data).toMatchObject({ id: each.id, status: 'running' });
  expect(await api.ctx.redis.exists(api.ctx.keys.changes(runs[0]!.id))).toBe(0);
});

test('announces a run that begins and ends at once by its end alone', async () => {
  const api = await startTestApi();
  await openEvents(api, PATH);
  const run = newRun(api.ctx, { trigger: 'manual' });
  const other = newRun(api.ctx, { trigger: 'manual' });
  for (const each of [run, other]) await writeRun(api.ctx, each);

  const claimed = await claimRun(api.ctx, run.id);
  await finishRun(api.ctx, claimed, ENDED);
  await claimRun(api.ctx, other.id);

  const announced = async () =>
    (await api.ctx.redis.xrange(api.ctx.keys.changes('default'), '-', '+')).map(([, [, id]]) => id);
  await until('the other is announced', async () => (await announced()).at(-1) === other.id);
  expect(await announced()).toEqual(['', run.id, other.id, run.id, other.id]);
});

test('keeps the subscription and the stream while somebody listens, and lets them go after', async () => {
  const api = await startTestApi();
  const stream = await openEvents(api, PATH);
  const channel = api.ctx.keys.changes('default');
  const listeners = async () => Number(((await api.ctx.redis.pubsub('NUMSUB', channel)) as [string, number])[1]);
  await until('the server listens', async () => (await listeners()) === 1);
  expect(await api.ctx.redis.pttl(channel)).toBeGreaterThan(0);

  stream.close();

  await until('the server listens no more', async () => (await listeners()) === 0);
});

test('a listener that comes back gets what it has missed', async () => {
  const api = await startTestApi();
  const first = await openEvents(api, PATH);
  const { id } = await first.next();
  first.close();
  const missed = [await endedRun(api, {}), await endedRun(api, {})];

  const again = await openEvents(api, PATH, { headers: { 'last-event-id': id } });
  const byQuery = await openEvents(api, `${PATH}?after=${id}`);

  for (const stream of [again, byQuery]) {
    expect([(await stream.next()).data.id, (await stream.next()).data.id]).toEqual(missed);
  }
});

test('says where to begin when changes are no longer kept, and continues from there', async () => {
  const api = await startTestApi();
  const first = await openEvents(api, PATH);
  const { id } = await first.next();
  first.close();
  await api.ctx.redis.del(api.ctx.keys.changes('default'));
  await endedRun(api, {});

  const again = await openEvents(api, PATH, { headers: { 'last-event-id': id } });
  const reset = await again.next();
  const run = await endedRun(api, {});

  expect(reset).toMatchObject({
    event: 'reset',
    data: { position: reset.id, message: expect.stringContaining(id), hint: expect.stringContaining('again') },
  });
  expect((await again.next()).data.id).toBe(run);
});

test('tells listeners when their stream was lost under them', async () => {
  const api = await startTestApi();
  const stream = await openEvents(api, PATH);
  const other = await openEvents(api, PATH);
  await Promise.all([stream.next(), other.next()]);
  await api.ctx.redis.del(api.ctx.keys.changes('default'));
  const late = await openEvents(api, PATH);
  await late.next();

  await endedRun(api, {});

  expect((await stream.next()).event).toBe('reset');
  expect((await other.next()).event).toBe('reset');
});

test.each([
  ['status=failed', 'failed'],
  ['code=ERR_TIMEOUT', 'failed'],
  ['linked_account=la_1', 'account'],
  ['action=core.wait', 'wait'],
  ['trigger=schedule', 'scheduled'],
])('sends only what matches %s', async (query, wanted) => {
  const api = await startTestApi();
  const stream = await openEvents(api, `${PATH}?${query}`);
  await stream.next();

  const runs: Record<string, string> = {
    other: await endedRun(api, {}),
    failed: await endedRun(api, {}, FAILED),
    account: await endedRun(api, { linked_account: 'la_1' }),
    wait: await endedRun(api, { action: 'core.wait' }),
    scheduled: await endedRun(api, { trigger: 'schedule' }),
  };

  expect((await stream.next()).data.id).toBe(runs[wanted]);
  const mark = await endedRun(api, { action: 'core.wait', linked_account: 'la_1', trigger: 'schedule' }, FAILED);
  // The same state can be sent twice.
  const next = await stream.next(({ data }) => data.id !== runs[wanted]);
  expect(next.data.id).toBe(mark);
});

test('tells which runs have left an open status', async () => {
  const api = await startTestApi();
  const stream = await openEvents(api, `${PATH}?status=queued`);
  await stream.next();
  const run = newRun(api.ctx);
  await writeRun(api.ctx, run);
  await stream.next();

  await beginRun(api.ctx, run.id);

  expect(await stream.next()).toMatchObject({ event: 'left', data: { id: run.id, status: 'running' } });
});

test('sends the steps of a run to those who ask for them, and to nobody else', async () => {
  const api = await startTestApi();
  const parent = newRun(api.ctx);
  await writeRun(api.ctx, parent);
  const all = await openEvents(api, PATH);
  const steps = await openEvents(api, `${PATH}?parent=${parent.id}`);
  await Promise.all([all.next(), steps.next()]);

  const step = newStepRun(api.ctx, { id: `${parent.id}.a`, parent: parent.id });
  await writeRun(api.ctx, step);
  const first = await steps.next();
  await finishRun(api.ctx, step, ENDED);
  const last = await endedRun(api, {});

  expect(first.data).toMatchObject({ id: step.id, parent: parent.id, step: 'a', status: 'queued' });
  expect((await steps.next()).data.status).toBe('succeeded');
  expect((await all.next()).data.id).toBe(last);
});

test('tells of a cancellation that was requested', async () => {
  const api = await startTestApi();
  const run = newRun(api.ctx);
  await writeRun(api.ctx, run);
  await beginRun(api.ctx, run.id);
  const stream = await openEvents(api, PATH);
  await stream.next();

  await cancelRun(api.ctx, (await readRun(api.ctx, run.id))!);

  expect((await stream.next()).data).toMatchObject({ status: 'running', cancel_requested_at: expect.any(String) });
});

test('a tenant sees nothing of another, and not the steps of its runs', async () => {
  const api = await startTestApi();
  const foreign = await openEvents(api, PATH, { tenant: 'other' });
  const run = await endedRun(api, {});
  const steps = await openEvents(api, `${PATH}?parent=${run}`, { tenant: 'other' });
  const own = newRun(api.ctx, { tenant: 'other' });
  await foreign.next();
  await endedRun(api, {});

  await writeRun(api.ctx, own);

  expect((await foreign.next()).data.id).toBe(own.id);
  expect(steps.response.status).toBe(404);
});

test('a storm of 500 listeners that reconnect at once loses nothing', async () => {
  const api = await startTestApi();
  const first = await openEvents(api, PATH);
  const { id } = await first.next();
  const missed = [await endedRun(api, {}), await endedRun(api, {})];
  first.close();

  const key = await api.keyOf('viewer');
  const opening = Array.from({ length: 500 }, () => openEvents(api, PATH, { key, headers: { 'last-event-id': id } }));
  // Some listen when this one ends, and some do not yet.
  const during = await endedRun(api, {});
  const streams = await Promise.all(opening);
  const wanted = [...missed, during, await endedRun(api, {})];

  for (const stream of streams) {
    const seen = new Set<string>();
    while (wanted.some((run) => !seen.has(run))) {
      const { event, data } = await stream.next();
      expect(event).toBe('run');
      if (data.status === 'succeeded') seen.add(data.id);
    }
  }
});

test.each(['after=x', 'after=99999999999999999999999', 'status=odd', 'trigger=odd'])('refuses %s', async (query) => {
  const api = await startTestApi();

  const { response } = await openEvents(api, `${PATH}?${query}`);

  expect(response.status).toBe(400);
});

test('refuses a Last-Event-ID that is none', async () => {
  const api = await startTestApi();

  const { response } = await openEvents(api, PATH, { headers: { 'last-event-id': 'end' } });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'ERR_INPUT_INVALID',
    errors: [{ pointer: '/Last-Event-ID', message: expect.any(String) }],
  });
});

test('counts against the quota of streams', async () => {
  const api = await startTestApi();
  await api.ctx.redis.hset(api.ctx.keys.quotas('default'), 'streams', 1);
  const open = await openEvents(api, PATH);
  await open.next();

  const refused = await openEvents(api, PATH);

  expect(refused.response.status).toBe(429);
  expect(await refused.response.json()).toMatchObject({ code: 'ERR_QUOTA_BUSY' });
});

test('needs a key', async () => {
  const api = await startTestApi();

  expect((await fetch(api.origin + PATH)).status).toBe(401);
});

async function endedRun(
  api: TestApi,
  fields: Partial<ActionRun>,
  end: Parameters<typeof finishRun>[2] = ENDED,
): Promise<string> {
  const run = newRun(api.ctx, fields);
  await writeRun(api.ctx, run);
  await finishRun(api.ctx, run, end);
  return run.id;
}
