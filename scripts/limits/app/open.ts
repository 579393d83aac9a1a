import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { Redis } from 'ioredis';
import { answers, freePorts, type Machine, type Started, sleep } from '../../../bench/processes.ts';
import { createKeys } from '../../../engine/store/redis-keys.ts';
import { launchBrowser } from '../../../test/browser/launch.ts';
import type { Store } from './keep-runs.ts';

const LIMIT_MS = 240_000;
const LOOK_MS = 100;

/** `penstock serve` on a Redis of its own, and a browser. */
export interface App {
  url: string;
  api: Started;
  store: Store;
  /** Where the service keeps artifacts, as its setting says it. */
  artifactsUrl: string;
  /** A new browser profile with a page that is signed in, at Home. */
  open(): Promise<{ page: Page; context: BrowserContext }>;
  send<Body = { id: string; status: string }>(method: string, path: string, body?: unknown): Promise<Body>;
  /** Runs a workflow of these steps to its end, and gives the id of the run. */
  run(steps: object[]): Promise<string>;
  close(): Promise<void>;
}

/** Starts all of it; the processes end with the machine. */
export async function openApp(machine: Machine, executablePath: string): Promise<App> {
  const [redisPort, port] = (await freePorts(2)) as [number, number];
  await machine.redis(redisPort);
  const key = randomBytes(24).toString('hex');
  const url = `http://127.0.0.1:${port}`;
  const artifactsUrl = `file:${join(machine.folder, 'artifacts')}`;
  const api = machine.penstock('serve', {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(port),
    PENSTOCK_API_KEY: key,
    PENSTOCK_ENCRYPTION_KEYS: `limits:${randomBytes(32).toString('base64')}`,
    PENSTOCK_DATA: join(machine.folder, 'data'),
    PENSTOCK_ARTIFACTS: artifactsUrl,
    PENSTOCK_RETENTION_RUNS: '1000000',
    PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*',
  });
  await answers(port, api);
  const redis = new Redis(redisPort);
  const browser = await launchBrowser(executablePath);
  const send = async <Body = { id: string; status: string }>(method: string, path: string, body?: unknown) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  };
  return {
    url,
    api,
    store: { redis, keys: createKeys('{penstock}:') },
    artifactsUrl,
    send,
    async open() {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      await context.request.post(`${url}/v1/session`, { data: { key }, headers: { origin: url } });
      const page = await context.newPage();
      await page.goto(`${url}/app/`);
      await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
      return { page, context };
    },
    async run(steps) {
      const name = `limits ${randomBytes(4).toString('hex')}`;
      const definition = { name, trigger: { id: 'core.manual' }, enabled: true, steps };
      const { id: workflow } = await send('POST', '/v1/workflows', definition);
      const { id } = await send('POST', `/v1/workflows/${workflow}/run`, {});
      for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(LOOK_MS)) {
        const { status } = await send('GET', `/v1/runs/${id}`);
        if (status === 'succeeded' || status === 'failed') return id;
      }
      throw new Error(`the run ${id} does not end`);
    },
    async close() {
      await browser.close();
      redis.disconnect();
    },
  };
}
