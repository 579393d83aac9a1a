import { expect, test } from 'vitest';
import { emitEvent } from '../../engine/events/life-events.ts';
import { testClock } from '../context.ts';
import { startTestApi } from './client.ts';
import { openEvents } from './event-reader.ts';

const accept = { accept: 'application/json' };

test('lists events as JSON, newest first, by type and page by page', async () => {
  const { ctx, send, keyOf } = await startTestApi();
  for (const number of [1, 2, 3]) await emitEvent(ctx, 'default', { type: 'run.failed', data: { number } });
  await emitEvent(ctx, 'default', { type: 'trigger.paused', data: { number: 4 } });
  const numbers = ({ body }: Awaited<ReturnType<typeof send>>) =>
    body.items.map(({ data }: { data: { number: number } }) => data.number);

  const all = await send('GET', '/v1/events', { headers: accept });
  const first = await send('GET', '/v1/events?type=run.failed&limit=2', { headers: accept });
  const second = await send('GET', `/v1/events?type=run.failed&limit=2&cursor=${first.body.next_cursor}`, {
    headers: accept,
  });
  const others = await send('GET', '/v1/events', { headers: accept, key: await keyOf('viewer', 'other') });

  expect(numbers(all)).toEqual([4, 3, 2, 1]);
  expect(all.body.next_cursor).toBeNull();
  expect(numbers(first)).toEqual([3, 2]);
  expect(numbers(second)).toEqual([1]);
  expect(numbers(others)).toEqual([]);
});

test('filters events by what they are about and when', async () => {
  const clock = testClock();
  const { ctx, send } = await startTestApi({ context: { clock } });
  const start = new Date(clock.now()).toISOString();
  await emitEvent(ctx, 'default', { type: 'run.failed', data: { number: 1, workflow: 'wf_1', run: 'run_1' } });
  clock.advance(1000);
  await emitEvent(ctx, 'default', { type: 'trigger.paused', data: { number: 2, workflow: 'wf_1', last_run: 'run_1' } });
  await emitEvent(ctx, 'default', { type: 'run.failed', data: { number: 3, workflow: 'wf_2', run: 'run_2' } });
  const numbers = async (query: string) =>
    (await send('GET', `/v1/events?${query}`, { headers: accept })).body.items.map(
      ({ data }: { data: { number: number } }) => data.number,
    );

  expect(await numbers('workflow=wf_1')).toEqual([2, 1]);
  expect(await numbers('workflow=wf_1&type=run.failed')).toEqual([1]);
  expect(await numbers('run=run_1')).toEqual([2, 1]);
  expect(await numbers(`to=${start}`)).toEqual([1]);
  expect(await numbers(`from=${start}&run=run_2`)).toEqual([3]);
  expect(await numbers('authentication=auth_1')).toEqual([]);
});

test('a reader that was away for too long is told so, and where the stream begins', async () => {
  const api = await startTestApi();
  const { ctx } = api;
  const key = ctx.keys.events('default');
  for (const number of [1, 2, 3]) await emitEvent(ctx, 'default', { type: 'run.failed', data: { number } });
  const ids = (await ctx.redis.xrange(key, '-', '+')).map(([id]) => id);
  const first = ids[0]!;
  const kept = await openEvents(api, '/v1/events', { headers: { 'last-event-id': first } });
  expect((await kept.next()).data.data).toEqual({ number: 2 });
  await ctx.redis.xtrim(key, 'MAXLEN', '=', 1);

  const late = await openEvents(api, '/v1/events', { headers: { 'last-event-id': first } });
  const byQuery = await openEvents(api, `/v1/events?after=${first}`);
  const all = await openEvents(api, '/v1/events?after=0');
  const inTime = await openEvents(api, `/v1/events?after=${ids[2]}`);
  await emitEvent(ctx, 'default', { type: 'run.failed', data: { number: 4 } });

  for (const stream of [late, byQuery]) {
    expect(await stream.next()).toMatchObject({
      event: 'reset',
      id: '0',
      data: { oldest: ids[2], message: expect.stringContaining(first), hint: expect.any(String) },
    });
    expect((await stream.next()).data.data).toEqual({ number: 3 });
  }
  expect((await all.next()).data.data).toEqual({ number: 3 });
  expect((await inTime.next()).data.data).toEqual({ number: 4 });
});

test.each(['type=run.exploded', 'from=yesterday', 'cursor=abc', 'limit=0'])('refuses ?%s', async (query) => {
  const { send } = await startTestApi();

  expect(await send('GET', `/v1/events?${query}`, { headers: accept })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: `/${query.split('=')[0]}` }] },
  });
});
