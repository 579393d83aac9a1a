import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { forkWorker, kill, startForkedWorker } from '../forked-worker.ts';

const POISON = ['--import', fileURLToPath(new URL('./poison.ts', import.meta.url))];
/** For `keepWorkerRunning`; see poison-threads.ts. */
export const POISON_THREADS = ['--import', fileURLToPath(new URL('./poison-threads.ts', import.meta.url))];

/** Starts a worker process that some requests kill; see poison.ts. Ended with the test. */
export function startMortalWorker(ctx: Context): Promise<ChildProcess> {
  return startForkedWorker(ctx, POISON);
}

/** Keeps a worker running, as a service manager would, until the test ends. Returns how many died so far. */
export async function keepWorkerRunning(ctx: Context, execArgv: readonly string[] = []): Promise<() => number> {
  let isOver = false;
  let deaths = 0;
  const fork = () => forkWorker(ctx, [...POISON, ...execArgv]);
  let worker = fork();
  const again = () => {
    if (isOver) return;
    deaths += 1;
    worker = fork().once('exit', again);
  };
  worker.once('exit', again);
  onTestFinished(async () => {
    isOver = true;
    await kill(worker, 'SIGKILL');
  });
  await once(worker, 'message');
  return () => deaths;
}
