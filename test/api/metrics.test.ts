import { expect, test } from 'vitest';
import { openApiWorkspace } from './workspace.ts';

test('counts requests by route and status, and the runs of its process, as Prometheus text', async () => {
  const { send } = await openApiWorkspace();
  await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=20' },
    body: { action: 'databricks.query_warehouses', linked_account: 'demo' },
  });
  await send('GET', '/v1/runs/run_none');

  const { status, headers, text } = await send('GET', '/metrics', { key: null });

  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^text\/plain/);
  const lines = text.split('\n');
  expect(lines).toContain('penstock_http_requests_total{method="GET",route="GET /v1/runs/{id}",status="404"} 1');
  for (const queue of ['runs', 'urgent', 'ticks', 'isolated'])
    expect(lines).toContain(`penstock_queue_jobs{queue="${queue}",state="wait"} 0`);
  expect(lines).toContain('penstock_runs_open 0');
  expect(text).toMatch(/^penstock_runs_total\{action="databricks.query_warehouses",status="succeeded",code=""\} 1$/m);
  for (const phase of ['queue', 'authentication', 'request'])
    expect(lines).toContain(
      `penstock_run_phase_seconds_count{action="databricks.query_warehouses",phase="${phase}",status="succeeded",code=""} 1`,
    );
  expect(text).toMatch(/^process_cpu_seconds_total /m);
  expect(lines).toContain('penstock_worker_slots 20');
});

test('counts requests for tokens, retries and answers that asked for less', async () => {
  const { send, workspace } = await openApiWorkspace();
  workspace.emulator.faults.add({ match: { path: '/api/2.0/sql/warehouses' }, fault: { status: 429, retry_after: 1 } });
  await workspace.run('databricks.query_warehouses', {});
  workspace.emulator.faults.add({ match: { path: '/api/2.0/sql/warehouses' }, fault: { expired_token: true } });
  await workspace.run('databricks.query_warehouses', {});

  const { text } = await send('GET', '/metrics', { key: null });

  const action = 'databricks.query_warehouses';
  expect(text).toMatch(new RegExp(`^penstock_retries_total\\{action="${action}",code="ERR_UPSTREAM"\\} 1$`, 'm'));
  expect(text).toMatch(/^penstock_throttled_total\{connector="databricks"\} 1$/m);
  expect(text).toMatch(/^penstock_token_requests_total\{kind="\w+",outcome="ok"\} [1-9]/m);
});

test('gives histograms whose buckets only rise and end at their count', async () => {
  const { send, workspace } = await openApiWorkspace();
  await workspace.run('databricks.query_warehouses', {});

  const { text } = await send('GET', '/metrics', { key: null });

  const series = [...text.matchAll(/^penstock_run_duration_seconds_bucket\{(.*),le="([^"]+)"\} (\d+)$/gm)];
  const values = series.map(([, , , value]) => Number(value));
  expect(series.at(-1)![2]).toBe('+Inf');
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(text).toMatch(new RegExp(`^penstock_run_duration_seconds_count\\{.*\\} ${values.at(-1)}$`, 'm'));
});

test('names every series once, each under its own heading', async () => {
  const { send } = await openApiWorkspace();

  const { text } = await send('GET', '/metrics', { key: null });

  const headings = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  const series = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
  expect(new Set(headings).size).toBe(headings.length);
  expect(new Set(series).size).toBe(series.length);
});
