import type { JsonObject } from '../connector/manifest.ts';
import { readLoad } from '../engine/operations/load.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const listed = (item: JsonObject): JsonObject => ({ type: 'array', items: item });

export const loadSchemas: JsonObject = {
  Load: object({
    scope: {
      enum: ['installation', 'tenant'],
      description:
        'An API key of the first tenant, which belongs to the operator, shows the whole installation. A key of any other tenant shows only that tenant and no workers.',
    },
    queue: {
      ...object({
        waiting: COUNT,
        active: COUNT,
        delayed: {
          ...COUNT,
          description: 'Runs that wait for a remote operation, a retry or their steps.',
        },
        oldest_seconds: { ...COUNT, description: 'Age of the oldest run that waits for a worker.' },
      }),
      description: 'For all tenants or for one, according to `scope`.',
    },
    ended: {
      type: 'object',
      additionalProperties: COUNT,
      description: 'Ended runs by status. The counts for the installation can lag by 5 seconds.',
    },
    workers: listed(object({ id: TEXT, host: TEXT, slots: COUNT, active: COUNT, resident_bytes: COUNT })),
    accounts: {
      ...listed(
        object({
          linked_account: TEXT,
          name: TEXT,
          waiting: COUNT,
          at_limit: { type: 'boolean' },
          oldest_seconds: COUNT,
        }),
      ),
      description: 'Linked accounts of the tenant with queued runs, and whether they are at their concurrency limit.',
    },
    throttles: {
      ...listed(object({ host: TEXT, waiting: COUNT, active: COUNT, backoff_seconds: COUNT })),
      description: 'Workspaces of the tenant that are being throttled.',
    },
  }),
};

/** `/v1/load`: how busy the system is, for a person who watches. Metrics for machines are at /metrics. */
export function loadRoutes({ ctx }: Serving): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/load',
      operation: 'get_load',
      tag: 'Operations',
      summary: 'Get the current load of queues, workers, accounts and workspaces.',
      answers: { 200: { description: 'The current load.', schema: ref('Load') } },
      handle: async ({ caller }) => ({ status: 200, body: await readLoad(ctx, caller.tenant) }),
    }),
  ];
}
