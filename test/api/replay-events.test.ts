import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';
import { openEvents } from './event-reader.ts';
import { openApiWorkspace } from './workspace.ts';

const PATH = '/v1/replays/events';

test('sends a bulk replay as it starts, progresses and ends, to its tenant alone', async () => {
  const api = await openApiWorkspace();
  const run = { action: 'core.fail', input: { message: 'no stock' } };
  for (let i = 0; i < 2; i++) await api.send('POST', '/v1/runs', { body: run, headers: { prefer: 'wait=20' } });
  const stream = await openEvents(api, PATH);
  const foreign = await openEvents(api, PATH, { tenant: 'other' });
  const ready = await stream.next();
  await foreign.next();

  const body = { filter: { code: 'ERR_FAILED_ON_PURPOSE' } };
  const { confirm } = (await api.send('POST', '/v1/runs/replay', { body })).body;
  const { id } = (await api.send('POST', '/v1/runs/replay', { body: { ...body, confirm, per_second: 100 } })).body;
  const done = await stream.next(({ data }) => data.status === 'done');
  const listed = (await api.send('GET', '/v1/replays')).body.items[0];
  const again = await openEvents(api, PATH, { headers: { 'last-event-id': ready.id } });

  expect(done).toMatchObject({ event: 'replay', data: { id, replayed: 2, refused: 0 } });
  expect(done.data).toEqual(listed);
  expect((await again.next()).data).toEqual(listed);
  expect(foreign.lastId()).not.toBe(done.id);
});

test('refuses a position that is none, and needs a key', async () => {
  const api = await startTestApi();

  const bad = await openEvents(api, PATH, { headers: { 'last-event-id': 'x' } });

  expect(bad.response.status).toBe(400);
  expect((await fetch(api.origin + PATH)).status).toBe(401);
});

test('writes nothing while nobody listens', async () => {
  const api = await openApiWorkspace();
  const body = { filter: { status: 'failed' } };
  const { confirm } = (await api.send('POST', '/v1/runs/replay', { body })).body;

  await api.send('POST', '/v1/runs/replay', { body: { ...body, confirm } });

  expect(await api.ctx.redis.exists(api.ctx.keys.changes('replays:default'))).toBe(0);
});
