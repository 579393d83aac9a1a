import type { TriggerSeries } from 'penstock-client';

/** One value per bucket. Counts of buckets that are left out are 0; what nobody measured there is null. */
export interface SeriesPoints {
  /** Starts of the buckets, in epoch seconds. */
  times: number[];
  lagSeconds: (number | null)[];
  lagRows: (number | null)[];
  events: number[];
  polls: number[];
  failures: number[];
}

/** A series with the buckets in which nothing happened. */
export function fillBuckets({ from, to, bucket_seconds: step, items }: TriggerSeries): SeriesPoints {
  const byTime = new Map(items.map((item) => [Date.parse(item.at) / 1000, item]));
  const end = Date.parse(to) / 1000;
  const points: SeriesPoints = { times: [], lagSeconds: [], lagRows: [], events: [], polls: [], failures: [] };
  for (let at = Date.parse(from) / 1000; at < end; at += step) {
    const item = byTime.get(at);
    points.times.push(at);
    points.lagSeconds.push(item?.lag.seconds ?? null);
    points.lagRows.push(item?.lag.rows ?? null);
    points.events.push(item?.events ?? 0);
    points.polls.push(item?.polls ?? 0);
    points.failures.push(item?.failures ?? 0);
  }
  return points;
}
