import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTestChromium } from './chromium.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY = 'Press Ctrl-C to stop.';
const EMULATOR_TOKEN = `dapi${randomBytes(16).toString('hex')}`;

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `npm start` listens, with the app at /app/. */
    appUrl: string;
    /** An admin key of its tenant. */
    appKey: string;
    /** The sign-in link that it printed. */
    appLink: string;
    chromium: string;
    /** A personal access token of its emulator. */
    emulatorToken: string;
    /** A free port for a test to listen on; every port of 127.0.0.1 is allowed. */
    receiverPort: number;
  }
}

/** Everything that a person gets with `npm start`, once for all tests in a browser: Redis, API, worker, emulator, demo. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = findTestChromium();
  if (chromium === undefined) throw new Error('there is no Chromium: install it, or set CHROMIUM to its path');
  execFileSync(process.execPath, ['scripts/prepare.mjs', 'app'], { cwd: ROOT, stdio: 'inherit' });
  const folder = await mkdtemp(join(tmpdir(), 'penstock-browser-'));
  const { REDIS_URL: _, ...env } = process.env;
  const receiverPort = await freePort();
  const child = spawn(process.execPath, ['cli/start.mjs'], {
    cwd: ROOT,
    env: {
      ...env,
      PENSTOCK_DATA: folder,
      PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*',
      PORT: String(await freePort()),
      EMULATOR_PORT: '0',
      EMULATOR_TOKEN,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let text = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
        if (text.includes(READY)) resolve();
      });
    }
    ended.then(() => reject(new Error(`npm start ended:\n${text}`)));
  });
  const connection = JSON.parse(readFileSync(join(folder, 'connection.json'), 'utf8'));
  project.provide('appUrl', connection.url);
  project.provide('appKey', connection.api_key);
  project.provide('appLink', /http\S+#link=\S+/.exec(text)![0]);
  project.provide('chromium', chromium);
  project.provide('emulatorToken', EMULATOR_TOKEN);
  project.provide('receiverPort', receiverPort);
  return async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

/** The public URL, which services lead back to, has the port in it: it must be known before. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
