import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { COMPILE_CACHE } from '../compile-cache.ts';
import { until } from '../context.ts';
import { freePort } from '../global-setup.ts';
import { startRedis } from '../redis-servers.ts';
import { apiOf, type Server } from './app.ts';

const PENSTOCK = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));

/** A `penstock serve` of one test on a Redis of its own, which can be killed and started again where it was. */
export interface OwnServer extends Server {
  api: ReturnType<typeof apiOf>;
  /** Ends it as a crash does: it saves and answers nothing more. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a server whose accounts may be of every port of this machine, such as the emulator's. */
export async function startOwnServer(): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-browser-own-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const [{ url: redisUrl }, port] = [await startRedis(), await freePort()];
  const server = { url: `http://127.0.0.1:${port}`, key: `psk_${randomBytes(24).toString('hex')}` };
  const env = {
    PATH: process.env.PATH,
    ...COMPILE_CACHE,
    REDIS_URL: redisUrl,
    PENSTOCK_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    PENSTOCK_API_KEY: server.key,
    PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*',
    PENSTOCK_DATA: folder,
    PORT: String(port),
    LOG_LEVEL: 'silent',
  };
  let child: ChildProcess | undefined;
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  const start = async () => {
    const started = spawn(process.execPath, [PENSTOCK, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let text = '';
    started.stderr.on('data', (chunk) => {
      text += chunk;
    });
    await until('the server is ready', async () => {
      if (started.exitCode !== null) throw new Error(`penstock serve ended:\n${text}`);
      return fetch(`${server.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  };
  onTestFinished(kill);
  await start();
  return { ...server, api: apiOf(server), kill, start };
}
