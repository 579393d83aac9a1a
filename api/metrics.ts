import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Meters } from '../engine/store/meters.ts';
import { meterText } from './meter-text.ts';

/** What one process counts: its event loop, heap and garbage collection, and its runs. */
export interface ProcessMetrics {
  contentType: string;
  /** Prometheus text. The sum over all processes is right. */
  text(): Promise<string>;
}

/** What an API process counts in addition. */
export interface ApiMetrics extends ProcessMetrics {
  /** One answered request; `route` is a pattern, never a path, so that the number of series is bounded. */
  observeRequest(request: { method: string; route: string; status: number; ms: number }): void;
}

/** Seconds: from a cached answer to one that `Prefer: wait` held for a minute. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15, 60];
const MS = 1000;

/** Creates the metrics of a worker process. */
export function createProcessMetrics({ meters }: { meters: Meters }, registry = new Registry()): ProcessMetrics {
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: async () => (await registry.metrics()) + meterText(meters.own()),
  };
}

/** Creates the metrics of an API process; with a worker in the same process, both count into the same `meters`. */
export function createApiMetrics(ctx: { meters: Meters }): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'penstock_http_requests_total',
    help: 'Requests answered by this process.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'penstock_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its response.',
    labelNames: ['method', 'route'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  return {
    ...createProcessMetrics(ctx, registry),
    observeRequest({ method, route, status, ms }) {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, ms / MS);
    },
  };
}
