import type { Task } from '../expressions/batch.ts';
import { createKnownPaces, type Pace } from './known-paces.ts';
import { createSlowThreads } from './slow-threads.ts';
import type { Done } from './thread.ts';
import { readThreadModules } from './thread-modules.ts';
import { startThread, TaskStopped, type Thread } from './thread-start.ts';

/** Threads that do tasks of many tenants, none of which waits long for another. */
export interface Threads {
  /**
   * Does a task as soon as its tenant's turn comes. `maxMs` counts from then on.
   * @throws TaskStopped
   */
  run(task: Task, by: { tenant: string; maxMs: number }): Promise<Done>;
  close(): Promise<void>;
}

interface Job {
  task: Task;
  maxMs: number;
  resolve(done: Done): void;
  reject(error: unknown): void;
}

interface Tenant {
  waiting: Job[];
  /** Turned out slow while there was no place for a slow task: they begin again when there is one. */
  suspended: Job[];
  /** Its tasks that run, by whether they have run for long. */
  fast: number;
  slow: number;
}

/** Kept ready from the first task on: one may be held by a task that turns out slow while the other serves everybody else. */
const BASE_THREADS = 2;
/** A task that runs for longer is slow: its thread continues at a low priority, and another one takes its place. */
const SLOW_MS = 50;
/** A task that had no processor time for as long is slow all the same. */
const MAX_WAIT_MS = 1000;
/** Threads beyond the base, for slow tasks. */
const MAX_SLOW = 3;
const MAX_SLOW_PER_TENANT = 2;
/** Of the tasks that are not slow yet: the other base thread is left to other tenants. */
const MAX_FAST_PER_TENANT = 1;

/** Threads that start at the first task. */
export function openThreads(): Threads {
  /** In the order of their turns. */
  const tenants = new Map<string, Tenant>();
  const base = new Set<Thread>();
  const demoted = new Set<Thread>();
  const idle: Thread[] = [];
  const idleSlow = createSlowThreads(discard);
  const paces = createKnownPaces();
  let newcomers = 0;
  const total = { starting: 0, fast: 0, slow: 0 };
  let modules: ReturnType<typeof readThreadModules> | undefined;
  let isClosed = false;

  return {
    run(task, { tenant, maxMs }) {
      if (isClosed) return Promise.reject(new TaskStopped('closed'));
      const done = new Promise<Done>((resolve, reject) => {
        const known = tenants.get(tenant) ?? { waiting: [], suspended: [], fast: 0, slow: 0 };
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
      await Promise.all([...base, ...demoted].map((thread) => thread.end()));
    },
  };

  function startMissing(): void {
    while (!isClosed && base.size + total.starting < BASE_THREADS) void start();
  }

  async function start(): Promise<void> {
    total.starting++;
    try {
      modules ??= readThreadModules();
      const thread = await startThread(await modules);
      if (isClosed) return await thread.end();
      base.add(thread);
      idle.push(thread);
    } catch (error) {
      // Without threads nobody would ever answer.
      if (base.size + demoted.size === 0) rejectWaiting(error);
    } finally {
      total.starting--;
    }
    giveTurns();
  }

  function discard(thread: Thread): void {
    base.delete(thread);
    demoted.delete(thread);
    void thread.end();
  }

  function demote(thread: Thread): void {
    thread.demote();
    if (base.delete(thread)) demoted.add(thread);
  }

  function giveTurns(): void {
    for (let next = nextTask(); next !== undefined; next = nextTask()) {
      const { name, tenant, isFast, thread } = next;
      // To the end of the line.
      tenants.delete(name);
      tenants.set(name, tenant);
      const job = isFast || tenant.suspended.length === 0 ? tenant.waiting.shift()! : tenant.suspended.shift()!;
      void work(thread, { name, tenant, job, isFast });
    }
  }

  /**
   * One base thread is there for tenants whose tasks are known to be fast, whatever the others do. Those whose last task was slow have
   * the slow threads, where there is one; what turns out fast there makes them like all others.
   */
  function nextTask(): (Found & { isFast: boolean; thread: Thread }) | undefined {
    const mayBeFast = idle.length > 0 && total.fast < BASE_THREADS;
    const trusted = mayBeFast ? find((tenant, name) => paces.is(name, 'fast') && mayStart(tenant)) : undefined;
    if (trusted !== undefined) return { ...trusted, isFast: true, thread: idle.pop()! };
    if (idleSlow.size > 0 && total.slow < MAX_SLOW) {
      const slow = find((tenant, name) => mayResume(tenant) || (paces.is(name, 'slow') && mayStart(tenant)));
      if (slow !== undefined) return { ...slow, isFast: false, thread: idleSlow.take()! };
    }
    const isWhole = total.starting > 0 || base.size >= BASE_THREADS;
    if (idle.length === 0 || (isWhole && idle.length + total.fast - newcomers < BASE_THREADS)) return undefined;
    const other = mayBeFast && newcomers < BASE_THREADS - 1 ? find(mayStart) : undefined;
    if (other !== undefined) return { ...other, isFast: true, thread: idle.pop()! };
    const suspended =
      total.slow < MAX_SLOW && idle.length >= (isWhole ? BASE_THREADS : 1) ? find(mayResume) : undefined;
    return suspended && { ...suspended, isFast: false, thread: idle.pop()! };
  }

  function find(may: (tenant: Tenant, name: string) => boolean): Found | undefined {
    for (const [name, tenant] of tenants) if (may(tenant, name)) return { name, tenant };
    return undefined;
  }

  async function work(
    thread: Thread,
    { name, tenant, job, isFast }: { name: string; tenant: Tenant; job: Job; isFast: boolean },
  ): Promise<void> {
    let pace: Pace = 'fast';
    let isParked = false;
    let isNewcomer = isFast && !paces.is(name, 'fast');
    if (isNewcomer) newcomers++;
    const leaveBase = () => {
      if (isNewcomer) newcomers--;
      isNewcomer = false;
    };
    count(tenant, 'fast', 1);
    const cpuBefore = thread.cpuMs();
    const slowDown = () => {
      if (isClosed) return;
      const cpu = cpuBefore === undefined ? undefined : thread.cpuMs();
      if (isFast && cpu !== undefined && cpu - cpuBefore! < SLOW_MS / 2 && performance.now() - begun < MAX_WAIT_MS) {
        // It waits for the processor, as everything on a busy machine does.
        timer = setTimeout(slowDown, SLOW_MS / 2);
        return;
      }
      if (isFast) paces.note(name, 'slow');
      leaveBase();
      count(tenant, 'fast', -1);
      if (total.slow >= MAX_SLOW) {
        // Nobody else would get a thread until it ends. A task is pure: it begins again when there is a place.
        isParked = true;
        tenant.suspended.push(job);
        // Inside one long built-in function it ends later; its place is free at once.
        demote(thread);
        discard(thread);
      } else {
        pace = 'slow';
        count(tenant, 'slow', 1);
        demote(thread);
      }
      startMissing();
      giveTurns();
    };
    const begun = performance.now();
    let timer = isFast ? setTimeout(slowDown, SLOW_MS) : undefined;
    if (!isFast) slowDown();
    let isFine = false;
    try {
      const done = await thread.run(job.task, job.maxMs);
      isFine = thread.isLean();
      const isSlow = isFast ? thread.isDemoted() : done.cpuMs > SLOW_MS / 2;
      if (!isParked) paces.note(name, isSlow ? 'slow' : 'fast');
      if (!isParked) job.resolve(done);
    } catch (error) {
      if (!isParked) job.reject(error);
    }
    clearTimeout(timer);
    if (isParked) return;
    leaveBase();
    count(tenant, pace, -1);
    if (tenant.waiting.length + tenant.suspended.length + tenant.fast + tenant.slow === 0) tenants.delete(name);
    keep(thread, isFine);
    startMissing();
    giveTurns();
  }

  function keep(thread: Thread, isFine: boolean): void {
    if (!isFine || isClosed) discard(thread);
    else if (base.has(thread)) idle.push(thread);
    else if (total.slow + idleSlow.size < MAX_SLOW) idleSlow.put(thread);
    else discard(thread);
  }

  function count(tenant: Tenant, pace: Pace, by: 1 | -1): void {
    tenant[pace] += by;
    total[pace] += by;
  }

  function rejectWaiting(error: unknown): void {
    for (const { waiting, suspended } of tenants.values())
      for (const job of [...waiting.splice(0), ...suspended.splice(0)]) job.reject(error);
  }
}

interface Found {
  name: string;
  tenant: Tenant;
}

function mayStart({ waiting, suspended, fast, slow }: Tenant): boolean {
  return waiting.length > 0 && fast < MAX_FAST_PER_TENANT && slow + suspended.length < MAX_SLOW_PER_TENANT;
}

function mayResume({ suspended, slow }: Tenant): boolean {
  return suspended.length > 0 && slow < MAX_SLOW_PER_TENANT;
}
