import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Context } from '../../engine/context.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';

const WORKER = new URL('./worker-process.ts', import.meta.url);

/** Starts a worker of the context in a process of its own, and resolves when it takes runs. Ended with the test. */
export async function startForkedWorker(ctx: Context, execArgv: string[] = []): Promise<ChildProcess> {
  const child = forkWorker(ctx, execArgv);
  onTestFinished(() => kill(child, 'SIGKILL'));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the worker ended before it took runs')));
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {}); // It may be killed later.
  return child;
}

/** The same at once, and without an end of its own. */
export function forkWorker({ config }: Context, execArgv: string[] = []): ChildProcess {
  return fork(WORKER, {
    execArgv,
    env: {
      ...COMPILE_CACHE,
      PATH: process.env.PATH,
      PREFIX: config.prefix,
      REDIS_URL: config.redisUrl,
      PENSTOCK_ENCRYPTION_KEYS: config.encryptionKeys,
      PENSTOCK_ALLOWED_HOSTS: config.allowedHosts.join(','),
      PENSTOCK_DATA: config.dataFolder,
      PENSTOCK_CONCURRENCY: '20',
      LOG_LEVEL: 'silent',
    },
  });
}

/** Sends the signal and waits for the exit; one that has ended is left alone. */
export async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
