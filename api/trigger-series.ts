import { inputError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { readSeries, SERIES_KEPT_MS } from '../engine/cursors/series.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { pollingWorkflow } from './cursors.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const MS = 1000;
const DAY_MS = 86_400_000;
const OPTIONAL_COUNT: JsonObject = { type: ['integer', 'null'], minimum: 0 };

export const triggerSeriesSchemas: JsonObject = {
  TriggerSeries: object({
    workflow: TEXT,
    from: { ...TIME, description: 'Start of the first bucket that is covered.' },
    to: TIME,
    bucket_seconds: COUNT,
    items: {
      type: 'array',
      description: 'Oldest first. Buckets in which nothing happened are omitted.',
      items: object({
        at: { ...TIME, description: 'Start of the bucket.' },
        polls: { ...COUNT, description: 'Polls that were answered.' },
        failures: { ...COUNT, description: 'Polls and deliveries that failed.' },
        events: { ...COUNT, description: 'Events delivered.' },
        lag: {
          ...object({ seconds: OPTIONAL_COUNT, rows: OPTIONAL_COUNT }),
          description:
            'The highest in the bucket, as polls found it: age of the oldest undelivered event, and number of undelivered rows. Null when unknown.',
        },
      }),
    },
  }),
};

const QUERY: JsonObject = {
  from: { title: 'From', type: 'string', format: 'date-time', description: 'Default: 24 hours before `to`.' },
  to: { title: 'To', type: 'string', format: 'date-time', description: 'Default: now.' },
  bucket: {
    title: 'Bucket',
    type: 'integer',
    enum: [300, 900, 3600, 21_600, 86_400],
    default: 300,
    description: 'Seconds; buckets start at multiples of it in UTC.',
  },
};

/** How the trigger of a workflow did over the last 7 days. */
export function triggerSeriesRoutes({ ctx }: Serving): Route[] {
  return [
    route<{ from?: string; to?: string; bucket: number }>({
      method: 'GET',
      path: '/v1/workflows/{id}/trigger/series',
      operation: 'get_trigger_series',
      tag: 'Workflows',
      summary: 'Get lag, events, polls and failures of a polling trigger over time.',
      description: 'Kept for 7 days, in buckets of 5 minutes. Backfills are not included.',
      query: QUERY,
      answers: { 200: { description: 'The series.', schema: ref('TriggerSeries') } },
      async handle(call) {
        const { query } = call;
        const bucketMs = query.bucket * MS;
        const now = ctx.clock.now();
        const to = query.to === undefined ? now + 1 : Date.parse(query.to);
        const given = query.from === undefined ? to - DAY_MS : Date.parse(query.from);
        if (given >= to) throw inputError('/from', 'must be before "to"');
        const from = Math.floor(Math.max(given, now - SERIES_KEPT_MS) / bucketMs) * bucketMs;
        const workflow = await pollingWorkflow(ctx, call);
        const points = from >= to ? [] : await readSeries(ctx, workflow.id, { from, to, bucketMs });
        const items = points.map(({ at, lagSeconds, lagRows, ...counts }) => ({
          at: toTimestamp(at),
          ...counts,
          lag: { seconds: lagSeconds, rows: lagRows },
        }));
        const body = {
          workflow: workflow.id,
          from: toTimestamp(Math.min(from, to)),
          to: toTimestamp(to),
          bucket_seconds: query.bucket,
          items,
        };
        return { status: 200, body };
      },
    }),
  ];
}
