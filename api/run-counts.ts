import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import {
  COUNT_BUCKETS,
  COUNT_BY,
  type CountBucket,
  type CountBy,
  MINUTES_KEPT_MS,
  type RunCount,
  readRunCounts,
  startOf,
} from '../engine/runs/run-counts.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

/** Buckets of one answer: a month of hours, or two years of days; each is one read of Redis. */
const MAX_BUCKETS = 750;
/** Buckets that an answer covers when no time is given: two days of hours. */
const DEFAULT_BUCKETS = 48;

const COUNTS: JsonObject = { type: 'object', additionalProperties: COUNT };

export const runCountSchemas: JsonObject = {
  RunCount: object({
    at: { ...TIME, description: 'Start of the bucket.' },
    total: { ...COUNT, description: 'All runs that were created in the bucket and are kept.' },
    counts: {
      ...COUNTS,
      description:
        'Number of runs per value. By `status`: `unfinished`, `succeeded`, `failed`, `canceled`. Values without runs are omitted.',
    },
    other: { ...COUNT, description: 'Runs with other values: a bucket counts 500 values separately.' },
  }),
};

interface Query {
  by: CountBy;
  bucket: CountBucket;
  from?: string;
  to?: string;
}

/** `/v1/runs/counts`: how many runs there are, over time. */
export function runCountRoutes({ ctx }: Serving): Route[] {
  return [
    route<Query>({
      method: 'GET',
      path: '/v1/runs/counts',
      operation: 'count_runs',
      tag: 'Runs',
      summary: 'Count runs per minute, hour or day of their creation.',
      description:
        'Counts the runs that GET /v1/runs lists without a filter, as they are now: a run that ends or is deleted changes the bucket of its creation. By `code`, only failed and canceled runs have a value, with the code of the failed step for a workflow run. Counting starts with the version that introduced it: older runs are not counted. The cost does not depend on the number of runs.',
      query: {
        by: { title: 'By', type: 'string', enum: [...COUNT_BY], default: 'status', description: 'What to count by.' },
        bucket: {
          title: 'Bucket',
          type: 'integer',
          enum: [...COUNT_BUCKETS],
          default: 3600,
          description: 'Seconds per bucket. Buckets start at whole minutes, hours or days in UTC.',
        },
        from: {
          title: 'From',
          type: 'string',
          format: 'date-time',
          description: `Start at the bucket with this time. Defaults to ${DEFAULT_BUCKETS} buckets. Minutes are kept for 25 hours.`,
        },
        to: { title: 'To', type: 'string', format: 'date-time', description: 'End after the bucket with this time.' },
      },
      answers: {
        200: {
          description: 'All buckets in the range, oldest first, including empty ones.',
          schema: object({
            by: { type: 'string', enum: [...COUNT_BY] },
            bucket: { type: 'integer', enum: [...COUNT_BUCKETS] },
            total: { ...COUNT, description: 'Sum over all buckets.' },
            counts: { ...COUNTS, description: 'Sum over all buckets per value, largest first.' },
            other: COUNT,
            items: { type: 'array', items: ref('RunCount') },
          }),
        },
      },
      async handle({ caller, query }) {
        const { by, bucket } = query;
        const range = rangeOf(query, ctx.clock.now());
        const found = await readRunCounts(ctx, caller.tenant, { by, bucket, ...range });
        const items = found.map((count) => ({ ...count, at: toTimestamp(count.at) }));
        return { status: 200, body: { by, bucket, ...sumOf(found), items } };
      },
    }),
  ];
}

/** Whole buckets. @throws ConnectorError ERR_INPUT_INVALID for a range that is empty, too long, or no longer kept */
function rangeOf({ bucket, ...query }: Query, now: number): { from: number; to: number } {
  const ms = bucket * 1000;
  const to = startOf(query.to === undefined ? now : Date.parse(query.to), bucket) + ms;
  const from = query.from === undefined ? to - DEFAULT_BUCKETS * ms : startOf(Date.parse(query.from), bucket);
  if (from >= to) throw invalid('from', 'must be before "to"', 'Send an earlier "from" or a later "to".');
  const count = (to - from) / ms;
  if (count > MAX_BUCKETS) {
    const hint = `Send a shorter range${bucket === 86_400 ? '' : ' or a larger "bucket"'}.`;
    throw invalid('from', `gives ${count} buckets of ${bucket} s; at most ${MAX_BUCKETS} are allowed`, hint);
  }
  const oldest = startOf(now - MINUTES_KEPT_MS, bucket);
  if (bucket === 60 && from < oldest) {
    const hint = 'Send bucket=3600 for older runs.';
    throw invalid('from', `must be at or after ${toTimestamp(oldest)}: minutes are kept for 25 hours`, hint);
  }
  return { from, to };
}

function invalid(name: 'from', message: string, hint: string): ConnectorError {
  const errors = [{ pointer: `/${name}`, message }];
  return new ConnectorError('ERR_INPUT_INVALID', `${name} ${message}`, { hint, errors, sent: 'no' });
}

function sumOf(items: readonly RunCount[]): { total: number; counts: Record<string, number>; other: number } {
  const sums = new Map<string, number>();
  let total = 0;
  let other = 0;
  for (const item of items) {
    total += item.total;
    other += item.other;
    for (const [value, count] of Object.entries(item.counts)) sums.set(value, (sums.get(value) ?? 0) + count);
  }
  return { total, counts: Object.fromEntries([...sums].sort((a, b) => b[1] - a[1])), other };
}
