import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import { type BatchProgress, beginBatch, endBatch, getBatch, listBatches } from '../engine/replay/replay-batches.ts';
import { type ManyReplays, previewReplays } from '../engine/replay/replay-many.ts';
import type { ReplayChoice } from '../engine/replay/replay-plan.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
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
      description: 'Oldest first.',
      items: object(
        {
          run: TEXT,
          repeated: {
            type: 'array',
            description: 'What would be done again.',
            items: object({ action: TEXT, effect: TEXT }, { step: TEXT }),
          },
        },
        { workflow: TEXT, action: TEXT },
      ),
    },
    effects: { ...EFFECTS, description: '`token` and `once` change something a second time.' },
    is_cut: { type: 'boolean', description: 'There are more; they come with the next call.' },
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
      results: {
        type: 'array',
        description: 'So far, oldest run first; a run that could not be replayed says why. Not in lists.',
        items: object({ run: TEXT }, { replay: TEXT, code: TEXT, message: TEXT }),
      },
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
        'Without `confirm` nothing is done: the answer lists each run with what it would do again. With the `confirm` of that answer the runs are replayed, at a rate; sent again, it begins nothing. At most 1000 runs at once.',
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
        if (confirm === undefined) return { status: 200, body: await previewReplays(ctx, caller.tenant, request) };
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
          schema: object({ items: { type: 'array', items: ref('ReplayBatch') }, next_cursor: { type: 'null' } }),
        },
      },
      async handle({ caller }) {
        const items = (await listBatches(ctx, caller.tenant)).map(show).map(({ results: _results, ...rest }) => rest);
        return { status: 200, body: { items, next_cursor: null } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/replays/{id}',
      operation: 'get_replay',
      tag,
      summary: 'Read how far a replay of many runs is, with the replay of each run.',
      answers: { 200: { description: 'The replay.', schema: ref('ReplayBatch') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: show(await getBatch(ctx, caller.tenant, params.id!)),
      }),
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

function show({ id, status, perSecond, total, results, actor, created_at, finished_at }: BatchProgress) {
  const replayed = results.filter((result) => 'replay' in result).length;
  return {
    id,
    status,
    per_second: perSecond,
    total,
    replayed,
    refused: results.length - replayed,
    created_at: new Date(created_at).toISOString(),
    created_by: actor.name,
    ...(finished_at === undefined ? {} : { finished_at: new Date(finished_at).toISOString() }),
    results,
  };
}
