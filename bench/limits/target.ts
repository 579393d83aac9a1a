import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { answers, freePorts, type Machine, type Started, sleep } from '../processes.ts';

/** One request to the API; a body that is not text is written as JSON. */
export interface Ask {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Held open; its first bytes are the answer. */
  isStream?: boolean;
}

/** What came back; `body` is text. */
export interface Told {
  status: number;
  body: string;
}

/** Penstock's API with a worker on a Redis of its own, and a workspace that answers pages of any size. */
export interface Target {
  api: Started;
  workspace: string;
  /** The page with which the workspace answers everything, with status 401. */
  setPage(text: string): void;
  /** @throws Error when there is no answer within `limitMs` */
  send(ask: Ask, limitMs?: number): Promise<Told>;
  close(): Promise<void>;
}

const ANSWER_LIMIT_MS = 60_000;
const LOOK_MS = 50;

/** Starts all of it; the processes end with the machine. */
export async function openTarget(machine: Machine): Promise<Target> {
  let page = '';
  const workspace = createServer((_request, response) => {
    response.writeHead(401, { 'content-type': 'text/html' }).end(page);
  });
  workspace.listen(0, '127.0.0.1');
  await once(workspace, 'listening');
  const [redisPort, port] = (await freePorts(2)) as [number, number];
  const redis = await machine.redis(redisPort);
  const host = `http://127.0.0.1:${(workspace.address() as AddressInfo).port}`;
  const key = randomBytes(24).toString('hex');
  const api = machine.penstock('serve', {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(port),
    PENSTOCK_API_KEY: key,
    PENSTOCK_ENCRYPTION_KEYS: `limits:${randomBytes(32).toString('base64')}`,
    PENSTOCK_ALLOWED_HOSTS: host,
    PENSTOCK_DATA: join(machine.folder, 'data'),
  });
  await answers(port, api);
  const target: Target = {
    api,
    workspace: host,
    setPage(text) {
      page = text;
    },
    async send({ method, path, body, headers, isStream = false }, limitMs = ANSWER_LIMIT_MS) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(limitMs),
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      if (isStream && answer.status === 200) {
        await answer.body?.cancel();
        return { status: answer.status, body: '' };
      }
      return { status: answer.status, body: await answer.text() };
    },
    async close() {
      workspace.close();
      await Promise.all([api.stop('SIGKILL'), redis.stop('SIGKILL')]);
    },
  };
  while ((await target.send({ method: 'GET', path: '/readyz' })).status !== 200) await sleep(LOOK_MS);
  return target;
}
