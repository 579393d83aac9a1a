import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../context.ts';
import { freePort } from '../global-setup.ts';
import { startRedis } from '../redis-servers.ts';

const PENSTOCK = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));
const API_KEY = `psk_${'5'.repeat(64)}`;
const SCRAPE_TOKEN = 'scrape-0123456789abcdef';
const LONG_MS = 240_000;
/** Five processes start at once. */
const START_MS = 120_000;
const SLOTS = 7;
/** Ended runs; what they are is counted by the process that ended each. */
const ENDED = 30;
/** Runs that stay open. */
const OPEN = 4;

test('two API processes and three workers scraped together give what really ran', { timeout: LONG_MS }, async () => {
  const redis = await startRedis();
  const data = await mkdtemp(join(tmpdir(), 'penstock-metrics-'));
  const common = {
    REDIS_URL: redis.url,
    PENSTOCK_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 3).toString('base64')}`,
    PENSTOCK_API_KEY: API_KEY,
    PENSTOCK_DATA: data,
    PENSTOCK_CONCURRENCY: String(SLOTS),
    PENSTOCK_METRICS_TOKEN: SCRAPE_TOKEN,
  };
  const apis = await Promise.all(
    [1, 2].map(async () => startPart('api', { ...common, PORT: String(await freePort()) })),
  );
  const workers = await Promise.all(
    [1, 2, 3].map(async () => startPart('worker', { ...common, PENSTOCK_METRICS_PORT: String(await freePort()) })),
  );
  const all = [...apis, ...workers];
  onTestFinished(async () => {
    await Promise.all(all.map(({ end }) => end()));
    await rm(data, { recursive: true, force: true });
  });
  const areReady = async () => (await Promise.all(all.map(({ scrape }) => scrape()))).every(Boolean);
  await until('all are there', areReady, START_MS);
  const submit = (n: number, body: object, wait: string) =>
    fetch(`${apis[n % apis.length]!.origin}/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', prefer: wait },
      body: JSON.stringify(body),
    }).then(async (answer) => (await answer.json()) as { status: string });

  const transform = { action: 'core.transform', input: { value: 1 } };
  const ends = await Promise.all(Array.from({ length: ENDED }, (_, n) => submit(n, transform, 'wait=60')));
  const delay = { action: 'core.delay', input: { seconds: 3600 } };
  await Promise.all(Array.from({ length: OPEN }, (_, n) => submit(n, delay, 'wait=0')));
  const texts = (await Promise.all(all.map(({ scrape }) => scrape()))).map(String);

  expect(ends.map(({ status }) => status)).toEqual(Array(ENDED).fill('succeeded'));
  const sum = (series: RegExp) => valuesOf(texts, series).reduce((total, value) => total + value, 0);
  // Counters and gauges of processes: the sum.
  expect(sum(/^penstock_runs_total\{action="core.transform",status="succeeded",code=""\}/)).toBe(ENDED);
  expect(sum(/^penstock_run_duration_seconds_count\{action="core.transform",status="succeeded"\}/)).toBe(ENDED);
  expect(sum(/^penstock_run_duration_seconds_bucket\{action="core.transform",status="succeeded",le="\+Inf"\}/)).toBe(
    ENDED,
  );
  expect(sum(/^penstock_http_requests_total\{method="POST",route="POST \/v1\/runs"/)).toBe(ENDED + OPEN);
  expect(sum(/^penstock_worker_slots /)).toBe(3 * SLOTS);
  // Gauges of the installation: the same at both API processes, and at no worker.
  expect(valuesOf(texts, /^penstock_runs_open /)).toEqual([OPEN, OPEN]);
  for (const name of [
    'nodejs_eventloop_lag_seconds ',
    'nodejs_heap_size_used_bytes ',
    'process_resident_memory_bytes ',
  ])
    expect(valuesOf(texts, new RegExp(`^${name}`))).toHaveLength(5);
  for (const text of texts) {
    // Its series begin with the first collection.
    expect(text).toMatch(/^# TYPE nodejs_gc_duration_seconds histogram$/m);
    for (const secret of [API_KEY, SCRAPE_TOKEN]) expect(text).not.toContain(secret);
  }
});

/** Values of the series in all texts. */
function valuesOf(texts: readonly string[], series: RegExp): number[] {
  return texts.flatMap((text) =>
    text.split('\n').flatMap((line) => (series.test(line) ? [Number(line.slice(line.lastIndexOf(' ')))] : [])),
  );
}

function startPart(part: 'api' | 'worker', env: Record<string, string>) {
  const origin = `http://127.0.0.1:${env.PORT ?? env.PENSTOCK_METRICS_PORT}`;
  const child = spawn(process.execPath, [PENSTOCK, part], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...env },
    stdio: 'ignore',
  });
  const closed = once(child, 'close');
  return {
    origin,
    /** Undefined while it starts. */
    scrape: () =>
      fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${SCRAPE_TOKEN}` } }).then(
        (answer) => (answer.ok ? answer.text() : undefined),
        () => undefined,
      ),
    async end() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
