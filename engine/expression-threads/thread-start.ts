import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Task } from '../expressions/batch.ts';
import { receiveInParts, sendInParts } from './parts.ts';
import type { Done, Ready } from './thread.ts';
import type { ThreadModules } from './thread-modules.ts';

/** Why a task was stopped. */
export type Stopped = 'time' | 'memory' | 'closed';

/** A task that did not end by itself. Nothing of it is left. */
export class TaskStopped extends Error {
  readonly by: Stopped;

  constructor(by: Stopped) {
    super(`stopped: ${by}`);
    this.by = by;
  }
}

/** A thread that does one task at a time. */
export interface Thread {
  /** `maxMs` is time of the processor, twelve times as much on the clock. @throws TaskStopped; the thread has ended then */
  run(task: Task, maxMs: number): Promise<Done>;
  /** Lets everything else of the machine go before it. It stays so: no process may raise its own priority again. */
  demote(): void;
  isDemoted(): boolean;
  /** Whether it holds so little after its tasks that another one has room: garbage counts against the limit of memory, too. */
  isLean(): boolean;
  /** Processor time that it has had so far; `undefined` where the system does not say. Known also while it is in one long operation. */
  cpuMs(): number | undefined;
  /** Ends it; a task that runs in it is stopped. */
  end(): Promise<void>;
}

const START = new URL('./thread.mjs', import.meta.url);
/** An expression may read 32 MiB of JSON, which is about four times as much in memory, and hold its result beside it. */
export const MAX_HEAP_MIB = 256;
const MIB = 1024 * 1024;
const NS_PER_MS = 1_000_000;
/** A thread that holds more after a task is not used again. */
const MAX_KEPT_MIB = 64;
/** How often a thread's heap is looked at, once its task has run for as long. A thread fills some 2 MiB in a millisecond. */
const LOOK_MS = 10;
/**
 * V8's own limit is far away on purpose: an allocation that jumps over it (a list of ten million numbers is one of 80 MB) ends the
 * process and not the thread, whatever `resourceLimits` promises. `--max-old-space-size` of the process counts more: with that of the image
 * it is 2,000, eight times what a thread may hold.
 */
const V8_HEAP_MB = 4096;
/** Expressions live for microseconds; a larger one made each thread 10 MB larger and none faster. */
const YOUNG_HEAP_MB = 2;
/** JSONata's recursion is bounded before, and its parser's by the length of a source. */
const STACK_MB = 4;
/** On the clock, for a machine that is busy: a thread of low priority may get a tenth of a processor. */
const MAX_WAIT_FACTOR = 12;
/** Of 19: on Linux a tenth of the processor while others want it. */
const DEMOTED_PRIORITY = 10;

/** Starts a thread, ready for its first task. */
export async function startThread(modules: ThreadModules): Promise<Thread> {
  const worker = new Worker(START, {
    workerData: modules,
    resourceLimits: {
      maxOldGenerationSizeMb: V8_HEAP_MB,
      maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
      stackSizeMb: STACK_MB,
    },
    // A thread needs no secrets, and no flags of the process.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  let pending: { resolve(done: Done): void; reject(error: unknown): void } | undefined;
  let stoppedBy: Stopped = 'closed';
  let isDemoted = false;
  let heapBytes = 0;
  const { threadId } = await new Promise<Ready>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new TaskStopped('closed')));
  });
  // Idle, it keeps no process alive.
  worker.unref();
  receiveInParts(worker, (done) => {
    heapBytes = (done as Done).heapBytes;
    pending?.resolve(done as Done);
  });
  // Also for an answer that could not be read; either way the thread is not to be used again.
  worker.on('messageerror', (error) => pending?.reject(error));
  worker.on('error', (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') stoppedBy = 'memory';
    else pending?.reject(error);
  });
  worker.on('exit', () => pending?.reject(new TaskStopped(stoppedBy)));
  const stop = async (by: Stopped) => {
    stoppedBy = by;
    await worker.terminate();
    // Also of a thread that had ended already, which would never say so again.
    pending?.reject(new TaskStopped(by));
  };
  let isLooking = false;
  let cpuBefore: NodeJS.CpuUsage | undefined;
  const stopWhenOver = async (maxMs: number) => {
    // A thread in one long operation answers when it is over.
    if (isLooking) return;
    isLooking = true;
    const task = pending;
    try {
      const [{ used_heap_size, malloced_memory }, cpu] = await Promise.all([
        worker.getHeapStatistics(),
        worker.cpuUsage(),
      ]);
      // The task of this look may be over, and another one have begun.
      if (task === undefined || pending !== task) return;
      cpuBefore ??= cpu;
      const cpuMs = (cpu.user + cpu.system - cpuBefore.user - cpuBefore.system) / 1000;
      if (used_heap_size + malloced_memory > MAX_HEAP_MIB * MIB) await stop('memory');
      else if (cpuMs > maxMs) await stop('time');
    } catch {
      // It has ended, and there is nothing to look at.
    } finally {
      isLooking = false;
    }
  };
  return {
    async run(task, maxMs) {
      cpuBefore = undefined;
      const timer = setTimeout(() => void stop('time'), maxMs * MAX_WAIT_FACTOR);
      const look = setInterval(() => void stopWhenOver(maxMs), LOOK_MS);
      try {
        return await new Promise<Done>((resolve, reject) => {
          pending = { resolve, reject };
          sendInParts(worker, task).catch(reject);
        });
      } finally {
        clearTimeout(timer);
        clearInterval(look);
        pending = undefined;
      }
    },
    demote() {
      isDemoted = true;
      if (threadId === undefined) return;
      try {
        setPriority(threadId, DEMOTED_PRIORITY);
      } catch {
        // The system does not let us, or the thread has ended: it competes as before.
      }
    },
    isDemoted: () => isDemoted,
    isLean: () => heapBytes <= MAX_KEPT_MIB * MIB,
    cpuMs() {
      if (threadId === undefined) return undefined;
      try {
        return Number(readFileSync(`/proc/self/task/${threadId}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_MS;
      } catch {
        return undefined;
      }
    },
    async end() {
      await worker.terminate();
    },
  };
}
