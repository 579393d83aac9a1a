import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startTestApi } from './client.ts';
import { openDoor } from './door.ts';

test('answers 503 with Retry-After while Redis is unavailable, accepts nothing, and continues when it is back', async () => {
  const door = await openDoor();
  const { send, ctx } = await startTestApi({
    env: { REDIS_URL: door.url },
    prefix: `{away-${process.pid}-${door.url}}:`,
  });
  await send('GET', '/v1/runs');
  const before = await ctx.redis.zcard(ctx.keys.openRuns());

  await door.shut();
  const read = await send('GET', '/v1/runs');
  const write = await send('POST', '/v1/runs', { body: { action: 'core.file', input: { path: 'x', rows: [] } } });
  const once = await send('POST', '/v1/runs', {
    body: { action: 'core.file', input: { path: 'x', rows: [] } },
    headers: { 'idempotency-key': 'k', prefer: 'wait=5' },
  });
  await door.open();

  for (const answer of [read, write, once]) {
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'ERR_REDIS_UNAVAILABLE', detail: expect.stringContaining('nothing was accepted') },
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  await until('the API answers again', async () => (await send('GET', '/v1/runs')).status === 200);
  expect(await ctx.redis.zcard(ctx.keys.openRuns())).toBe(before);
});

test('says at /readyz why it is not ready, and stays alive', async () => {
  const door = await openDoor();
  const { send } = await startTestApi({ env: { REDIS_URL: door.url }, prefix: `{away-${process.pid}-${door.url}}:` });
  const ready = await send('GET', '/readyz', { key: null });

  await door.shut();
  const unready = await send('GET', '/readyz', { key: null });
  const alive = await send('GET', '/healthz', { key: null });
  const metrics = await send('GET', '/metrics', { key: null });

  expect(ready).toMatchObject({ status: 200, body: { status: 'ready' } });
  expect(unready).toMatchObject({ status: 503, body: { status: 'unready' } });
  expect(unready.body.checks).toContainEqual({
    subject: 'redis',
    ok: false,
    reason: 'Redis is unavailable',
    remedy: expect.stringContaining('REDIS_URL'),
  });
  expect(alive.status).toBe(200);
  expect(metrics.status).toBe(200);
  expect(metrics.text).not.toMatch(/^penstock_runs_open \d/m);
});

test('does not let a Redis that hangs hang /readyz', async () => {
  const door = await openDoor();
  const { send } = await startTestApi({ env: { REDIS_URL: door.url }, prefix: `{away-${process.pid}-${door.url}}:` });

  door.hold();
  const { status, body } = await send('GET', '/readyz', { key: null });
  await door.shut();

  expect(status).toBe(503);
  expect(body.checks).toContainEqual(
    expect.objectContaining({ subject: 'redis', reason: 'Redis: no answer within 1000 ms' }),
  );
});

test('answers 503 for a Redis that hangs, too', async () => {
  const door = await openDoor();
  const { send } = await startTestApi({ env: { REDIS_URL: door.url }, prefix: `{away-${process.pid}-${door.url}}:` });
  await send('GET', '/v1/runs');

  door.hold();
  const { status, headers, body } = await send('GET', '/v1/runs');
  await door.shut();

  expect(status).toBe(503);
  expect(body.code).toBe('ERR_REDIS_UNAVAILABLE');
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

test('does not say that nothing was accepted when Redis became unavailable in the middle of a request', async () => {
  const door = await openDoor();
  const { send } = await startTestApi({ env: { REDIS_URL: door.url }, prefix: `{away-${process.pid}-${door.url}}:` });
  await send('GET', '/v1/runs');

  door.cutAt('core.transform');
  const { status, body } = await send('POST', '/v1/runs', {
    body: { action: 'core.transform', input: { value: 1 } },
  });

  expect(status).toBe(503);
  expect(body).toMatchObject({
    code: 'ERR_REDIS_UNAVAILABLE',
    detail: expect.stringContaining('may have been accepted'),
    hint: expect.stringContaining('Idempotency-Key'),
  });
});
