import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Context } from '../engine/context.ts';

/** What one API process counts, in a registry of its own. */
export interface Metrics {
  /** One answered request; `route` is a pattern, never a path, so that the number of series is bounded. */
  observeRequest(request: { method: string; route: string; status: number; ms: number }): void;
  contentType: string;
  /** Prometheus text. Reads the queues from Redis; without Redis those series are left out. */
  text(): Promise<string>;
}

/** Seconds: from a cached answer to one that `Prefer: wait` held for a minute. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15, 60];
const JOB_STATES = ['wait', 'prioritized', 'active', 'delayed'] as const;
const MS = 1000;

/** Makes the registry: Node's process metrics, requests of this process, and what is open and queued in Redis. */
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
  const jobs = new Gauge({
    name: 'penstock_queue_jobs',
    help: 'Jobs by queue and state, of all processes.',
    labelNames: ['queue', 'state'],
    registers,
  });
  const open = new Gauge({
    name: 'penstock_runs_open',
    help: 'Runs that have not ended, of all processes.',
    registers,
  });
  const readRedis = async () => {
    const [runs, ticks, openRuns] = await Promise.all([
      ctx.queues.runs.getJobCounts(...JOB_STATES),
      ctx.queues.ticks.getJobCounts(...JOB_STATES),
      ctx.redis.zcard(ctx.keys.openRuns()),
    ]);
    for (const [queue, counts] of Object.entries({ runs, ticks })) {
      for (const state of JOB_STATES) jobs.set({ queue, state }, counts[state] ?? 0);
    }
    open.set(openRuns);
  };
  return {
    observeRequest({ method, route, status, ms }) {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, ms / MS);
    },
    contentType: registry.contentType,
    async text() {
      try {
        await readRedis();
      } catch {
        // A scrape must not fail with Redis: /readyz tells of that, and old numbers would lie.
        jobs.reset();
        open.remove();
      }
      return registry.metrics();
    },
  };
}
