/*
 * Makes the two pictures of README.md from the running app: start `npm start` in another terminal, then
 * `node scripts/readme-pictures.ts`. It adds a workflow and runs of it to the demo.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { findChromium } from '../test/browser/chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURES = join(ROOT, 'docs/pictures');
const SIZE = { width: 1280, height: 820 };
const ENDED_MS = 60_000;

const connection = JSON.parse(
  readFileSync(join(process.env.PENSTOCK_DATA ?? join(ROOT, '.penstock'), 'connection.json'), 'utf8'),
) as { url: string; api_key: string };

const failed = await makeRuns();
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('there is no Chromium: install it, or set CHROMIUM to its path');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const context = await browser.newContext({ baseURL: connection.url, viewport: SIZE, colorScheme: 'light' });
  const headers = { origin: connection.url };
  const signedIn = await context.request.post('/v1/session', { data: { key: connection.api_key }, headers });
  if (!signedIn.ok()) throw new Error(`sign-in: ${signedIn.status()} ${await signedIn.text()}`);
  const page = await context.newPage();
  mkdirSync(PICTURES, { recursive: true });
  await page.goto('/app/runs');
  await page.getByRole('grid', { name: 'Runs' }).getByRole('row').nth(1).waitFor();
  await page.getByRole('figure', { name: 'Runs over time' }).waitFor();
  await page.screenshot({ path: join(PICTURES, 'runs.png') });
  await page.goto(`/app/runs/${failed}/replay`);
  await page.getByRole('button', { name: /^Replay \d+ steps?$/ }).waitFor();
  await page.screenshot({ path: join(PICTURES, 'replay.png') });
  console.log(`wrote ${PICTURES}/runs.png and replay.png`);
} finally {
  await browser.close();
}

/** Runs of a nightly report: two that succeeded, then one that failed after it had changed something. */
async function makeRuns(): Promise<string> {
  const statement = (id: string, needs: string[], text: string) => ({
    id,
    needs,
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { statement: text },
  });
  const name = `nightly-report-${Date.now().toString(36)}`;
  await api('POST', '/v1/workflows', {
    name,
    trigger: { id: 'core.manual' },
    enabled: true,
    steps: [
      statement('read_delays', [], 'SELECT origin, avg(delay) AS delay FROM samples.flights.flights GROUP BY origin'),
      statement('write_report', ['read_delays'], 'CREATE TABLE IF NOT EXISTS main.default.report AS SELECT 1 AS n'),
      statement('check_report', ['write_report'], 'SELECT count(*) AS reports FROM main.default.reports'),
    ],
  });
  for (let i = 0; i < 2; i++) {
    const { id } = await api('POST', '/v1/runs', {
      action: 'databricks.execute_statement',
      linked_account: 'demo',
      input: { statement: 'SELECT count(*) AS flights FROM samples.flights.flights' },
    });
    await ended(String(id));
  }
  const { id } = await api('POST', `/v1/workflows/${name}/run`, {});
  await ended(String(id));
  return String(id);
}

async function ended(id: string): Promise<void> {
  for (const end = Date.now() + ENDED_MS; Date.now() < end; ) {
    if ((await api('GET', `/v1/runs/${id}`)).finished_at !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`run ${id} has not ended in time`);
}

async function api(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(connection.url + path, {
    method,
    headers: { authorization: `Bearer ${connection.api_key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
