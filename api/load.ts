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
        "A key of the first tenant, the operator's, shows the whole installation; a key of another shows what is its own, and no workers.",
    },
    queue: {
      ...object({
        waiting: COUNT,
        active: COUNT,
        delayed: {
          ...COUNT,
          description: 'They wait for a remote operation, for their next attempt or for their steps.',
        },
        oldest_seconds: { ...COUNT, description: 'Since the oldest run that waits for a worker was made.' },
      }),
      description: 'Over all tenants, or of the tenant.',
    },
    ended: {
      type: 'object',
      additionalProperties: COUNT,
      description: 'Runs that ended, by status, since the beginning; over all tenants as of the last 5 seconds.',
    },
    workers: listed(object({ id: TEXT, host: TEXT, slots: COUNT, in_hand: COUNT, resident_bytes: COUNT })),
    accounts: {
      ...listed(
        object({ linked_account: TEXT, name: TEXT, waiting: COUNT, full: { type: 'boolean' }, oldest_seconds: COUNT }),
      ),
      description: "The tenant's accounts with more to do than they may at once.",
    },
    throttles: {
      ...listed(object({ host: TEXT, waiting: COUNT, open: COUNT, stopped_seconds: COUNT })),
      description: "The tenant's workspaces that are asked less often than there is work for them.",
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
      tag: 'Operation',
      summary: 'Read how busy queues, workers, accounts and workspaces are.',
      answers: { 200: { description: 'The load at this moment.', schema: ref('Load') } },
      handle: async ({ caller }) => ({ status: 200, body: await readLoad(ctx, caller.tenant) }),
    }),
  ];
}
