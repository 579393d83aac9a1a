import { expect, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { listEvents } from '../../../engine/events/event-list.ts';
import { checkFreshness } from '../../../engine/polling/freshness.ts';
import { pauseManually } from '../../../engine/polling/trigger-health.ts';
import { viewTrigger } from '../../../engine/polling/trigger-view.ts';
import { enqueueTick } from '../../../engine/queue/tick-queue.ts';
import { testClock, until } from '../../context.ts';
import { openFlows, value } from '../flows.ts';
import { openSync } from '../sync.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

test('a sync that is too late is told of once, and its recovery once', async () => {
  const clock = testClock();
  const setting = await openSync({ context: { context: { clock } } });
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await setting.sql("INSERT INTO main.default.events VALUES (1, TIMESTAMP '2024-01-01 00:00:00')");
  let status = 404;
  const { url } = await startEndpoint(() => status);
  const workflow = await setting.post(url, {}, { trigger: { freshness: { max_lag_seconds: 300 } } });
  const told = async () => {
    await checkFreshness(setting.ctx);
    const { items: events } = await listEvents(setting.ctx, 'default', { limit: 50 });
    return events.map(({ type }) => String(type)).filter((type) => /late|on_time/.test(type));
  };
  await until('the page has failed', async () => (await readCursor(setting.ctx, workflow.id)).failures > 0);

  expect(await told()).toEqual(['trigger.late']);
  expect(await told()).toEqual(['trigger.late']);
  status = 204;
  clock.advance((await readCursor(setting.ctx, workflow.id)).notBefore! - clock.now());
  await setting.caughtUp(workflow, 1);
  expect(await told()).toEqual(['trigger.on_time', 'trigger.late']);
  // Nothing is new, but nobody has looked for longer than the limit.
  await pauseManually(setting.ctx, { tenant: 'default', workflow: workflow.id, by: 'test', reason: 'a rest' });
  clock.advance(301_000);
  expect((await told()).slice(0, 2)).toEqual(['trigger.late', 'trigger.on_time']);
});

test('a sync whose pages are all given up is late, though it looks and has read everything', async () => {
  const clock = testClock();
  const setting = await openSync({ context: { context: { clock } } });
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await setting.sql("INSERT INTO main.default.events VALUES (1, TIMESTAMP '2024-01-01 00:00:00')");
  const { url } = await startEndpoint(() => 400);
  const trigger = { freshness: { max_lag_seconds: 300 }, dead_letter_after: 1 };
  const workflow = await setting.post(url, {}, { trigger });
  await until('the page was given up', async () => {
    const { state, lag } = await viewTrigger(setting.ctx, workflow);
    return state === 'not_delivering' && lag?.seconds === 0;
  });
  clock.advance(301_000);
  const looked = (await readCursor(setting.ctx, workflow.id)).lastSuccessAt!;
  await enqueueTick(setting.ctx, workflow.id);
  await until('it has looked', async () => (await readCursor(setting.ctx, workflow.id)).lastSuccessAt! > looked);

  await checkFreshness(setting.ctx);

  const { items: events } = await listEvents(setting.ctx, 'default', { type: 'trigger.late', limit: 50 });
  expect(events.map(({ data }) => data)).toMatchObject([{ workflow: workflow.id, max_lag_seconds: 300 }]);
});

test('belongs to triggers that poll', async () => {
  const { make } = await openFlows({ worker: false });
  const trigger = { id: 'core.manual', freshness: { max_lag_seconds: 60 } };

  await expect(make([value('a', 1)], { trigger })).rejects.toMatchObject({
    errors: [{ pointer: '/trigger/freshness' }],
  });
});
