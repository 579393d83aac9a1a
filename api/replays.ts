import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/audit.ts';
import { type ManyReplays, previewReplays, replayMany } from '../engine/replay-many.ts';
import type { ReplayChoice } from '../engine/replay-plan.ts';
import { type Route, route } from './route.ts';
import { type FilterQuery, filterOf, RUN_FILTER } from './runs.ts';
import { COUNT, object, ref, TEXT } from './schemas.ts';
import type { Serving } from './serving.ts';

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
  Replays: object({
    replayed: { type: 'array', items: object({ run: TEXT, replay: TEXT }) },
    refused: { type: 'array', items: object({ run: TEXT, message: TEXT }) },
  }),
};

interface Body extends ReplayChoice {
  filter: FilterQuery;
  confirm?: string;
}

/** Replay of many runs: look first, then confirm what was seen. */
export function replayRoutes({ ctx }: Serving): Route[] {
  return [
    route<unknown, Body>({
      method: 'POST',
      path: '/v1/runs/replay',
      operation: 'replay_runs',
      tag: 'Runs',
      summary: 'Look at what a replay of many runs would do, then do it.',
      description:
        'Without `confirm` nothing is done: the answer lists each run with what it would do again. With the `confirm` of that answer the runs are replayed; sent again, it makes no second replay.',
      body: BODY,
      answers: {
        200: { description: 'The dry run.', schema: ref('ReplaysPreview') },
        202: { description: 'The replays, stored and going on.', schema: ref('Replays') },
      },
      async handle({ caller, body }) {
        const { confirm, filter: given, from, version } = body;
        const filter = await filterOf(ctx, caller.tenant, given);
        const request: ManyReplays = { filter, from, version };
        if (confirm === undefined) return { status: 200, body: await previewReplays(ctx, caller.tenant, request) };
        const made = await replayMany(ctx, caller.tenant, { ...request, confirm });
        for (const { run, replay } of made.replayed) {
          await audit(ctx, caller, { action: 'run.replay', target: { kind: 'run', id: run }, details: { replay } });
        }
        return { status: 202, body: made };
      },
    }),
  ];
}
