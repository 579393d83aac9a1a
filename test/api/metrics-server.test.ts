import { expect, onTestFinished, test } from 'vitest';
import { startMetricsServer } from '../../api/metrics-server.ts';
import { readConfig } from '../../engine/process/config.ts';
import { testContext } from '../context.ts';

const TOKEN = 'scrape-0123456789abcdef';

async function open(env: Record<string, string> = {}) {
  const ctx = await testContext({ env });
  const server = await startMetricsServer(ctx, 0);
  onTestFinished(() => server.close());
  return { ctx, url: server.url };
}

test("serves a worker's own metrics", async () => {
  const { ctx, url } = await open();
  ctx.meters.count('penstock_runs_total', ['core.transform', 'succeeded', '']);
  ctx.meters.gauge('penstock_worker_slots', () => 20);

  const answer = await fetch(url);

  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  const lines = (await answer.text()).split('\n');
  expect(lines).toContain('penstock_runs_total{action="core.transform",status="succeeded",code=""} 1');
  expect(lines).toContain('penstock_worker_slots 20');
  expect(lines).toContain('penstock_stalled_total{queue="runs"} 0');
  expect(lines.some((line) => line.startsWith('penstock_runs_open'))).toBe(false);
});

test.each([
  ['no token', undefined, 401],
  ['another token', `Bearer ${TOKEN}x`, 401],
  ['another scheme', `Basic ${TOKEN}`, 401],
  ['the token', `Bearer ${TOKEN}`, 200],
])('with PENSTOCK_METRICS_TOKEN, %s', async (_name, authorization, status) => {
  const { url } = await open({ PENSTOCK_METRICS_TOKEN: TOKEN });

  const answer = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });

  expect(answer.status).toBe(status);
  expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer realm="penstock"' : null);
  expect((await answer.text()).includes('process_cpu_seconds_total')).toBe(status === 200);
});

test.each([
  ['POST', '/metrics', 405],
  ['GET', '/', 404],
  ['GET', '/v1/runs', 404],
  ['GET', '/metrics?x=1', 200],
])('%s %s is answered with %i', async (method, path, status) => {
  const { url } = await open();

  expect((await fetch(new URL(path, url), { method })).status).toBe(status);
});

test('a port that is in use is named with its variable', async () => {
  const { ctx, url } = await open();

  await expect(startMetricsServer(ctx, Number(new URL(url).port))).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining('is already in use'),
    hint: expect.stringContaining('PENSTOCK_METRICS_PORT'),
  });
});

test.each(['http', '-1', '65536'])('PENSTOCK_METRICS_PORT "%s" is refused at the start', (value) => {
  expect(() => readConfig({ PENSTOCK_METRICS_PORT: value })).toThrow(`PENSTOCK_METRICS_PORT is "${value}"`);
});
