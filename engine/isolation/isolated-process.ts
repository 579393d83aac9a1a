import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Activation } from '../runs/activation.ts';
import type { Context } from '../runs/context.ts';
import { ALIVE_MS, type FromProcess, type IsolatedTask, type ToProcess } from './messages.ts';

/** How an attempt alone ended. `stopped`: this process ended it on purpose, because it leaves itself. */
export type Attempt = { kind: 'done'; activation: Activation } | { kind: 'died'; how: string } | { kind: 'stopped' };

/** The one process in which a worker's isolated jobs execute; it is there while there is something to do. */
export interface IsolatedProcess {
  /**
   * Executes one task; one call at a time. An abort of `signal` is passed on with its reason.
   * @throws Error when the process could not start, or the task failed without dying
   */
  execute(task: IsolatedTask, signal: AbortSignal): Promise<Attempt>;
  /** Ends the process, whatever it does; what executes is reported as `stopped`. */
  close(): Promise<void>;
}

const ENTRY = new URL('../isolated-child.ts', import.meta.url);
/** A process costs about 100 MB and half a second; it is kept for so long after its last task. */
const IDLE_MS = 30_000;
/** An event loop that does not turn for so long hangs; a shared worker would have lost the lock of its jobs. */
const HUNG_MS = 15 * ALIVE_MS;
/** What closes by itself has so long before it is killed. */
const LEAVE_MS = 1000;

/** Forks nothing before the first task. */
export function openIsolatedProcess(ctx: Pick<Context, 'config' | 'log' | 'meters'>): IsolatedProcess {
  let child: ChildProcess | undefined;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;

  const start = async (): Promise<ChildProcess> => {
    const starting = fork(ENTRY, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child = starting;
    starting.once('exit', () => {
      if (child === starting) child = undefined;
    });
    // A message to a process that has just died; its exit tells of it.
    starting.on('error', () => {});
    const { proxies: _proxies, ...config } = ctx.config;
    tell(starting, { type: 'open', config });
    const { promise: ready, resolve } = Promise.withResolvers<true>();
    starting.on('message', (message: FromProcess) => {
      if (message.type === 'ready') resolve(true);
      else if (message.type === 'count') ctx.meters.count(...message.counted);
      else if (message.type === 'observe') ctx.meters.observe(...message.observed);
    });
    if ((await Promise.race([ready, once(starting, 'exit')])) === true) return starting;
    throw new Error('the isolated process ended while it started');
  };

  const leave = async (leaving: ChildProcess) => {
    if (leaving.exitCode !== null || leaving.signalCode !== null) return;
    const exited = once(leaving, 'exit');
    if (leaving.connected) leaving.disconnect();
    const limit = setTimeout(() => leaving.kill('SIGKILL'), LEAVE_MS);
    await exited;
    clearTimeout(limit);
  };

  return {
    async execute(task, signal) {
      clearTimeout(idle);
      const present = child ?? (await start());
      const { promise, resolve, reject } = Promise.withResolvers<Attempt>();
      const hang = setTimeout(() => present.kill('SIGKILL'), HUNG_MS);
      const onMessage = (message: FromProcess) => {
        hang.refresh();
        if (message.type === 'done') resolve({ kind: 'done', activation: message.activation });
        else if (message.type === 'failed') reject(new Error(message.error));
      };
      const onExit = (code: number | null, by: string | null) =>
        resolve(isClosed ? { kind: 'stopped' } : { kind: 'died', how: by ?? `exit code ${code}` });
      const onAbort = () => tell(present, { type: 'stop', reason: signal.reason });
      present.on('message', onMessage).once('exit', onExit);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        if (present.exitCode !== null || present.signalCode !== null) onExit(present.exitCode, present.signalCode);
        tell(present, { type: 'execute', task });
        if (signal.aborted) onAbort();
        return await promise;
      } finally {
        clearTimeout(hang);
        signal.removeEventListener('abort', onAbort);
        present.off('message', onMessage).off('exit', onExit);
        idle = setTimeout(() => child && void leave(child), IDLE_MS);
        idle.unref();
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(idle);
      if (child !== undefined) await leave(child);
    },
  };
}

function tell(child: ChildProcess, message: ToProcess): void {
  if (child.connected) child.send(message);
}
