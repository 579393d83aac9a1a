import type { JsonObject } from '../connector/manifest.ts';
import { type Cause, listCauses } from '../engine/runs/cause-list.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { type FilterQuery, filterOf, RUN_FILTER } from './runs.ts';

export const runCauseSchemas: JsonObject = {
  RunCause: object({
    id: { ...TEXT, description: 'The same for as long as code, action and pattern are.' },
    code: { ...TEXT, description: 'Of a workflow’s run, the code of the step that failed.' },
    pattern: { ...TEXT, description: 'The message with "…" for its numbers, ids and quoted names.' },
    action: { type: ['string', 'null'] },
    count: COUNT,
    first_at: TIME,
    last_at: TIME,
    example_run: { ...TEXT, description: 'The newest of the runs.' },
    linked_accounts: {
      type: 'array',
      items: object({ id: TEXT, count: COUNT }),
      description: 'On which accounts they failed, most often first.',
    },
    replay_filter: {
      type: 'object',
      additionalProperties: true,
      description: 'The `filter` with which POST /v1/runs/replay takes these runs.',
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
      tag: 'Runs',
      summary: 'Group failed runs by error code, action and message; the largest group first.',
      description:
        'Takes the filters of the list of runs. One answer reads the newest 10,000 failed runs that match; `is_complete` is false when there are more.',
      query: RUN_FILTER,
      answers: {
        200: {
          description: 'The causes.',
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
