import type { RedisClient } from './redis-client.ts';
import type { Keys } from './redis-keys.ts';

/** Loops of a worker that serve all tenants; the names label `penstock_loop_errors_total`. */
export const SHARED_LOOPS = [
  'reconciler',
  'watchdog',
  'retention',
  'expiries',
  'connectors',
  'files',
  'events',
  'replays',
  'backlogs',
  'maintenance',
] as const;
export type SharedLoop = (typeof SHARED_LOOPS)[number];

/** Buckets of every duration, in seconds: from an answer of a near service to a statement of an hour. */
export const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600,
] as const;

/** What the reconciler and the watchdog may find broken; each is a series from the first scrape on, so that its rise can be seen. */
export const FINDINGS = Object.freeze({
  record_without_job: 'a run record without a job',
  ended_but_open: 'an ended run that was still listed as unfinished',
  job_without_record: 'a job without a run record',
  overdue_job: 'a delayed job that was overdue',
  stuck_in_backlog: 'a run that waited in the backlog of its account although the account was below its limit',
  missed_tick: 'a trigger that missed its schedule',
});
export type Finding = keyof typeof FINDINGS;

interface CounterSpec {
  help: string;
  labels: readonly string[];
  /** Values of the first label that are 0 until they are counted; others are not there. */
  known?: readonly string[];
}

/** What each process counts, with the labels of each. */
export const COUNTERS = Object.freeze({
  penstock_runs_total: { help: 'Ended runs.', labels: ['action', 'status', 'code'] },
  penstock_retries_total: { help: 'Failures after which a run was retried.', labels: ['action', 'code'] },
  penstock_polls_total: { help: 'Requests that polled the status of a remote operation.', labels: ['action'] },
  penstock_reconciler_repairs_total: {
    help: 'Inconsistencies that the reconciler found and repaired.',
    labels: ['what'],
    known: Object.keys(FINDINGS),
  },
  penstock_stalled_total: {
    help: 'Jobs whose worker died and that were taken over by another worker.',
    labels: ['queue'],
    known: ['runs', 'urgent', 'ticks', 'isolated'],
  },
  penstock_isolated_deaths_total: {
    help: 'Isolated processes that died while executing a job.',
    labels: [],
    known: [],
  },
  penstock_unreadable_records_total: {
    help: 'Stored records that could not be read, counted at each attempt.',
    labels: ['kind'],
  },
  penstock_loop_errors_total: {
    help: 'Failed items of loops that serve all tenants. The loops continued with the other items.',
    labels: ['loop'],
    known: SHARED_LOOPS,
  },
  penstock_throttled_total: {
    help: 'Throttling responses of workspaces (429).',
    labels: ['connector'],
  },
  penstock_token_requests_total: { help: 'Requests for access tokens.', labels: ['kind', 'outcome'] },
} satisfies Record<string, CounterSpec>);

/** Durations that each process observes; `phase` is one of `PHASES`. */
export const HISTOGRAMS = Object.freeze({
  penstock_run_phase_seconds: {
    help: 'Duration of the phases of ended runs.',
    labels: ['action', 'phase', 'status', 'code'],
  },
  penstock_run_duration_seconds: { help: 'Time from the creation of a run to its end.', labels: ['action', 'status'] },
});

/** What is so at present in a process; a process that never says has no series. */
export const GAUGES = Object.freeze({
  penstock_worker_slots: { help: 'Maximum number of runs that this worker executes at once.' },
  penstock_worker_active_runs: { help: 'Runs that this worker is executing.' },
});

export type GaugeName = keyof typeof GAUGES;
export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;

/** What one process counts since its start. Of ended runs, the sums of all processes are kept in Redis, for `/v1/load`. */
export interface Meters {
  /** `labels` in the order of the table. */
  count(name: CounterName, labels: readonly string[], by?: number): void;
  observe(name: HistogramName, labels: readonly string[], seconds: number): void;
  /** `read` is called whenever the metrics are read. */
  gauge(name: GaugeName, read: () => number): void;
  /** What this process counted. */
  own(): OwnMeters;
  /** Adds to the sums in Redis what was counted since the last time. */
  flush(): Promise<void>;
  /** Flushes a last time and stops. */
  close(): Promise<void>;
}

/** One line of what was counted. */
export interface Series {
  labels: Record<string, string>;
  value: number;
}

export interface HistogramSeries {
  labels: Record<string, string>;
  /** How many fell into each bucket, not summed up; the last is what was longer than all. */
  buckets: readonly number[];
  sum: number;
  count: number;
}

export interface OwnMeters {
  counters: Map<CounterName, Series[]>;
  histograms: Map<HistogramName, HistogramSeries[]>;
  gauges: Map<GaugeName, number>;
}

const FLUSH_MS = 5000;
/** Separates name and labels; no label holds it. */
const SEPARATOR = '|';
/** What the sums in Redis begin with: ended runs, whose second label is the status. */
const RUNS = 'penstock_runs_total';
const STATUS_AT = 2;
const US = 1_000_000;
/** After one place for each bucket and one for what was longer than all. */
const SUM_AT = DURATION_BUCKETS.length + 1;

/** Opens the meters of this process. */
export function openMeters({ redis, keys }: { redis: RedisClient; keys: Keys }): Meters {
  const counted = new Map<string, number>();
  /** Buckets, and last the microseconds. */
  const observed = new Map<string, number[]>();
  const gauges = new Map<GaugeName, () => number>();
  let unsent = new Map<string, number>();
  const flush = async () => {
    if (unsent.size === 0) return;
    const sent = unsent;
    unsent = new Map();
    const writing = redis.pipeline();
    for (const [field, by] of sent) writing.hincrby(keys.meters(), field, by);
    try {
      await writing.exec();
    } catch {
      // Redis is unavailable: it is added with what comes next.
      for (const [field, by] of sent) add(unsent, field, by);
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();
  return {
    count(name, labels, by = 1) {
      const field = fieldOf(name, labels);
      add(counted, field, by);
      if (name === RUNS) add(unsent, field, by);
    },
    observe(name, labels, seconds) {
      const field = fieldOf(name, labels);
      let counts = observed.get(field);
      if (counts === undefined) {
        counts = new Array<number>(SUM_AT + 1).fill(0);
        observed.set(field, counts);
      }
      let bucket = 0;
      while (bucket < DURATION_BUCKETS.length && seconds > DURATION_BUCKETS[bucket]!) bucket += 1;
      counts[bucket]! += 1;
      // Whole microseconds: sums of floats would drift.
      counts[SUM_AT]! += Math.round(seconds * US);
    },
    gauge(name, read) {
      gauges.set(name, read);
    },
    own: () => ({
      counters: countersOf(counted),
      histograms: histogramsOf(observed),
      gauges: new Map([...gauges].map(([name, read]) => [name, read()])),
    }),
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** Ended runs by status, of all processes as of their last flush. */
export async function readEnded(store: { redis: RedisClient; keys: Keys }): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [field, count] of Object.entries(await store.redis.hgetall(store.keys.meters()))) {
    const parts = field.split(SEPARATOR);
    const status = parts[STATUS_AT];
    if (parts[0] === RUNS && status !== undefined) sums[status] = (sums[status] ?? 0) + Number(count);
  }
  return sums;
}

function countersOf(counted: ReadonlyMap<string, number>): OwnMeters['counters'] {
  const series = new Map<CounterName, Series[]>();
  for (const [name, { labels, known = [] }] of Object.entries<CounterSpec>(COUNTERS)) {
    const zeros = known.filter((value) => !counted.has(fieldOf(name, [value])));
    if (zeros.length > 0)
      series.set(
        name as CounterName,
        zeros.map((value) => ({ labels: toLabels(labels, [value]), value: 0 })),
      );
  }
  for (const [field, value] of counted) {
    const [name, ...rest] = field.split(SEPARATOR) as [CounterName, ...string[]];
    push(series, name, { labels: toLabels(COUNTERS[name].labels, rest), value });
  }
  return series;
}

function histogramsOf(observed: ReadonlyMap<string, readonly number[]>): OwnMeters['histograms'] {
  const series = new Map<HistogramName, HistogramSeries[]>();
  for (const [field, counts] of observed) {
    const [name, ...rest] = field.split(SEPARATOR) as [HistogramName, ...string[]];
    const buckets = counts.slice(0, SUM_AT);
    push(series, name, {
      labels: toLabels(HISTOGRAMS[name].labels, rest),
      buckets,
      sum: counts[SUM_AT]! / US,
      count: buckets.reduce((sum, count) => sum + count, 0),
    });
  }
  return series;
}

function fieldOf(name: string, labels: readonly string[]): string {
  let field = name;
  for (const label of labels) field += SEPARATOR + label;
  return field;
}

function add(sums: Map<string, number>, field: string, by: number): void {
  sums.set(field, (sums.get(field) ?? 0) + by);
}

function toLabels(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
