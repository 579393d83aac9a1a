import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Context } from '../../../engine/context.ts';

const WORKER = new URL('../worker-process.ts', import.meta.url);
const POISON = fileURLToPath(new URL('./poison.ts', import.meta.url));

/** Starts a worker process that some requests kill; see poison.ts. Ended with the test. */
export async function startMortalWorker(ctx: Context): Promise<ChildProcess> {
  const child = forkWorker(ctx);
  onTestFinished(() => kill(child, 'SIGKILL'));
  await once(child, 'message');
  return child;
}

function forkWorker({ config }: Context): ChildProcess {
  return fork(WORKER, {
    execArgv: ['--import', POISON],
    env: {
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

/** Keeps a worker running, as a service manager would, until the test ends. Returns how many died so far. */
export async function keepWorkerRunning(ctx: Context): Promise<() => number> {
  let isOver = false;
  let deaths = 0;
  let worker = forkWorker(ctx);
  const again = () => {
    if (isOver) return;
    deaths += 1;
    worker = forkWorker(ctx).once('exit', again);
  };
  worker.once('exit', again);
  onTestFinished(async () => {
    isOver = true;
    await kill(worker, 'SIGKILL');
  });
  await once(worker, 'message');
  return () => deaths;
}
