import { Queue, SpanKind } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { RedisClient } from '../store/redis-client.ts';
import { cronStrategy } from './cron.ts';

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

/** The job carries the run id as its own id and nothing else: Redis holds one copy of a run, its record. */
export interface Queues {
  runs: Queue;
  ticks: Queue;
  urgent: Queue;
  isolated: Queue;
  close(): Promise<void>;
}

/** BullMQ puts its keys behind `<prefix>:`; ours ends in a colon, so it is cut. */
export function queuePrefix(prefix: string): string {
  return prefix.replace(/:$/, '');
}

/** Opens the queues on the caller's connection, so that a record and its job travel in order on one socket. */
export function openQueues(redis: RedisClient, prefix: string, tracing = false): Queues {
  const options = {
    connection: redis,
    prefix: queuePrefix(prefix),
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
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
      // The command that met the fault throws it too; this event only repeats it.
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

/**
 * Writes a run whose script adds the job, as BullMQ's own `add` would be traced: `write` gets what the worker's span goes on from,
 * `undefined` where nobody wants traces.
 */
export function traceAdd<T>(queue: Queue, write: (trace: string | undefined) => Promise<T>): Promise<T> {
  return queue.trace(SpanKind.PRODUCER, 'add', queue.name, (_span, trace) => write(trace)) as Promise<T>;
}

/** The option with which queues and workers give spans and pass the trace on with a job; none where nobody wants traces. */
export function telemetry(tracing: boolean): { telemetry?: BullMQOtel } {
  return tracing ? { telemetry: new BullMQOtel({ tracerName: 'penstock' }) } : {};
}
