import {
  createIORedisClient,
  DelayedError,
  type IRedisTransaction,
  Job,
  Queue,
  SpanKind,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { RedisClient } from '../store/redis-client.ts';
import { cronStrategy } from './cron.ts';
import { type ScriptAndJobs, scriptWithJobs } from './job-transaction.ts';

export type { Job, Queue } from 'bullmq';

export const RUN_QUEUE = 'runs';
export const TICK_QUEUE = 'ticks';
/** The workers' reserve: what does not wait for the slots of other runs. Runs to be canceled, and of tenants with little in flight. */
export const URGENT_QUEUE = 'urgent';
/** Jobs whose workers died twice. Each executes alone in a process of its own; see engine/isolation/. */
export const ISOLATED_QUEUE = 'isolated';

/**
 * BullMQ's Worker would give a job up as failed after one stall. Workers die for many reasons, deploys among them, so stalls
 * of a shared worker never end a run: they only send it to the isolated queue, where its deaths are counted.
 */
export const MAX_STALLED = 1_000_000;

/** Of the queue and of its workers, which both make the next job of a schedule. */
export const TICK_SETTINGS = { repeatStrategy: cronStrategy };

/** BullMQ's id of a job that a job scheduler made: it ends in the time at which the job is due, epoch ms. */
export const SCHEDULED_JOB_ID = /^repeat:.+:(\d+)$/;

/**
 * Keys of jobs, without the prefix: of runs, of ticks that a job scheduler or the watchdog made, and of ticks that were asked for, which
 * BullMQ numbers.
 */
export const JOB_KEY = new RegExp(
  `^(${[RUN_QUEUE, URGENT_QUEUE, ISOLATED_QUEUE, TICK_QUEUE].join('|')}):(run_|repeat:|missed-|\\d)`,
);

const JOB_NAME = 'run';
const JOB_OPTIONS = Object.freeze({ removeOnComplete: true, removeOnFail: true });

/** The job carries the run id as its own id and nothing else: Redis holds one copy of a run, its record. */
export interface Queues {
  runs: Queue;
  ticks: Queue;
  urgent: Queue;
  isolated: Queue;
  close(): Promise<void>;
}

/** BullMQ puts its keys after `<prefix>:`; ours ends in a colon, so it is cut. */
export function queuePrefix(prefix: string): string {
  return prefix.replace(/:$/, '');
}

/** Opens the queues on the caller's connection, so that a record and its job travel in order on one socket. */
export function openQueues(redis: RedisClient, prefix: string, tracing = false): Queues {
  const options = {
    connection: redis,
    prefix: queuePrefix(prefix),
    defaultJobOptions: JOB_OPTIONS,
    ...telemetry(tracing),
    // Nobody reads BullMQ's event stream; the run record is the product.
    streams: { events: { maxLen: 100 } },
  };
  const runs = new Queue(RUN_QUEUE, options);
  const ticks = new Queue(TICK_QUEUE, { ...options, settings: TICK_SETTINGS });
  const urgent = new Queue(URGENT_QUEUE, options);
  const isolated = new Queue(ISOLATED_QUEUE, options);
  for (const queue of [runs, ticks, urgent, isolated]) {
    queue.on('error', () => {
      // The command that failed throws the error too; this event only repeats it.
    });
  }
  return {
    runs,
    ticks,
    urgent,
    isolated,
    async close() {
      await Promise.all([runs, ticks, urgent, isolated].map((queue) => queue.close()));
    },
  };
}

/** The job of a run. The run is not repeated in it. */
export interface RunJob {
  id: string;
  /** 0 goes first, then 1 and so on; first come first served within one. */
  rank: number;
  /** What the worker's span continues from. */
  trace?: string | undefined;
}

/** BullMQ adds many jobs in a pipeline, which costs as much as four jobs by themselves; see job-transaction.ts. */
const FEW_JOBS = 4;

/** Adds jobs of runs. One that is there is left as it is. */
export async function addJobs(queue: Queue, jobs: readonly RunJob[]): Promise<void> {
  if (jobs.length <= FEW_JOBS) {
    await Promise.all(jobs.map((job) => queue.add(JOB_NAME, null, optionsOf(job))));
    return;
  }
  await queue.addBulk(jobs.map((job) => ({ name: JOB_NAME, data: null, opts: optionsOf(job) })));
}

/**
 * Calls a script that writes runs and adds their jobs, in one transaction. The jobs are added whatever the script finds; that of a run
 * that was there, or was refused, finds nothing to do. Resolves with what the script returned.
 */
export async function addWithScript(
  redis: RedisClient,
  queue: Queue,
  { jobs, script }: { jobs: readonly RunJob[]; script: { name: string; args: (string | number)[] } },
): Promise<unknown> {
  await queue.waitUntilReady();
  const added = jobs.map((job) => new Job(queue, JOB_NAME, null, { ...JOB_OPTIONS, ...optionsOf(job) }, job.id));
  return scriptWithJobs(redis, {
    script,
    jobs: added.map((job) => (target) => job.addJob(target as IRedisTransaction)),
    client: createIORedisClient(
      redis as Parameters<typeof createIORedisClient>[0],
    ) as unknown as ScriptAndJobs['client'],
  });
}

function optionsOf({ id, rank, trace }: RunJob) {
  return {
    jobId: id,
    ...(rank > 0 ? { priority: rank } : {}),
    ...(trace === undefined || trace === '' ? {} : { telemetry: { metadata: trace } }),
  };
}

/** Spans the writing of a run as BullMQ's own `add` is: `write` gets what the worker's span continues from, if anybody wants traces. */
export function traceAdd<T>(queue: Queue, write: (trace: string | undefined) => Promise<T>): Promise<T> {
  return queue.trace(SpanKind.PRODUCER, 'add', queue.name, (_span, trace) => write(trace)) as Promise<T>;
}

/** Opens a worker of a queue. */
export function openQueueWorker<T>(
  name: string,
  execute: (job: Job<T>, token?: string) => Promise<void>,
  options: WorkerOptions,
): Worker<T, void> {
  return new Worker<T, void>(name, execute, options);
}

/** BullMQ's score of a delayed job is its time and twelve bits more. */
const SCORES_PER_MS = 0x1000;

/**
 * Delayed jobs whose time came before `before` (epoch ms), those that are due longest first. BullMQ tells neither the time of a job that
 * was delayed again nor what is due, so the set is read as it lies; nothing is written there.
 */
export async function dueJobs(
  redis: RedisClient,
  queue: Queue,
  { before, count }: { before: number; count: number },
): Promise<Job[]> {
  const ids = await redis.zrangebyscore(queue.toKey('delayed'), 0, (before + 1) * SCORES_PER_MS - 1, 'LIMIT', 0, count);
  const jobs = await Promise.all(ids.map((id) => queue.getJob(id)));
  return jobs.filter((job) => job !== undefined);
}

/** For each run, whether any of the queues has its job. */
export async function haveJobs(
  redis: RedisClient,
  queues: readonly Queue[],
  ids: readonly string[],
): Promise<boolean[]> {
  const reading = redis.pipeline();
  for (const id of ids) reading.exists(...queues.map((queue) => queue.toKey(id)));
  return ((await reading.exec()) ?? []).map(([error, count]) => {
    if (error !== null) throw error;
    return Number(count) > 0;
  });
}

/** Ends the execution of a job that is to be executed again in so many ms. */
export async function delayJob(job: Job, token: string | undefined, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError();
}

/** The option with which queues and workers give spans and pass the trace on with a job; none where nobody wants traces. */
export function telemetry(tracing: boolean): { telemetry?: BullMQOtel } {
  return tracing ? { telemetry: new BullMQOtel({ tracerName: 'penstock' }) } : {};
}
