import { readlinkSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { type Answer, doTask, type Task } from '../expressions/batch.ts';
import { receiveInParts, sendInParts } from './parts.ts';

/** What a thread says first: the id that the operating system knows it by, where it can be known. */
export interface Ready {
  threadId: number | undefined;
}

/** What a thread answers. The time is the processor's: a machine that is busy with others takes no run's budget. */
export interface Done {
  answer: Answer;
  cpuMs: number;
  /** What the thread holds after it, garbage included. */
  heapBytes: number;
}

const MICROS_PER_MS = 1000;

// Expressions of different tenants follow each other here: none may leave something for the next.
for (const shared of [Object, Array, String, Number, Boolean, Function, RegExp, Promise, Map, Set]) {
  Object.preventExtensions(shared.prototype);
}

const port = parentPort!;
receiveInParts(port, async (task) => {
  const before = process.threadCpuUsage();
  const answer: Answer = await doTask(task as Task);
  const { user, system } = process.threadCpuUsage(before);
  const { used_heap_size, malloced_memory } = getHeapStatistics();
  const heapBytes = used_heap_size + malloced_memory;
  await sendInParts(port, { answer, cpuMs: (user + system) / MICROS_PER_MS, heapBytes } satisfies Done);
});
port.postMessage({ threadId: threadId() } satisfies Ready);

function threadId(): number | undefined {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    // Not Linux: the thread keeps its priority then.
    return undefined;
  }
}
