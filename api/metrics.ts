import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Context } from '../engine/context.ts';
import { readLanes } from '../engine/load/lanes.ts';
import { readMeters, type Series } from '../engine/load/meters.ts';
import { readWorkers } from '../engine/load/workers.ts';
import { gaugeText, meterText } from './meter-text.ts';

/** What one API process counts, in a registry of its own, and what Redis knows of all processes. */
export interface Metrics {
  /** One answered request; `route` is a pattern, never a path, so that the number of series is bounded. */
  observeRequest(request: { method: string; route: string; status: number; ms: number }): void;
  contentType: string;
  /** Prometheus text. Without Redis the series of all processes are left out: old numbers would lie. */
  text(): Promise<string>;
}

/** Seconds: from a cached answer to one that `Prefer: wait` held for a minute. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15, 60];
const JOB_STATES = ['wait', 'prioritized', 'active', 'delayed'] as const;
const MS = 1000;

/** Makes the registry: Node's process metrics and the requests of this process. */
export function createMetrics(ctx: Context): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'penstock_http_requests_total',
    help: 'Requests answered by this process.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'penstock_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  return {
    observeRequest({ method, route, status, ms }) {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, ms / MS);
    },
    contentType: registry.contentType,
    async text() {
      const own = await registry.metrics();
      try {
        return own + (await sharedText(ctx));
      } catch {
        // A scrape must not fail with Redis; /readyz tells of that.
        return own;
      }
    },
  };
}

async function sharedText(ctx: Context): Promise<string> {
  const [runs, ticks, open, lanes, workers, meters] = await Promise.all([
    ctx.queues.runs.getJobCounts(...JOB_STATES),
    ctx.queues.ticks.getJobCounts(...JOB_STATES),
    ctx.redis.zcard(ctx.keys.openRuns()),
    readLanes(ctx),
    readWorkers(ctx),
    readMeters(ctx),
  ]);
  const jobs = Object.entries({ runs, ticks }).flatMap(([queue, counts]) =>
    JOB_STATES.map((state): Series => ({ labels: { queue, state }, value: counts[state] ?? 0 })),
  );
  const ofWorkers = (value: (worker: (typeof workers)[number]) => number) =>
    workers.map((worker): Series => ({ labels: { worker: worker.id, host: worker.host }, value: value(worker) }));
  return [
    gaugeText('penstock_queue_jobs', 'Jobs by queue and state.', jobs),
    gaugeText('penstock_runs_open', 'Runs that have not ended.', [{ labels: {}, value: open }]),
    gaugeText(
      'penstock_lane_depth',
      'Runs of a linked account that wait before the queue, because it has enough in hand.',
      lanes.map(({ account, depth }) => ({ labels: { linked_account: account }, value: depth })),
    ),
    gaugeText(
      'penstock_worker_slots',
      'Runs that a worker may have in hand at once.',
      ofWorkers(({ slots }) => slots),
    ),
    gaugeText(
      'penstock_worker_in_hand',
      'Runs that a worker has in hand.',
      ofWorkers(({ inHand }) => inHand),
    ),
    meterText(meters),
  ].join('');
}
