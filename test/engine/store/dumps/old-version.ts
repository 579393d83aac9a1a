import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from '../../../context.ts';

/** An answer of the old version's API. */
// biome-ignore lint/suspicious/noExplicitAny: another version's answers
export type Body = any;

/** Processes of another checkout of Penstock, driven by HTTP and signals alone. */
export interface OldVersion {
  api: ChildProcess;
  worker: ChildProcess;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Body>;
  /** Runs a command of its CLI. */
  cli(...args: string[]): Promise<string>;
  startWorker(): Promise<void>;
}

/** Starts API and worker of the checkout in `folder`. */
export async function startOldVersion(
  folder: string,
  given: { port: number; apiKey: string; env: Record<string, string> },
): Promise<OldVersion> {
  const { port, apiKey } = given;
  const env = {
    ...given.env,
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PORT: String(port),
    PENSTOCK_API_KEY: apiKey,
  };
  const run = (...args: string[]) => {
    const child = spawn(join(folder, 'node_modules/node/bin/node'), ['cli/penstock.mjs', ...args], {
      cwd: folder,
      env,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const origin = `http://127.0.0.1:${port}`;
  const startWorker = async () => {
    const child = run('worker');
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    await until('the old worker runs', () => said.includes('The worker is running.'), 120_000).catch((error) => {
      throw new Error(said, { cause: error });
    });
    old.worker = child;
  };
  const old: OldVersion = {
    api: run('api'),
    worker: undefined as unknown as ChildProcess,
    startWorker,
    async send(method, path, body, headers = {}) {
      const answer = await fetch(origin + path, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    async cli(...args) {
      const child = run(...args, '--json');
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
      });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`penstock ${args.join(' ')} ended with ${code}`);
      return out;
    },
  };
  await startWorker();
  const isReady = () =>
    fetch(`${origin}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  await until('the old API is ready', isReady, 120_000);
  return old;
}
