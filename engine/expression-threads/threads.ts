import type { Answer, Task } from '../expressions/batch.ts';
import { readThreadModules } from './thread-modules.ts';
import { startThread, TaskStopped, type Thread } from './thread-start.ts';

/** Threads that do tasks of many tenants, none of which waits long for another. */
export interface Threads {
  /**
   * Does a task as soon as its tenant's turn comes. `maxMs` counts from then on.
   * @throws TaskStopped
   */
  run(task: Task, by: { tenant: string; maxMs: number }): Promise<{ answer: Answer; tookMs: number }>;
  close(): Promise<void>;
}

interface Job {
  task: Task;
  maxMs: number;
  resolve(done: { answer: Answer; tookMs: number }): void;
  reject(error: unknown): void;
}

interface Tenant {
  waiting: Job[];
  /** Its tasks that run, by whether they have run for long. */
  fast: number;
  slow: number;
}

/** Kept ready from the first task on: one may be held by a task that turns out slow while the other serves everybody else. */
const BASE_THREADS = 2;
/** A task that runs for longer is slow: its thread goes on at a low priority, and another one takes its place. */
const SLOW_MS = 50;
/** Threads beyond the base, while slow tasks run. */
const MAX_SLOW = 4;
const MAX_SLOW_PER_TENANT = 2;
/** Of the tasks that are not slow yet: the other base thread is left to other tenants. */
const MAX_FAST_PER_TENANT = 1;

/** Threads that start at the first task. */
export function openThreads(): Threads {
  /** In the order of their turns. */
  const tenants = new Map<string, Tenant>();
  const all = new Set<Thread>();
  const idle: Thread[] = [];
  const total = { starting: 0, fast: 0, slow: 0 };
  let modules: ReturnType<typeof readThreadModules> | undefined;
  let isClosed = false;

  return {
    run(task, { tenant, maxMs }) {
      if (isClosed) return Promise.reject(new TaskStopped('closed'));
      const done = new Promise<{ answer: Answer; tookMs: number }>((resolve, reject) => {
        const known = tenants.get(tenant) ?? { waiting: [], fast: 0, slow: 0 };
        known.waiting.push({ task, maxMs, resolve, reject });
        tenants.set(tenant, known);
      });
      startMissing();
      giveTurns();
      return done;
    },
    async close() {
      isClosed = true;
      rejectWaiting(new TaskStopped('closed'));
      await Promise.all([...all].map((thread) => thread.end()));
    },
  };

  function startMissing(): void {
    while (!isClosed && all.size + total.starting < BASE_THREADS + total.slow) void start();
  }

  async function start(): Promise<void> {
    total.starting++;
    try {
      modules ??= readThreadModules();
      const thread = await startThread(await modules);
      if (isClosed) return await thread.end();
      all.add(thread);
      idle.push(thread);
    } catch (error) {
      // Without threads nobody would ever answer.
      if (all.size === 0) rejectWaiting(error);
    } finally {
      total.starting--;
    }
    giveTurns();
  }

  function giveTurns(): void {
    while (total.fast < BASE_THREADS && idle.length > 0) {
      const next = [...tenants].find(([, tenant]) => mayStart(tenant));
      if (next === undefined) return;
      const [name, tenant] = next;
      // To the end of the line.
      tenants.delete(name);
      tenants.set(name, tenant);
      void work(idle.pop()!, name, tenant);
    }
  }

  async function work(thread: Thread, name: string, tenant: Tenant): Promise<void> {
    const { task, maxMs, resolve, reject } = tenant.waiting.shift()!;
    let pace: 'fast' | 'slow' = 'fast';
    count(tenant, 'fast', 1);
    const timer = setTimeout(() => {
      if (total.slow >= MAX_SLOW) return;
      count(tenant, 'fast', -1);
      pace = 'slow';
      count(tenant, 'slow', 1);
      thread.demote();
      startMissing();
      giveTurns();
    }, SLOW_MS);
    const begun = performance.now();
    let isFine = false;
    try {
      const answer = await thread.run(task, maxMs);
      isFine = !thread.isDemoted();
      resolve({ answer, tookMs: performance.now() - begun });
    } catch (error) {
      reject(error);
    }
    clearTimeout(timer);
    count(tenant, pace, -1);
    if (tenant.waiting.length + tenant.fast + tenant.slow === 0) tenants.delete(name);
    if (isFine && !isClosed && all.size <= BASE_THREADS + total.slow) idle.push(thread);
    else {
      all.delete(thread);
      void thread.end();
    }
    startMissing();
    giveTurns();
  }

  function count(tenant: Tenant, pace: 'fast' | 'slow', by: 1 | -1): void {
    tenant[pace] += by;
    total[pace] += by;
  }

  function rejectWaiting(error: unknown): void {
    for (const tenant of tenants.values()) for (const job of tenant.waiting.splice(0)) job.reject(error);
  }
}

function mayStart({ waiting, fast, slow }: Tenant): boolean {
  return waiting.length > 0 && fast < MAX_FAST_PER_TENANT && slow < MAX_SLOW_PER_TENANT;
}
