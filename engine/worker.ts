import { DelayedError, type Job, Worker } from 'bullmq';
import { activate } from './activate.ts';
import { CANCEL_CHANNEL } from './cancel.ts';
import type { Context } from './context.ts';
import { startMaintenance } from './maintenance.ts';
import { MAX_STALLED, queuePrefix, RUN_QUEUE, TICK_QUEUE } from './queue.ts';
import { tick } from './ticks.ts';

/** A worker process's part in the running system. */
export interface RunningWorker {
  /**
   * Takes nothing new, puts down what is in hand (its state is saved, another worker goes on), and resolves within
   * about 10 seconds. A second call waits for the first.
   */
  close(): Promise<void>;
}

/** A job whose worker died is taken up by another after this long. */
const LOCK_MS = 30_000;
const STALLED_CHECK_MS = 15_000;
/** What is in hand at a stop gets this long to come to a saved state by itself before it is aborted. */
const GRACE_MS = 4000;
/** Ticks only write a poll's run; a few at once are plenty. */
const TICK_CONCURRENCY = 10;

/** Starts taking runs and ticks. The context's Redis client must be one that waits while Redis is away. */
export async function startWorker(ctx: Context): Promise<RunningWorker> {
  const inHand = new Map<string, AbortController>();
  const canceled = new Set<string>();
  const options = {
    connection: ctx.redis,
    prefix: queuePrefix(ctx.config.prefix),
    maxStalledCount: MAX_STALLED,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  };
  const runs = new Worker(
    RUN_QUEUE,
    async (job: Job, token?: string) => {
      const id = job.id!;
      const controller = new AbortController();
      inHand.set(id, controller);
      try {
        const activation = await activate(ctx, id, controller.signal);
        if (activation.kind === 'ended') return;
        await job.moveToDelayed(Date.now() + activation.ms, token);
        // A cancel that came between the last look at the record and the move finds no delayed job to wake.
        if (canceled.has(id)) await job.promote().catch(() => {});
        throw new DelayedError();
      } finally {
        inHand.delete(id);
        canceled.delete(id);
      }
    },
    { ...options, concurrency: ctx.config.concurrency },
  );
  const ticks = new Worker(TICK_QUEUE, (job: Job<{ workflow: string }>) => tick(ctx, job.data.workflow), {
    ...options,
    concurrency: TICK_CONCURRENCY,
  });
  for (const worker of [runs, ticks]) {
    worker.on('error', (error) => ctx.log.warn({ err: error }, 'the queue reported a fault'));
    worker.on('failed', (job, error) => ctx.log.error({ job: job?.id, err: error }, 'a job failed outside its run'));
  }
  const subscriber = ctx.redis.duplicate();
  subscriber.on('error', () => {
    // The worker's own commands tell of a Redis that is away.
  });
  subscriber.on('message', (_channel, id) => {
    const controller = inHand.get(id);
    if (controller === undefined) return;
    canceled.add(id);
    controller.abort();
  });
  await subscriber.subscribe(ctx.keys.other('channel', CANCEL_CHANNEL));
  const maintenance = startMaintenance(ctx);
  await Promise.all([runs.waitUntilReady(), ticks.waitUntilReady()]);

  let closing: Promise<void> | undefined;
  const close = async () => {
    const grace = setTimeout(() => {
      for (const controller of inHand.values()) controller.abort();
    }, GRACE_MS);
    try {
      await maintenance.close();
      await Promise.all([runs.close(), ticks.close()]);
    } finally {
      clearTimeout(grace);
      subscriber.disconnect();
    }
  };
  return {
    close() {
      closing ??= close();
      return closing;
    },
  };
}
