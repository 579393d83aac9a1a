import type { JsonObject } from '../connector/manifest.ts';
import type { Context } from '../engine/context.ts';
import { pauseManually, resume } from '../engine/polling/trigger-health.ts';
import { TRIGGER_STATES, viewTrigger } from '../engine/polling/trigger-view.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import { getWorkflow } from '../engine/workflows/workflows.ts';
import { OPTIONAL_TIME, pollingWorkflow, showCursor } from './cursors.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { noteWorkflow } from './workflow-audit.ts';

/** Null: not known. */
const OPTIONAL_NUMBER: JsonObject = { type: ['number', 'null'], minimum: 0 };

const PAUSE_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { title: 'Reason', type: 'string', maxLength: 500, default: 'paused manually' } },
};

export const triggerHealthSchemas: JsonObject = {
  TriggerHealth: object(
    {
      workflow: TEXT,
      state: {
        type: 'string',
        enum: [...TRIGGER_STATES],
        description:
          '`draft` and `disabled`: the trigger does not run. `authentication`: a person must renew the authentication. `paused`: waits for resume. `not_delivering`: has unresolved dead letters and delivered nothing since. `failing`: polls with increasing backoff. `late`: missed its schedule.',
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
          'For a schedule: a run that is due but waits because a quota of the tenant is exhausted. It is retried every 15 seconds.',
      },
      cursor: ref('Cursor'),
      lag: {
        ...object({
          seconds: {
            ...OPTIONAL_NUMBER,
            description: 'Age of the oldest undelivered event, for sources whose events have a time.',
          },
          rows: OPTIONAL_NUMBER,
          versions: {
            ...OPTIONAL_NUMBER,
            description: 'Number of table versions that are not read yet, for the change feed of a table.',
          },
        }),
        description: 'What is not delivered yet: 0 when everything is delivered, null when unknown.',
      },
      future_rows: { ...COUNT, description: 'Rows held back because their cursor value is in the future.' },
      dead_letters_open: {
        ...COUNT,
        description: 'Event batches that were dead-lettered and have not been delivered by a replay since.',
      },
      warnings: {
        type: 'array',
        description:
          'Warnings about the source, such as a cursor column with too coarse a resolution or a table that was replaced.',
        items: object({
          pointer: { ...TEXT, description: 'JSON pointer into the workflow.' },
          code: TEXT,
          message: TEXT,
        }),
      },
      since_success_seconds: { type: 'number', description: 'Time since the last successful poll or delivery.' },
    },
  ),
};

/** How the trigger of a workflow is doing, and the pause of a trigger that polls. */
export function triggerHealthRoutes({ ctx }: Serving): Route[] {
  const tag = 'Workflows';
  const answers = { 200: { description: 'The health of the trigger.', schema: ref('TriggerHealth') } };
  return [
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/trigger',
      operation: 'get_trigger_health',
      tag,
      summary: 'Get the health of the trigger: state, lag, last success and failures.',
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
      summary: 'Pause polling until you resume it. The event batch in flight is still delivered.',
      description: 'Only for polling triggers. Pausing again keeps the first reason.',
      body: PAUSE_BODY,
      answers,
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        const { caller, body } = call;
        const { reason } = body;
        await pauseManually(ctx, { tenant: caller.tenant, workflow: workflow.id, by: caller.name, reason });
        await noteWorkflow(ctx, call, { verb: 'pause', workflow, details: { reason } });
        return { status: 200, body: await show(ctx, workflow) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/workflows/{id}/resume',
      operation: 'resume_workflow',
      tag,
      summary: 'Resume polling immediately, without waiting for a backoff.',
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
