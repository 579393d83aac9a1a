import type { Context } from './context.ts';
import { isolate, mustBeIsolated, openIsolatedWorker } from './isolation/isolated-worker.ts';
import { startMaintenance } from './operations/maintenance.ts';
import { createTickTurns } from './polling/tick-turns.ts';
import { tenantOfTick, tick } from './polling/ticks.ts';
import {
  delayJob,
  ISOLATED_QUEUE,
  type Job,
  MAX_STALLED,
  openQueueWorker,
  queuePrefix,
  RUN_QUEUE,
  TICK_QUEUE,
  TICK_SETTINGS,
  telemetry,
  URGENT_QUEUE,
} from './queue/queues.ts';
import { reservedSlots, watchSlots } from './queue/reserve.ts';
import { throttleChannel } from './queue/throttle.ts';
import { startHeartbeat } from './queue/workers.ts';
import { startReplayRunner } from './replay/bulk-replay-runner.ts';
import { batchChannel } from './replay/bulk-replays.ts';
import { activate } from './runs/activate.ts';
import type { Activation, Stopper, StopReason } from './runs/activation.ts';
import { CANCEL_CHANNEL } from './runs/cancel.ts';
import { resumeLater } from './runs/run-jobs.ts';
import { whileRedisRefuses } from './store/redis-refuses.ts';
import { startEventDelivery } from './webhook-endpoints/event-delivery.ts';

/** A worker process's part in the running system. */
export interface RunningWorker {
  /**
   * Takes nothing new, parks its active runs (their state is saved, another worker continues), and resolves within
   * 10 seconds. A second call waits for the first.
   */
  close(): Promise<void>;
}

/** How a worker is timed; tests shorten it. Milliseconds. */
export interface WorkerTimings {
  /** A job whose worker died is claimed by another worker after this long and one check more. A lock is renewed at half its life. */
  lockMs: number;
  stalledCheckMs: number;
  /** Active runs at a stop get this long to come to a saved state by itself before it is aborted. */
  graceMs: number;
  /** Then what cannot be aborted (a request that may have an effect) is left to its record: the next worker knows of it. */
  giveUpMs: number;
}

export const WORKER_TIMINGS: WorkerTimings = Object.freeze({
  lockMs: 15_000,
  stalledCheckMs: 5000,
  graceMs: 4000,
  giveUpMs: 8000,
});

/** Ticks only write a poll's run; a few of a tenant at once are plenty. The others are for other tenants. */
const TICKS_PER_TENANT = 10;
const TICK_CONCURRENCY = 40;

/** Starts taking runs and ticks. The context's Redis client must be one that waits while Redis is unavailable. */
export async function startWorker(ctx: Context, timings: WorkerTimings = WORKER_TIMINGS): Promise<RunningWorker> {
  const active = new Map<string, Set<AbortController>>();
  let isClosing = false;
  const options = {
    connection: ctx.redis,
    prefix: queuePrefix(ctx.config.prefix),
    ...telemetry(ctx.config.tracing),
    maxStalledCount: MAX_STALLED,
    lockDuration: timings.lockMs,
    stalledInterval: timings.stalledCheckMs,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  };
  const run = async (job: Job, token?: string) => {
    const id = job.id!;
    if (mustBeIsolated(job)) return isolate(ctx, job, { kind: 'run', id });
    const work = (stopper: Stopper) =>
      whileRedisRefuses(
        ctx,
        () => activate(ctx, id, stopper),
        () => isClosing,
      );
    await wait(job, token, await hold(id, work));
  };
  const isolated = openIsolatedWorker(ctx);
  const tickTurns = createTickTurns(TICKS_PER_TENANT);
  const runAlone = async (job: Job, token?: string) =>
    wait(job, token, await hold(job.id!, (stopper) => isolated.execute(job, stopper)));
  const tickOne = async (job: Job<{ workflow: string }>, token?: string) => {
    const { workflow } = job.data;
    const jobId = job.id === undefined ? {} : { jobId: job.id };
    if (mustBeIsolated(job)) return isolate(ctx, job, { kind: 'tick', id: workflow, ...jobId });
    const tenant = await tenantOfTick(ctx, workflow);
    if (tenant === undefined) return void (await tick(ctx, workflow, job.id));
    const turn = tickTurns.begin(tenant);
    if ('laterMs' in turn) return wait(job, token, { kind: 'wait', ms: turn.laterMs });
    const later = await tick(ctx, workflow, job.id).finally(turn.end);
    if (later !== undefined) await wait(job, token, { kind: 'wait', ms: later.ms });
  };
  /** What waits keeps its job, and gives its slot back. */
  const wait = async (job: Job, token: string | undefined, activation: Activation) => {
    if (activation.kind === 'ended') return;
    if (job.queueName === URGENT_QUEUE) return resumeLater(ctx, job.id!, activation);
    await delayJob(job, token, activation.ms);
  };
  const slots = watchSlots(ctx, ctx.config.concurrency);
  /** Keeps the way to stop an activation for as long as it is active. */
  const hold = async (id: string, work: (stopper: Stopper) => Promise<Activation>): Promise<Activation> => {
    let controller = new AbortController();
    const present = active.get(id) ?? new Set();
    active.set(id, present.add(controller));
    const stopper: Stopper = {
      signal: controller.signal,
      renew() {
        present.delete(controller);
        controller = new AbortController();
        present.add(controller);
        return controller.signal;
      },
    };
    try {
      return await work(stopper);
    } finally {
      present.delete(controller);
      if (present.size === 0) active.delete(id);
    }
  };
  const stop = (controllers: Iterable<AbortController>, reason: StopReason) => {
    for (const controller of controllers) controller.abort(reason);
  };

  const workers = [
    openQueueWorker(RUN_QUEUE, (job: Job, token) => slots.hold(() => run(job, token)), {
      ...options,
      concurrency: ctx.config.concurrency,
    }),
    openQueueWorker(URGENT_QUEUE, run, { ...options, concurrency: reservedSlots(ctx.config.concurrency) }),
    openQueueWorker(TICK_QUEUE, tickOne, { ...options, concurrency: TICK_CONCURRENCY, settings: TICK_SETTINGS }),
    openQueueWorker(ISOLATED_QUEUE, runAlone, { ...options, concurrency: 1 }),
  ];
  for (const worker of workers) {
    worker.on('error', (error) => ctx.log.warn({ err: error }, 'the queue reported an error'));
    worker.on('stalled', () => ctx.meters.count('penstock_stalled_total', [worker.name]));
    worker.on('failed', (job, error) => ctx.log.error({ job: job?.id, err: error }, 'a job failed outside its run'));
  }
  const subscriber = ctx.redis.duplicate();
  subscriber.on('error', () => {
    // The worker's own commands report that Redis is unavailable.
  });
  const cancels = ctx.keys.other('channel', CANCEL_CHANNEL);
  const throttles = throttleChannel(ctx.keys);
  subscriber.on('message', (channel: string, message: string) => {
    if (channel === cancels) stop(active.get(message) ?? [], 'cancel');
    else if (channel === replays) replayRunner.notify();
    else ctx.throttle.onMessage(message);
  });
  const replays = batchChannel(ctx);
  const replayRunner = startReplayRunner(ctx);
  await subscriber.subscribe(cancels, throttles, replays);
  const events = startEventDelivery(ctx);
  subscriber.on('pmessage', () => events.notify());
  await subscriber.psubscribe(ctx.keys.eventChannel('*'));
  ctx.meters.gauge('penstock_worker_slots', () => ctx.config.concurrency);
  ctx.meters.gauge('penstock_worker_active_runs', () => active.size);
  const heartbeat = await startHeartbeat(ctx, () => active.size);
  const maintenance = startMaintenance(ctx);
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  events.notify();

  let closing: Promise<void> | undefined;
  const close = async () => {
    isClosing = true;
    const all = () => [...active.values()].flatMap((controllers) => [...controllers]);
    const grace = setTimeout(() => stop(all(), 'shutdown'), timings.graceMs);
    const { promise: tooLong, resolve } = Promise.withResolvers<void>();
    const limit = setTimeout(resolve, timings.giveUpMs);
    try {
      slots.close();
      const ends = [
        maintenance.close(),
        heartbeat.close(),
        events.close(),
        replayRunner.close(),
        Promise.all(workers.map((worker) => worker.close())).then(() => isolated.close()),
      ];
      await Promise.race([Promise.all(ends), tooLong]);
      if (active.size > 0)
        ctx.log.warn(
          { runs: [...active.keys()] },
          'the worker stopped while requests were in flight; other workers continue',
        );
    } finally {
      await isolated.close();
      clearTimeout(grace);
      clearTimeout(limit);
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
