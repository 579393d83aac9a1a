import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import { type ManyReplays, previewReplays } from '../engine/replay/bulk-replay-plan.ts';
import {
  type BatchProgress,
  beginBatch,
  endBatch,
  getBatch,
  listBatches,
  listResults,
} from '../engine/replay/bulk-replays.ts';
import type { ReplayChoice } from '../engine/replay/replay-plan.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { readEach, withUnreadable } from '../engine/store/unreadable.ts';
import { requireActionRole } from './http/auth.ts';
import { unknownCursor } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, listOf, object, PAGING, type Paging, ref, TEXT, TIME, UNREADABLE } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { type FilterQuery, filterOf, RUN_FILTER } from './runs.ts';

/** Fields of a body that say how a workflow's run is done again. */
export const REPLAY_CHOICE: JsonObject = {
  from: {
    title: 'From',
    default: 'start',
    oneOf: [
      { enum: ['start', 'failed'] },
      {
        type: 'object',
        required: ['step'],
        additionalProperties: false,
        properties: { step: { title: 'Step', type: 'string' } },
      },
    ],
    description:
      '`failed`: only what did not succeed. A step: that one and all that need it. Outputs of the others are reused.',
  },
  version: {
    title: 'Version',
    enum: ['same', 'newest'],
    default: 'same',
    description: 'Of the workflow: that of the run, or the newest that is published.',
  },
};

const BODY: JsonObject = {
  type: 'object',
  required: ['filter'],
  additionalProperties: false,
  properties: {
    filter: {
      title: 'Filter',
      type: 'object',
      minProperties: 1,
      additionalProperties: false,
      properties: RUN_FILTER,
      description: 'Which runs; those that have not ended or were replayed already are left out.',
    },
    ...REPLAY_CHOICE,
    confirm: {
      title: 'Confirm',
      type: 'string',
      description: 'From the dry run; left out, this is one.',
    },
    per_second: {
      title: 'Runs per second',
      type: 'number',
      minimum: 1,
      maximum: 100,
      default: 10,
      description: 'How fast they are begun.',
    },
  },
};

const EFFECTS = object({ safe: COUNT, idempotent: COUNT, token: COUNT, once: COUNT });

export const replaySchemas: JsonObject = {
  ReplaysPreview: object({
    runs: {
      type: 'array',
      description: 'The oldest 1000, oldest first.',
      items: object(
        {
          run: TEXT,
          repeated: {
            type: 'array',
            description: 'What happened, or may have, and would be done again.',
            items: object({ action: TEXT, effect: TEXT }, { step: TEXT }),
          },
        },
        { workflow: TEXT, action: TEXT },
      ),
    },
    effects: { ...EFFECTS, description: '`token` and `once` change something a second time.' },
    total: { ...COUNT, description: 'Runs that match, however many.' },
    actions: {
      type: 'array',
      description: 'How often each action that happened, or may have, would be done again, over all runs.',
      items: object({ action: TEXT, effect: TEXT, count: COUNT }),
    },
    confirm: { ...TEXT, description: 'Sent back, it says yes to exactly this list.' },
  }),
  ReplayBatch: object(
    {
      id: TEXT,
      status: { type: 'string', enum: ['running', 'done', 'canceled'] },
      per_second: { type: 'number' },
      total: { ...COUNT, description: 'Runs that were confirmed.' },
      replayed: COUNT,
      refused: COUNT,
      created_at: TIME,
      created_by: { ...TEXT, description: 'Name of the API key.' },
    },
    {
      finished_at: TIME,
      refusals: {
        type: 'array',
        description: 'The first 100 runs that could not be replayed, and why. Not in lists.',
        items: object({ run: TEXT, code: TEXT, message: TEXT }),
      },
    },
  ),
  ReplayResult: object(
    { run: TEXT },
    {
      replay: { ...TEXT, description: 'The new run.' },
      code: { ...TEXT, description: 'Why there is none.' },
      message: TEXT,
    },
  ),
};

interface Body extends ReplayChoice {
  filter: FilterQuery;
  confirm?: string;
  per_second: number;
}

/** Replay of many runs: look first, then confirm what was seen. */
export function replayRoutes({ ctx }: Serving): Route[] {
  const tag = 'Runs';
  return [
    route<unknown, Body>({
      method: 'POST',
      path: '/v1/runs/replay',
      operation: 'replay_runs',
      tag,
      summary: 'Look at what a replay of many runs would do, then do it.',
      description:
        'Without `confirm` nothing is done: the answer lists each run with what it would do again. With the `confirm` of that answer the runs are replayed, at a rate; sent again, it begins nothing. There may be any number of runs; those that end after the dry run are left for the next.',
      body: BODY,
      answers: {
        200: { description: 'The dry run.', schema: ref('ReplaysPreview') },
        202: {
          description: 'The replays have begun.',
          schema: ref('ReplayBatch'),
          headers: { Location: 'Where their progress is read.' },
        },
      },
      async handle({ caller, body }) {
        const { confirm, filter: given, from, version, per_second: perSecond } = body;
        const filter = await filterOf(ctx, caller.tenant, given);
        const request: ManyReplays = { filter, from, version };
        if (confirm === undefined) {
          const { singleActions, ...preview } = await previewReplays(ctx, caller.tenant, request);
          // Without this answer nobody has the `confirm` with which it begins.
          for (const action of singleActions) requireActionRole(caller, action);
          return { status: 200, body: preview };
        }
        const { tenant, keyId, name, from: address } = caller;
        const actor = { tenant, keyId, name, ...(address === undefined ? {} : { from: address }) };
        const batch = await beginBatch(ctx, actor, { ...request, confirm, perSecond });
        await audit(ctx, caller, {
          action: 'replay.create',
          target: { kind: 'replay', id: batch.id },
          details: { runs: batch.total, per_second: perSecond },
        });
        return { status: 202, headers: { location: `/v1/replays/${batch.id}` }, body: show(batch) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/replays',
      operation: 'list_replays',
      tag,
      summary: 'List the last 200 replays of many runs, newest first; they are kept for 30 days.',
      answers: {
        200: {
          description: 'The replays.',
          schema: object(
            { items: { type: 'array', items: ref('ReplayBatch') }, next_cursor: { type: 'null' } },
            UNREADABLE,
          ),
        },
      },
      async handle({ caller }) {
        const { items, unreadable } = await listBatches(ctx, caller.tenant);
        const shown = readEach(ctx, 'replay', { records: items, idOf: ({ id }) => id, read: summarize });
        return {
          status: 200,
          body: { ...withUnreadable(shown.items, unreadable, shown.unreadable), next_cursor: null },
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/replays/{id}',
      operation: 'get_replay',
      tag,
      summary: 'Read how far a replay of many runs is.',
      answers: { 200: { description: 'The replay.', schema: ref('ReplayBatch') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: show(await getBatch(ctx, caller.tenant, params.id!)),
      }),
    }),
    route<Paging>({
      method: 'GET',
      path: '/v1/replays/{id}/results',
      operation: 'list_replay_results',
      tag,
      summary: 'List what became of the runs so far, oldest run first.',
      query: PAGING,
      answers: { 200: { description: 'One page.', schema: listOf('ReplayResult') } },
      async handle({ caller, params, query }) {
        const skip = query.cursor === undefined ? 0 : Number(query.cursor);
        if (!Number.isSafeInteger(skip) || skip < 0) throw unknownCursor(query.cursor!);
        const { limit } = query;
        const found = await listResults(ctx, caller.tenant, { id: params.id!, skip, limit: limit + 1 });
        const next_cursor = found.length > limit ? String(skip + limit) : null;
        return { status: 200, body: { items: found.slice(0, limit), next_cursor } };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/replays/{id}/cancel',
      operation: 'cancel_replay',
      tag,
      summary: 'Begin no more replays; those that have begun go on. One that has ended stays as it is.',
      answers: { 200: { description: 'The replay.', schema: ref('ReplayBatch') } },
      async handle({ caller, params }) {
        const { id } = await getBatch(ctx, caller.tenant, params.id!);
        await endBatch(ctx, id, 'canceled');
        await audit(ctx, caller, { action: 'replay.cancel', target: { kind: 'replay', id } });
        return { status: 200, body: show(await getBatch(ctx, caller.tenant, id)) };
      },
    }),
  ];
}

function summarize(batch: BatchProgress) {
  const { refusals: _refusals, ...rest } = show(batch);
  return rest;
}

function show(batch: BatchProgress) {
  const { id, status, perSecond, total, replayed, refused, refusals, actor, created_at, finished_at } = batch;
  return {
    id,
    status,
    per_second: perSecond,
    total,
    replayed,
    refused,
    created_at: toTimestamp(created_at),
    created_by: actor.name,
    ...(finished_at === undefined ? {} : { finished_at: toTimestamp(finished_at) }),
    refusals,
  };
}
