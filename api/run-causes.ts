import type { JsonObject } from '../connector/manifest.ts';
import { type Cause, listCauses } from '../engine/runs/cause-list.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { type FilterQuery, filterOf, RUN_FILTER } from './runs.ts';

export const runCauseSchemas: JsonObject = {
  RunCause: object({
    id: { ...TEXT, description: 'Stays the same as long as code, action and pattern do.' },
    code: { ...TEXT, description: 'Error code. For a workflow run, the code of the failed step.' },
    pattern: { ...TEXT, description: 'The error message, with "…" in place of numbers, ids and quoted names.' },
    action: { type: ['string', 'null'] },
    count: COUNT,
    first_at: TIME,
    last_at: TIME,
    example_run: { ...TEXT, description: 'The newest of these runs.' },
    linked_accounts: {
      type: 'array',
      items: object({ id: TEXT, count: COUNT }),
      description: 'Linked accounts on which the runs failed, most frequent first.',
    },
    replay_filter: {
      type: 'object',
      additionalProperties: true,
      description: 'The `filter` for POST /v1/runs/replay that matches these runs.',
    },
  }),
};

/** `/v1/runs/causes`: why runs failed, grouped. */
export function runCauseRoutes({ ctx }: Serving): Route[] {
  return [
    route<FilterQuery>({
      method: 'GET',
      path: '/v1/runs/causes',
      operation: 'list_run_causes',
      failures: [404],
      tag: 'Runs',
      summary: 'Group failed runs by error code, action and message, largest group first.',
      description:
        'Accepts the same filters as the list of runs. Covers the newest 10,000 matching failed runs; `is_complete` is false when there are more.',
      query: RUN_FILTER,
      answers: {
        200: {
          description: 'The groups.',
          schema: object({ items: { type: 'array', items: ref('RunCause') }, is_complete: { type: 'boolean' } }),
        },
      },
      async handle({ caller, query }) {
        const { causes, is_complete } = await listCauses(ctx, caller.tenant, await filterOf(ctx, caller.tenant, query));
        return { status: 200, body: { items: causes.map((cause) => showCause(cause, query)), is_complete } };
      },
    }),
  ];
}

function showCause(cause: Cause, query: FilterQuery): Record<string, unknown> {
  const { id, first_at, last_at } = cause;
  const { status: _status, ...narrower } = query;
  return {
    ...cause,
    first_at: toTimestamp(first_at),
    last_at: toTimestamp(last_at),
    replay_filter: {
      ...narrower,
      cause: id,
      from: query.from ?? toTimestamp(first_at),
      to: query.to ?? toTimestamp(last_at),
    },
  };
}
