import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import { type ManyReplays, previewReplays } from '../engine/replay/bulk-replay-plan.ts';
import {
  type BulkReplayProgress,
  endBatch,
  getBatch,
  listBatches,
  listResults,
  startBulkReplay,
} from '../engine/replay/bulk-replays.ts';
import type { ReplayChoice } from '../engine/replay/replay-plan.ts';
import { showPage } from '../engine/store/list-pages.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { requireActionRole } from './http/auth.ts';
import { listRoute } from './http/list-route.ts';
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
      '`start`: all steps. `failed`: only steps that did not succeed. A step: that step and all steps that need it. The outputs of the other steps are reused.',
  },
  version: {
    title: 'Version',
    enum: ['same', 'newest'],
    default: 'same',
    description: 'Version of the workflow: the one of the run, or the newest published one.',
  },
};

/** As many as a person selects; more are found by a filter. */
const MAX_RUN_IDS = 500;

const RUN_IDS: JsonObject = {
  title: 'Runs',
  type: 'array',
  minItems: 1,
  maxItems: MAX_RUN_IDS,
  items: { type: 'string', pattern: '^run_[0-9a-z]{1,100}$' },
  description: `Ids of runs, at most ${MAX_RUN_IDS}: only these, as far as they match the other fields.`,
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
      properties: { ...RUN_FILTER, runs: RUN_IDS },
      description: 'The runs to replay. Runs that have not ended or were already replayed are skipped.',
    },
    ...REPLAY_CHOICE,
    confirm: {
      title: 'Confirm',
      type: 'string',
      description: 'The `confirm` value of a dry run. Without it, the request is a dry run.',
    },
    per_second: {
      title: 'Runs per second',
      type: 'number',
      minimum: 1,
      maximum: 100,
      default: 10,
      description: 'How many replays start per second.',
    },
  },
};

const EFFECTS = object({ safe: COUNT, idempotent: COUNT, token: COUNT, once: COUNT });

export const replaySchemas: JsonObject = {
  BulkReplayPreview: object({
    runs: {
      type: 'array',
      description: 'The oldest 1,000 runs, oldest first.',
      items: object(
        {
          run: TEXT,
          repeated: {
            type: 'array',
            description:
              'Effects that happened, or may have happened, and would be repeated. Empty if the replay is refused for good.',
            items: object({ action: TEXT, effect: TEXT }, { step: TEXT }),
          },
        },
        {
          workflow: TEXT,
          action: TEXT,
          refusal: { ...object({ code: TEXT, message: TEXT }), description: 'Why it could not be replayed now.' },
        },
      ),
    },
    effects: { ...EFFECTS, description: '`token` and `once` have their effect a second time.' },
    total: { ...COUNT, description: 'Number of all matching runs.' },
    actions: {
      type: 'array',
      description: 'How often each action would be repeated, over all matching runs.',
      items: object({ action: TEXT, effect: TEXT, count: COUNT }),
    },
    refused: {
      ...object({
        count: COUNT,
        reasons: { type: 'array', maxItems: 20, items: object({ code: TEXT, message: TEXT, count: COUNT }) },
      }),
      description:
        'Matching runs that could not be replayed now, with the most frequent reasons. Each is tried again when its turn comes.',
    },
    confirm: { ...TEXT, description: 'Send it back to confirm exactly this list.' },
  }),
  BulkReplay: object(
    {
      id: TEXT,
      status: { type: 'string', enum: ['running', 'done', 'canceled'] },
      per_second: { type: 'number' },
      total: { ...COUNT, description: 'Number of confirmed runs.' },
      replayed: COUNT,
      refused: COUNT,
      created_at: TIME,
      created_by: { ...TEXT, description: 'Name of the API key.' },
    },
    {
      finished_at: TIME,
      refusals: {
        type: 'array',
        description: 'The first 100 runs that could not be replayed, with the reason. Omitted in lists.',
        items: object({ run: TEXT, code: TEXT, message: TEXT }),
      },
    },
  ),
  BulkReplayResult: object(
    { run: TEXT },
    {
      replay: { ...TEXT, description: 'The new run.' },
      code: { ...TEXT, description: 'Error code if the run could not be replayed.' },
      message: TEXT,
    },
  ),
};

interface Body extends ReplayChoice {
  filter: FilterQuery & { runs?: string[] };
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
      operation: 'create_bulk_replay',
      failures: [404],
      tag,
      summary: 'Preview or start a bulk replay.',
      description:
        'Without `confirm`, the request is a dry run: the response lists each run with the effects that it would repeat. Send the `confirm` value of that response to start the bulk replay; sending it again starts nothing. The number of runs is not limited. Runs that end after the dry run are not included.',
      body: BODY,
      answers: {
        200: { description: 'The result of the dry run.', schema: ref('BulkReplayPreview') },
        202: {
          description: 'The bulk replay has started.',
          schema: ref('BulkReplay'),
          headers: { Location: 'Path of the bulk replay.' },
        },
      },
      async handle({ caller, body }) {
        const { confirm, from, version, per_second: perSecond } = body;
        const { runs: ids, ...given } = body.filter;
        const filter = { ...(await filterOf(ctx, caller.tenant, given)), ...(ids && { ids }) };
        const request: ManyReplays = { filter, from, version };
        if (confirm === undefined) {
          const { singleActions, ...preview } = await previewReplays(ctx, caller.tenant, request);
          // Without this answer nobody has the `confirm` with which it begins.
          for (const action of singleActions) requireActionRole(ctx, caller, action);
          return { status: 200, body: preview };
        }
        const { tenant, keyId, name, from: address } = caller;
        const actor = { tenant, keyId, name, ...(address === undefined ? {} : { from: address }) };
        const batch = await startBulkReplay(ctx, actor, { ...request, confirm, perSecond });
        await audit(ctx, caller, {
          action: 'bulk_replay.create',
          target: { kind: 'bulk_replay', id: batch.id },
          details: { runs: batch.total, per_second: perSecond },
        });
        return { status: 202, headers: { location: `/v1/replays/${batch.id}` }, body: show(batch) };
      },
    }),
    listRoute({
      path: '/v1/replays',
      operation: 'list_bulk_replays',
      tag,
      summary: 'List bulk replays, newest first. They are kept for 30 days.',
      item: 'BulkReplay',
      page: 'A page of bulk replays.',
      read: async ({ caller }, page) =>
        showPage(ctx, 'replay', await listBatches(ctx, caller.tenant, page), {
          idOf: ({ id }) => id,
          read: summarizeReplay,
        }),
    }),
    route({
      method: 'GET',
      path: '/v1/replays/{id}',
      operation: 'get_bulk_replay',
      tag,
      summary: 'Get a bulk replay with its progress.',
      answers: { 200: { description: 'The bulk replay.', schema: ref('BulkReplay') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: show(await getBatch(ctx, caller.tenant, params.id!)),
      }),
    }),
    listRoute({
      path: '/v1/replays/{id}/results',
      operation: 'list_bulk_replay_results',
      tag,
      summary: 'List the results of a bulk replay, newest first.',
      item: 'BulkReplayResult',
      page: 'A page of results.',
      read: ({ caller, params }, page) => listResults(ctx, caller.tenant, { id: params.id!, ...page }),
    }),
    route({
      method: 'POST',
      path: '/v1/replays/{id}/cancel',
      operation: 'cancel_bulk_replay',
      tag,
      summary:
        'Cancel a bulk replay. Replays that have started continue. A bulk replay that has ended does not change.',
      answers: { 200: { description: 'The bulk replay.', schema: ref('BulkReplay') } },
      async handle({ caller, params }) {
        const { id } = await getBatch(ctx, caller.tenant, params.id!);
        await endBatch(ctx, id, 'canceled');
        await audit(ctx, caller, { action: 'bulk_replay.cancel', target: { kind: 'bulk_replay', id } });
        return { status: 200, body: show(await getBatch(ctx, caller.tenant, id)) };
      },
    }),
  ];
}

/** A bulk replay as lists show it. */
export function summarizeReplay(batch: BulkReplayProgress) {
  const { refusals: _refusals, ...rest } = show(batch);
  return rest;
}

function show(batch: BulkReplayProgress) {
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
