import type { RedisClient } from './redis-client.ts';
import type { Keys } from './redis-keys.ts';

/** Loops of a worker that serve all tenants; the names label `penstock_loop_errors_total`. */
export const SHARED_LOOPS = [
  'reconciler',
  'watchdog',
  'retention',
  'expiries',
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

/** What is counted over all processes, with the labels of each. */
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

/** Durations over all processes; `phase` is one of `PHASES`. */
export const HISTOGRAMS = Object.freeze({
  penstock_run_phase_seconds: {
    help: 'Duration of the phases of ended runs.',
    labels: ['action', 'phase', 'status', 'code'],
  },
  penstock_run_duration_seconds: { help: 'Time from the creation of a run to its end.', labels: ['action', 'status'] },
});

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;

/** Counts in this process; the sums of all processes are kept in Redis and outlive them. */
export interface Meters {
  /** `labels` in the order of the table. */
  count(name: CounterName, labels: readonly string[], by?: number): void;
  observe(name: HistogramName, labels: readonly string[], seconds: number): void;
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
  buckets: number[];
  sum: number;
  count: number;
}

const FLUSH_MS = 5000;
/** Separates name and labels in a field; no label holds it. */
const SEPARATOR = '|';

/** After one place for each bucket and one for what was longer than all. */
const SUM_AT = DURATION_BUCKETS.length + 1;

function fieldOf(name: string, labels: readonly string[]): string {
  let field = name;
  for (const label of labels) field += SEPARATOR + label;
  return field;
}

/** Opens the meters of this process. */
export function openMeters({ redis, keys }: { redis: RedisClient; keys: Keys }): Meters {
  let changed = new Map<string, number>();
  /** Buckets, and last the microseconds; apart from the rest, since every run has some five of them. */
  let observed = new Map<string, number[]>();
  const add = (field: string, by: number) => {
    changed.set(field, (changed.get(field) ?? 0) + by);
  };
  const flush = async () => {
    for (const [prefix, counts] of observed) {
      counts.forEach((by, at) => {
        if (by !== 0) add(`${prefix}${SEPARATOR}${at < SUM_AT ? at : 'us'}`, by);
      });
    }
    observed = new Map();
    if (changed.size === 0) return;
    const sent = changed;
    changed = new Map();
    const writing = redis.pipeline();
    for (const [field, by] of sent) {
      if (Number.isInteger(by)) writing.hincrby(keys.meters(), field, by);
      else writing.hincrbyfloat(keys.meters(), field, by);
    }
    try {
      await writing.exec();
    } catch {
      // Redis is unavailable: it is added with what comes next.
      for (const [field, by] of sent) add(field, by);
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();
  return {
    count(name, labels, by = 1) {
      add(fieldOf(name, labels), by);
    },
    observe(name, labels, seconds) {
      const prefix = fieldOf(name, labels);
      let counts = observed.get(prefix);
      if (counts === undefined) {
        counts = new Array<number>(SUM_AT + 1).fill(0);
        observed.set(prefix, counts);
      }
      let bucket = 0;
      while (bucket < DURATION_BUCKETS.length && seconds > DURATION_BUCKETS[bucket]!) bucket += 1;
      counts[bucket]! += 1;
      // Whole microseconds: sums of floats would drift.
      counts[SUM_AT]! += Math.round(seconds * 1_000_000);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** The sums of all processes, as of their last flush. */
export async function readMeters(store: { redis: RedisClient; keys: Keys }): Promise<{
  counters: Map<CounterName, Series[]>;
  histograms: Map<HistogramName, HistogramSeries[]>;
}> {
  const counters = new Map<CounterName, Series[]>();
  const histograms = new Map<HistogramName, HistogramSeries[]>();
  const found = new Map<string, HistogramSeries>();
  const kept = await store.redis.hgetall(store.keys.meters());
  for (const [name, { labels, known = [] }] of Object.entries<CounterSpec>(COUNTERS)) {
    for (const value of known.filter((one) => !(`${name}${SEPARATOR}${one}` in kept)))
      push(counters, name as CounterName, { labels: toLabels(labels, [value]), value: 0 });
  }
  for (const [field, text] of Object.entries(kept)) {
    const [name = '', ...rest] = field.split(SEPARATOR);
    const value = Number(text);
    if (name in COUNTERS) {
      const labels = toLabels(COUNTERS[name as CounterName].labels, rest);
      push(counters, name as CounterName, { labels, value });
    } else if (name in HISTOGRAMS) {
      const part = rest.pop()!;
      const key = [name, ...rest].join(SEPARATOR);
      let series = found.get(key);
      if (series === undefined) {
        const labels = toLabels(HISTOGRAMS[name as HistogramName].labels, rest);
        series = { labels, buckets: new Array(DURATION_BUCKETS.length + 1).fill(0), sum: 0, count: 0 };
        found.set(key, series);
        push(histograms, name as HistogramName, series);
      }
      if (part === 'us') series.sum = value / 1_000_000;
      else {
        series.buckets[Number(part)] = value;
        series.count += value;
      }
    }
  }
  return { counters, histograms };
}

function toLabels(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
