import type { JsonObject } from '../connector/manifest.ts';
import type { Context } from '../engine/context.ts';
import { pauseByHand, resume } from '../engine/polling/trigger-health.ts';
import { TRIGGER_STATES, viewTrigger } from '../engine/polling/trigger-view.ts';
import { getWorkflow, type Workflow } from '../engine/workflows/workflows.ts';
import { OPTIONAL_TIME, pollingWorkflow, showCursor } from './cursors.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { noteWorkflow } from './workflows.ts';

/** Null: not known. */
const OPTIONAL_NUMBER: JsonObject = { type: ['number', 'null'], minimum: 0 };

const PAUSE_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { title: 'Reason', type: 'string', maxLength: 500, default: 'paused by hand' } },
};

export const triggerHealthSchemas: JsonObject = {
  TriggerHealth: object(
    {
      workflow: TEXT,
      state: {
        type: 'string',
        enum: [...TRIGGER_STATES],
        description:
          'draft and disabled do not tick; authentication must be renewed by a person; paused waits for resume; not_delivering has open dead letters and delivered nothing since; failing polls later and later; late should have ticked and did not.',
      },
      next_tick_at: OPTIONAL_TIME,
    },
    {
      waiting_run: {
        ...object({
          due_at: { type: 'string', format: 'date-time' },
          quota: object({ name: TEXT, limit: COUNT, used: COUNT }),
        }),
        description:
          'Of a schedule: a run that is due and waits until a quota of the tenant leaves room; it is tried again every 15 seconds.',
      },
      cursor: ref('Cursor'),
      lag: {
        ...object({
          seconds: { ...OPTIONAL_NUMBER, description: 'Age of the oldest, of a source whose events have a time.' },
          rows: OPTIONAL_NUMBER,
          versions: { ...OPTIONAL_NUMBER, description: 'Of a table whose changes are read.' },
        }),
        description: 'What is not delivered yet; null where it is not known, 0 when everything is delivered.',
      },
      future_rows: { ...COUNT, description: 'Rows that are held back because their cursor is in the future.' },
      dead_letters_open: { ...COUNT, description: 'Pages that were given up and not delivered by a replay since.' },
      warnings: {
        type: 'array',
        description:
          'What one should know of the source that was read, such as a cursor that is coarser than rows arrive, or a table that was replaced.',
        items: object({
          pointer: { ...TEXT, description: 'JSON pointer into the workflow.' },
          code: TEXT,
          message: TEXT,
        }),
      },
      since_success_seconds: { type: 'number', description: 'From the last poll or page that went well until now.' },
    },
  ),
};

/** How the trigger of a workflow fares, and the pause of a trigger that polls. */
export function triggerHealthRoutes({ ctx }: Serving): Route[] {
  const tag = 'Workflows';
  const answers = { 200: { description: 'How the trigger fares.', schema: ref('TriggerHealth') } };
  return [
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/trigger',
      operation: 'get_trigger_health',
      tag,
      summary: 'Read how the trigger of a workflow fares: its state, lag, last success and failures.',
      answers,
      async handle({ caller, params }) {
        return { status: 200, body: await show(ctx, await getWorkflow(ctx, caller.tenant, params.id!)) };
      },
    }),
    route<unknown, { reason: string }>({
      method: 'POST',
      path: '/v1/workflows/{id}/pause',
      operation: 'pause_workflow',
      tag,
      summary: 'Stop polling until resume; what is in flight is delivered still.',
      description: 'For a trigger that polls. A second pause keeps the first reason.',
      body: PAUSE_BODY,
      answers,
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        const { caller, body } = call;
        const { reason } = body;
        await pauseByHand(ctx, { tenant: caller.tenant, workflow: workflow.id, by: caller.name, reason });
        await noteWorkflow(ctx, call, { verb: 'pause', workflow, details: { reason } });
        return { status: 200, body: await show(ctx, workflow) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/workflows/{id}/resume',
      operation: 'resume_workflow',
      tag,
      summary: 'Poll again, at once and without waiting for a backoff.',
      answers,
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        const { id } = workflow;
        await resume(ctx, { tenant: call.caller.tenant, workflow: id, cursor: id });
        await noteWorkflow(ctx, call, { verb: 'resume', workflow });
        return { status: 200, body: await show(ctx, workflow) };
      },
    }),
  ];
}

async function show(ctx: Context, workflow: Workflow) {
  const {
    state,
    cursor,
    lag,
    futureRows,
    deadLettersOpen,
    nextTickAt,
    waitingRun,
    warnings = [],
  } = await viewTrigger(ctx, workflow);
  const success = cursor?.lastSuccessAt ?? null;
  return {
    workflow: workflow.id,
    state,
    next_tick_at: nextTickAt === undefined ? null : new Date(nextTickAt).toISOString(),
    ...(waitingRun === undefined
      ? {}
      : { waiting_run: { due_at: new Date(waitingRun.dueAt).toISOString(), quota: waitingRun.quota } }),
    ...(cursor === undefined ? {} : { cursor: showCursor(cursor) }),
    ...(lag === undefined ? {} : { lag }),
    ...(futureRows === undefined ? {} : { future_rows: futureRows }),
    ...(deadLettersOpen === undefined ? {} : { dead_letters_open: deadLettersOpen }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(success === null ? {} : { since_success_seconds: Math.max(0, ctx.clock.now() - success) / 1000 }),
  };
}
