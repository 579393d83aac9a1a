import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/audit.ts';
<<<<<<< HEAD
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
=======
import { previewReplays, replayMany } from '../engine/replay-many.ts';
import type { ReplayChoice } from '../engine/replay-plan.ts';
import { RUN_STATUSES } from '../engine/runs.ts';
import { type Route, route } from './route.ts';
import { filterOf, type ListFilter } from './runs.ts';
import { COUNT, object, ref, TEXT } from './schemas.ts';
import type { Serving } from './serving.ts';

/** From where, and by which version; of one replay and of many. */
export const REPLAY_CHOICE: JsonObject = {
  from: {
    title: 'From',
    description:
      '`start`; `failed`: only what did not succeed, and what stands behind it; or a step and all that need it.',
    default: 'start',
    oneOf: [
      { type: 'string', enum: ['start', 'failed'] },
      { type: 'object', required: ['step'], additionalProperties: false, properties: { step: { type: 'string' } } },
    ],
  },
  version: {
    title: 'Version',
    type: 'string',
    enum: ['same', 'newest'],
    default: 'same',
    description: 'Of the workflow: that of the run, or the one that is published now.',
>>>>>>> 9f3f4ea (wip)
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
<<<<<<< HEAD
      properties: RUN_FILTER,
      description: 'Which runs; those that have not ended or were replayed already are left out.',
=======
      description: 'As for GET /v1/runs. Runs that were replayed already are left out.',
      properties: {
        status: { type: 'string', enum: [...RUN_STATUSES] },
        action: { type: 'string' },
        workflow: { type: 'string', description: 'Id or name.' },
        linked_account: { type: 'string', description: 'Id or name.' },
        code: { type: 'string' },
        from: { type: 'string', format: 'date-time' },
        to: { type: 'string', format: 'date-time' },
      },
>>>>>>> 9f3f4ea (wip)
    },
    ...REPLAY_CHOICE,
    confirm: {
      title: 'Confirm',
      type: 'string',
<<<<<<< HEAD
      description: 'From the dry run; left out, this is one.',
=======
      description: 'Of the dry run: replays exactly what it showed. Left out, nothing is replayed.',
>>>>>>> 9f3f4ea (wip)
    },
  },
};

<<<<<<< HEAD
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
=======
const repeated = object({ action: TEXT, effect: TEXT }, { step: TEXT });

export const replaySchemas: JsonObject = {
  ReplayPreview: object({
    runs: {
      type: 'array',
      description: 'Oldest first, 1,000 at most.',
      items: object({ run: TEXT, repeated: { type: 'array', items: repeated } }, { workflow: TEXT, action: TEXT }),
    },
    effects: {
      ...object({ safe: COUNT, idempotent: COUNT, token: COUNT, once: COUNT }),
      description: 'How many actions of each effect would be done again; token and once write again.',
    },
    is_cut: { type: 'boolean', description: 'More runs match than are taken at once.' },
    confirm: { ...TEXT, description: 'Send it to replay exactly these.' },
>>>>>>> 9f3f4ea (wip)
  }),
  Replays: object({
    replayed: { type: 'array', items: object({ run: TEXT, replay: TEXT }) },
    refused: { type: 'array', items: object({ run: TEXT, message: TEXT }) },
  }),
};

<<<<<<< HEAD
interface Body extends ReplayChoice {
  filter: FilterQuery;
  confirm?: string;
}

/** Replay of many runs: look first, then confirm what was seen. */
export function replayRoutes({ ctx }: Serving): Route[] {
  return [
    route<unknown, Body>({
=======
/** `POST /v1/runs/replay`: many at once, after a dry run. */
export function replayRoutes({ ctx }: Serving): Route[] {
  return [
    route<unknown, ReplayChoice & { filter: ListFilter; confirm?: string }>({
>>>>>>> 9f3f4ea (wip)
      method: 'POST',
      path: '/v1/runs/replay',
      operation: 'replay_runs',
      tag: 'Runs',
<<<<<<< HEAD
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
=======
      summary: 'Replay every run that a filter finds, after a dry run.',
      description:
        'Without `confirm` the answer says what would be done again, and nothing is. With the `confirm` of that answer it is done, unless other runs match by then.',
      body: BODY,
      answers: {
        200: { description: 'The dry run.', schema: ref('ReplayPreview') },
        202: { description: 'The replays, stored and going on.', schema: ref('Replays') },
      },
      async handle({ caller, body }) {
        const { from, version, confirm } = body;
        const filter = await filterOf(ctx, caller.tenant, body.filter);
        if (confirm === undefined) {
          return { status: 200, body: await previewReplays(ctx, caller.tenant, { filter, from, version }) };
        }
        const made = await replayMany(ctx, caller.tenant, { filter, from, version, confirm });
        const details = { replayed: made.replayed.length, refused: made.refused.length };
        await audit(ctx, caller, { action: 'run.replay_many', target: { kind: 'run', id: confirm }, details });
>>>>>>> 9f3f4ea (wip)
        return { status: 202, body: made };
      },
    }),
  ];
}
