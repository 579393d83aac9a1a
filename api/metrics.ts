import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Context } from '../engine/context.ts';
import { sharedText } from './shared-metrics.ts';

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
    help: 'Time from the first byte of a request to the last byte of its response.',
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
