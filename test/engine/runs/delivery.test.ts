import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { readEvents } from '../../../engine/events/event-stream.ts';
import { resume } from '../../../engine/polling/trigger-health.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { testClock, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openSync } from '../sync.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)';
const row = (id: number, second: number) =>
  `(${id}, '2026-01-01 00:00:${String(second).padStart(2, '0')}', 'row ${id}')`;

async function openWithRows(count: number, given: Parameters<typeof openSync>[0] = {}) {
  const sync = await openSync(given);
  await sync.sql(TABLE);
  const rows = Array.from({ length: count }, (_, i) => row(i, i));
  await sync.sql(`INSERT INTO main.default.events VALUES ${rows.join(', ')}`);
  return {
    ...sync,
    failedRuns: async (workflow: string) =>
      (await listRuns(sync.ctx, 'default', { filter: { workflow, status: 'failed' }, limit: 50 })).items,
    typesOfEvents: async () =>
      (await readEvents(sync.ctx, 'default'))
        .map(({ event }) => event.type as string)
        .filter((type) => !type.startsWith('auth')),
  };
}

test('an endpoint that fails holds the cursor, and the replay of the run moves it on', async () => {
  const { ctx, post, caughtUp, failedRuns } = await openWithRows(15);
  let status = 404;
  const { url, received } = await startEndpoint(() => status);
  const workflow = await post(url);
  const [failed] = await until('a run has failed', async () => {
    const runs = await failedRuns(workflow.id);
    return runs.length > 0 && runs;
  });
  const held = await readCursor(ctx, workflow.id);
  expect(held).toMatchObject({ position: null, events: 0, failures: 1, inFlight: null });
  expect(held.notBefore).toBeGreaterThan(ctx.clock.now());
  expect(held.lastError).toContain('404');

  status = 204;
  const replay = await replayRun(ctx, failed!);

  await caughtUp(workflow, 15);
  expect(await ended(ctx, replay.id)).toMatchObject({ status: 'succeeded', replay_of: failed!.id });
  const ids = received.map(({ events }) => events.map(({ data }) => data.id));
  expect(ids).toEqual([
    Array.from({ length: 10 }, (_, i) => String(i)),
    Array.from({ length: 10 }, (_, i) => String(i)),
    ['10', '11', '12', '13', '14'],
  ]);
  expect(received[1]!.events.map(({ id }) => id)).toEqual(received[0]!.events.map(({ id }) => id));
});

test('asks a failing endpoint again, later each time, with the same delivery id, and tells of it and of its recovery', async () => {
  const clock = testClock();
  const { ctx, post, caughtUp, typesOfEvents } = await openWithRows(3, { context: { context: { clock } } });
  let status = 500;
  const { url, received } = await startEndpoint(() => status);
  status = 404;
  const workflow = await post(url);
  const waits: number[] = [];
  for (let failures = 1; failures <= 3; failures++) {
    const cursor = await until(`failure ${failures}`, async () => {
      const found = await readCursor(ctx, workflow.id);
      return found.failures === failures && found;
    });
    waits.push(cursor.notBefore! - clock.now());
    clock.advance(cursor.notBefore! - clock.now());
    await enqueueTick(ctx, workflow.id);
  }
  status = 204;
  await caughtUp(workflow, 3);

  expect(waits).toEqual([10_000, 20_000, 40_000]);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect((await typesOfEvents()).filter((type) => type !== 'run.failed')).toEqual([
    'trigger.failing',
    'trigger.recovered',
  ]);
});

test('an endpoint that answers 410 pauses the trigger until a person resumes it', async () => {
  const { ctx, post, caughtUp } = await openWithRows(2);
  let status = 410;
  const { url, received } = await startEndpoint(() => status);
  const workflow = await post(url);

  const { paused, position } = await until('it is paused', async () => {
    const cursor = await readCursor(ctx, workflow.id);
    return cursor.paused !== null && cursor;
  });
  expect(paused!.reason).toContain('410');
  expect(position).toBeNull();
  const sent = received.length;
  await enqueueTick(ctx, workflow.id);

  status = 204;
  await resume(ctx, { tenant: 'default', workflow: workflow.id, cursor: workflow.id });
  await caughtUp(workflow, 2);
  expect(received).toHaveLength(sent + 1);
});

test('an endpoint that is slow is a failure at the time limit, and gets the page again', async () => {
  const clock = testClock();
  const { post, ctx } = await openWithRows(1, { context: { context: { clock } } });
  let isSlow = true;
  const { url, received } = await startEndpoint(() => (isSlow ? undefined : 204));
  const workflow = await post(url);
  await until('the endpoint was asked', () => received.length > 0);
  isSlow = false;

  await until('the page was delivered', async () => (await readCursor(ctx, workflow.id)).events === 1);

  expect(received.length).toBeGreaterThan(1);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

test('an endpoint that is gone fails the page, and gets it once it is back', async () => {
  const clock = { ...testClock(), random: () => 0 };
  const { post, ctx } = await openWithRows(1, { context: { context: { clock } } });
  const gone = createServer();
  await once(gone.listen(0, '127.0.0.1'), 'listening');
  const { port } = gone.address() as AddressInfo;
  await once(gone.close(), 'close');
  const workflow = await post(`http://127.0.0.1:${port}`);
  const failed = await until('the page has failed', async () => {
    const cursor = await readCursor(ctx, workflow.id);
    return cursor.failures === 1 && cursor;
  });

  const back = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()));
  await once(back.listen(port, '127.0.0.1'), 'listening');
  onTestFinished(() => void back.close());
  clock.advance(10_000);
  await enqueueTick(ctx, workflow.id);

  await until('the page was delivered', async () => (await readCursor(ctx, workflow.id)).events === 1);
  expect(failed).toMatchObject({ position: null, lastError: expect.stringContaining('the connection was refused') });
});

test('a page that fails too often is dead-lettered for a replay, and the sync continues', async () => {
  const clock = testClock();
  const { ctx, post, failedRuns, typesOfEvents } = await openWithRows(12, { context: { context: { clock } } });
  let poison = true;
  const { url, received } = await startEndpoint(() =>
    poison && received.at(-1)!.events.some(({ data }) => data.id === '3') ? 422 : 204,
  );
  const workflow = await post(url, {}, { trigger: { dead_letter_after: 2 } });
  await until('it has failed once', async () => (await readCursor(ctx, workflow.id)).failures === 1);
  clock.advance(10_000);
  await enqueueTick(ctx, workflow.id);

  await until('the rest was delivered', async () => (await readCursor(ctx, workflow.id)).events === 2);

  const [deadLetter] = (await failedRuns(workflow.id)).filter(({ dead_letter }) => dead_letter === 'open');
  expect(deadLetter!.page!.events).toBe(10);
  expect(await typesOfEvents()).toContain('page.dead_lettered');
  poison = false;
  const replay = await replayRun(ctx, deadLetter!);
  expect(await ended(ctx, replay.id)).toMatchObject({ status: 'succeeded' });
  expect((await readCursor(ctx, workflow.id)).position).toMatchObject({ key: '11' });
});

test('signs deliveries as Standard Webhooks do', async () => {
  const { post, caughtUp } = await openWithRows(1);
  const { url, received } = await startEndpoint();
  const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
  const input = { url, secret, rows: '{{ trigger.events }}' };

  await caughtUp(await post(url, {}, { step: { input } }), 1);

  const { headers, body } = received[0]!;
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
    rows: [{ id: expect.stringMatching(/^evt_/) }],
  });
});

test('gives single rows to a step that takes one', async () => {
  const { post, caughtUp } = await openWithRows(3);
  const { url, received } = await startEndpoint();
  const step = { for_each: { items: '{{ trigger.events }}' }, input: { url, body: '{{ item }}' } };

  await caughtUp(await post(url, {}, { step }), 3);

  expect(received.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id)).toEqual(['0', '1', '2']);
});
