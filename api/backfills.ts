import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import { cancelRange, listRanges, type Range } from '../engine/cursors/backfills.ts';
import { startRange } from '../engine/polling/start-backfill.ts';
import { showPage } from '../engine/store/list-pages.ts';
import { assertEnabled } from '../engine/workflows/workflows.ts';
import { pollingWorkflow } from './cursors.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const BODY: JsonObject = {
  type: 'object',
  required: ['until'],
  additionalProperties: false,
  properties: {
    after: {
      title: 'After',
      type: 'string',
      minLength: 1,
      description: 'Start after this value of the cursor column. Omit it to start at the first row.',
    },
    until: { title: 'Until', type: 'string', minLength: 1, description: 'Stop after this value (inclusive).' },
  },
};

export const backfillSchemas: JsonObject = {
  Backfill: object(
    {
      id: TEXT,
      workflow: TEXT,
      after: { type: ['string', 'null'] },
      until: TEXT,
      status: { type: 'string', enum: ['running', 'done', 'canceled'] },
      created_at: TIME,
    },
    {
      finished_at: TIME,
      events: { ...COUNT, description: 'Events delivered so far.' },
      failures: { ...COUNT, description: 'Consecutive failures.' },
      last_error: { type: ['string', 'null'] },
    },
  ),
};

/** `/v1/workflows/{id}/backfills`: a range of a source delivered once more beside the live sync, with a cursor of its own. */
export function backfillRoutes({ ctx }: Serving): Route[] {
  const tag = 'Cursors';
  return [
    listRoute({
      path: '/v1/workflows/{id}/backfills',
      operation: 'list_backfills',
      tag,
      summary:
        'List the backfills of a workflow with their progress, newest first. Those that have ended are kept for 30 days.',
      item: 'Backfill',
      page: 'A page of backfills.',
      async read(call, page) {
        const { id } = await pollingWorkflow(ctx, call);
        return showPage(ctx, 'range', await listRanges(ctx, id, page), { idOf: (range) => range.id, read: show });
      },
    }),
    route<unknown, { after?: string; until: string }>({
      method: 'POST',
      path: '/v1/workflows/{id}/backfills',
      operation: 'create_backfill',
      tag,
      summary: 'Create a backfill: deliver part of the source again, in parallel with the live sync.',
      description:
        'Events keep their ids, so that consumers can ignore the ones that they already know. The cursor of the trigger does not move.',
      body: BODY,
      answers: { 201: { description: 'The backfill.', schema: ref('Backfill') } },
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        assertEnabled(workflow);
        const { after, until } = call.body;
        const range = await startRange(ctx, workflow, { after, until, by: call.caller.name });
        await audit(ctx, call.caller, {
          action: 'backfill.create',
          target: { kind: 'workflow', id: workflow.id, name: workflow.name },
          details: { backfill: range.id, after: range.after, until },
        });
        return { status: 201, body: show(range) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/workflows/{id}/backfills/{backfill_id}/cancel',
      operation: 'cancel_backfill',
      tag,
      summary:
        'Cancel a backfill. The event batch in flight is still delivered. A backfill that has ended does not change.',
      answers: { 200: { description: 'The backfill.', schema: ref('Backfill') } },
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        const range = await cancelRange(ctx, workflow.id, call.params.backfill_id!);
        await audit(ctx, call.caller, {
          action: 'backfill.cancel',
          target: { kind: 'workflow', id: workflow.id, name: workflow.name },
          details: { backfill: range.id },
        });
        return { status: 200, body: show(range) };
      },
    }),
  ];
}

function show({ tenant: _tenant, created_at, finished_at, ...range }: Range) {
  return {
    ...range,
    created_at: new Date(created_at).toISOString(),
    ...(finished_at === undefined ? {} : { finished_at: new Date(finished_at).toISOString() }),
  };
}
