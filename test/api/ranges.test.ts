import { expect, onTestFinished, test } from 'vitest';
import { createApi } from '../../api/server.ts';
import { createApiKey } from '../../engine/api-keys.ts';
import { until } from '../context.ts';
import { openSync } from '../engine/sync.ts';

test('a cursor is previewed, paused and resumed, and a range delivered, over HTTP', async () => {
  const { ctx, sql, sync, caughtUp } = await openSync();
  const app = createApi(ctx);
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const { key } = await createApiKey(ctx, { tenant: 'default', name: 'key', role: 'admin' });
  const send = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(origin + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
    return { status: answer.status, body: (answer.status === 204 ? undefined : await answer.json()) as any };
  };
  await sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await sql(
    'INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + n * 1000000) FROM range(6) AS t(n)',
  );
  const workflow = await sync();
  await caughtUp(workflow, 6);
  const path = `/v1/workflows/${workflow.id}`;

  const shown = await send('GET', `${path}/cursor`);
  expect(shown.body).toMatchObject({
    position: { value: '2023-11-14T22:13:25.000000Z', key: '5' },
    events: 6,
    paused: null,
  });
  expect(shown.body.lag_seconds).toBeGreaterThan(86_400);

  expect((await send('POST', `${path}/cursor/preview`, { value: '2023-11-14T22:13:22Z' })).body).toEqual({ events: 3 });
  expect((await send('POST', `${path}/cursor/preview`, {})).body).toEqual({ events: 6 });
  expect((await send('PUT', `${path}/cursor`, { value: 'soon' })).body).toMatchObject({ code: 'ERR_CURSOR_COLUMN' });

  expect((await send('POST', `${path}/cursor/pause`, { reason: 'lunch' })).body.paused).toMatchObject({
    by: 'key',
    reason: 'lunch',
  });
  expect((await send('POST', `${path}/cursor/resume`)).body.paused).toBeNull();

  const range = await send('POST', `${path}/ranges`, { until: '2023-11-14T22:13:21Z' });
  expect(range).toMatchObject({ status: 202, body: { status: 'running', after: null } });
  await until('it is done', async () => (await send('GET', `${path}/ranges`)).body.items[0].status === 'done');
  expect((await send('GET', `${path}/ranges`)).body.items).toMatchObject([{ id: range.body.id, events: 2 }]);
  expect((await send('DELETE', `${path}/ranges/rng_no`)).status).toBe(404);
});
