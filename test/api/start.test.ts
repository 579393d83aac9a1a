import { expect, inject, onTestFinished, test } from 'vitest';
import { startApi } from '../../api/start.ts';
import { ConnectorError } from '../../connector/errors.ts';
import { openContext } from '../../engine/open.ts';
import { readConfig } from '../../engine/process/config.ts';
import { createLogger } from '../../engine/process/log.ts';
import { until } from '../context.ts';
import { freePort } from '../global-setup.ts';
import { openDoor } from './door.ts';

test('opens its port while Redis is unavailable, says why it is not ready, and serves when Redis is available', async () => {
  const door = await openDoor();
  await door.shut();
  const { config, start } = await given(door.url);

  const api = await start();
  const health = await fetch(`${api.url}/healthz`);
  const ready = await fetch(`${api.url}/readyz`);
  const run = await fetch(`${api.url}/v1/runs`, { method: 'POST', body: '{}' });
  await door.open();

  expect(api.url).toBe(`http://127.0.0.1:${config.port}`);
  expect(health.status).toBe(200);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({
    status: 'unready',
    checks: [{ subject: 'redis', ok: false, reason: 'Redis does not respond yet', remedy: expect.any(String) }],
  });
  expect(run.status).toBe(503);
  expect(run.headers.get('retry-after')).toBe('2');
  expect(await run.json()).toMatchObject({
    code: 'ERR_REDIS_UNAVAILABLE',
    detail: expect.stringContaining('nothing was accepted'),
  });
  await until('it is ready', async () => (await fetch(`${api.url}/readyz`).catch(() => undefined))?.status === 200);
  expect((await fetch(`${api.url}/v1/runs`)).status).toBe(401);
});

test('leaves at once while it still waits for Redis', async () => {
  const door = await openDoor();
  await door.shut();
  const { start } = await given(door.url);
  const api = await start();

  await api.close();

  await expect(fetch(`${api.url}/healthz`)).rejects.toThrow();
});

test('throws what is wrong at once, with or without Redis', async () => {
  const { config } = await given(inject('redisUrl'));
  const wrong = () => Promise.reject(new ConnectorError('ERR_CONFIG', 'the key is wrong'));

  await expect(startApi(config, createLogger('silent'), wrong)).rejects.toThrow('the key is wrong');
});

test('says that its port is taken, also while Redis is unavailable', async () => {
  const door = await openDoor();
  await door.shut();
  const { start } = await given(door.url);
  await start();

  await expect(start()).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining('is already in use'),
  });
});

async function given(redisUrl: string) {
  const config = {
    ...readConfig({
      REDIS_URL: redisUrl,
      PORT: String(await freePort()),
      PENSTOCK_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      LOG_LEVEL: 'silent',
    }),
    prefix: `{start-${process.pid}-${performance.now()}}:`,
  };
  const log = createLogger('silent');
  return {
    config,
    async start() {
      const api = await startApi(config, log, () => openContext(config, 'api', { log }));
      onTestFinished(() => api.close());
      return api;
    },
  };
}
