import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/audit.ts';
import { pauseCursor, readCursor } from '../engine/cursors.ts';
import { endRange, listRanges, type Range, startRange } from '../engine/ranges.ts';
import { type StepTest, testStep } from '../engine/test-step.ts';
import { resume } from '../engine/trigger-health.ts';
import { getWorkflow, publishWorkflow, renewHook } from '../engine/workflows.ts';
import { pollingWorkflow, showCursor } from './cursors.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './hold.ts';
import { type Call, type Route, route } from './route.ts';
import { accepted } from './runs.ts';
import { COUNT, object, ref, TEXT, TIME } from './schemas.ts';
import type { Serving } from './serving.ts';
import { noteWorkflow, showWorkflow } from './workflows.ts';

const NO_BODY: JsonObject = { type: 'object', additionalProperties: false, properties: {} };

const TEST_BODY: JsonObject = {
  type: 'object',
  required: ['step'],
  additionalProperties: false,
  properties: {
    step: { title: 'Step', type: 'string' },
    version: { title: 'Version', type: 'integer', minimum: 1, description: 'Left out: the newest, also a draft.' },
    run: { title: 'Run', type: 'string', description: 'Of the workflow: its trigger and outputs are read.' },
    trigger: { title: 'Trigger', description: 'Read instead, without a run.' },
    outputs: { title: 'Outputs', type: 'object', description: 'By step, read instead.' },
    item: { title: 'Item', description: 'Of a step with for_each.' },
    input: { title: 'Input', type: 'object', description: "In place of the step's own, expressions and all." },
  },
};

const RANGE_BODY: JsonObject = {
  type: 'object',
  required: ['until'],
  additionalProperties: false,
  properties: {
    after: { title: 'After', type: 'string', minLength: 1, description: 'Cursor value; left out, from the first row.' },
    until: { title: 'Until', type: 'string', minLength: 1, description: 'Cursor value, included.' },
  },
};

export const workflowControlSchemas: JsonObject = {
  Range: object(
    {
      id: TEXT,
      after: { type: ['string', 'null'] },
      until: TEXT,
      status: TEXT,
      events: COUNT,
      failures: COUNT,
      created_at: TIME,
    },
    { last_error: { type: ['string', 'null'] }, finished_at: TIME },
  ),
};

/** What is done with a workflow beside changing it: publish, try a step, pause, deliver a range again. */
export function workflowControlRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  const workflowOf = ({ caller, params }: Call) => getWorkflow(ctx, caller.tenant, params.id!);
  return [
    route<unknown, { version?: number }>({
      method: 'POST',
      path: '/v1/workflows/{id}/publish',
      operation: 'publish_workflow',
      tag: 'Workflows',
      summary: 'Make the newest draft, or another version, the one that ticks and runs use.',
      description: 'Runs in hand keep their version. An earlier version comes back the same way.',
      body: { ...NO_BODY, properties: { version: { title: 'Version', type: 'integer', minimum: 1 } } },
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const { id } = await workflowOf(call);
        const workflow = await publishWorkflow(ctx, call.caller.tenant, { id, version: call.body.version });
        await noteWorkflow(ctx, call, { verb: 'publish', workflow });
        return { status: 200, body: await showWorkflow(ctx, workflow) };
      },
    }),
    route<unknown, Omit<StepTest, 'id'>>({
      method: 'POST',
      path: '/v1/workflows/{id}/test_step',
      operation: 'test_step',
      tag: 'Workflows',
      summary: 'Run one step by itself, for real, with recorded or sample values.',
      requestHeaders: PREFER_HEADER,
      body: TEST_BODY,
      makesOneRun: true,
      answers: {
        200: { description: 'The run, ended within the preferred wait.', schema: ref('Run'), headers: PREFER_ANSWER },
        202: { description: 'The run, stored and going on.', schema: ref('Run'), headers: PREFER_ANSWER },
      },
      handle: async (call) => accepted(await testStep(ctx, await workflowOf(call), { ...call.body, id: call.runId })),
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
    route({
      method: 'POST',
      path: '/v1/workflows/{id}/rotate_url',
      operation: 'rotate_hook_url',
      tag: 'Workflows',
      summary: 'Make the URL for incoming webhooks anew; the one before is none any more.',
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const { id } = await workflowOf(call);
        const workflow = await renewHook(ctx, call.caller.tenant, id);
        await noteWorkflow(ctx, call, { verb: 'rotate_url', workflow });
        return { status: 200, body: await showWorkflow(ctx, workflow) };
      },
    }),
    route<unknown, { reason?: string }>({
      method: 'POST',
      path: '/v1/workflows/{id}/cursor/pause',
      operation: 'pause_cursor',
      tag: 'Cursors',
      summary: 'Poll no more until it is resumed; what is in flight is delivered.',
      body: { ...NO_BODY, properties: { reason: { title: 'Reason', type: 'string', maxLength: 500, default: '' } } },
      answers: { 200: { description: 'The cursor.', schema: ref('Cursor') } },
      async handle(call) {
        const { id, name } = await pollingWorkflow(ctx, call);
        await pauseCursor(ctx, id, { by: call.caller.name, reason: call.body.reason ?? '' });
        await audit(ctx, call.caller, { action: 'cursor.pause', target: { kind: 'workflow', id, name } });
        return { status: 200, body: showCursor(await readCursor(ctx, id), ctx.clock.now()) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/workflows/{id}/cursor/resume',
      operation: 'resume_cursor',
      tag: 'Cursors',
      summary: 'Poll again, at once.',
      answers: { 200: { description: 'The cursor.', schema: ref('Cursor') } },
      async handle(call) {
        const { id, name, tenant } = await pollingWorkflow(ctx, call);
        await resume(ctx, { tenant, workflow: id, cursor: id });
        await audit(ctx, call.caller, { action: 'cursor.resume', target: { kind: 'workflow', id, name } });
        return { status: 200, body: showCursor(await readCursor(ctx, id), ctx.clock.now()) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/ranges',
      operation: 'list_ranges',
      tag: 'Cursors',
      summary: 'List ranges that are or were delivered beside the live sync, newest first.',
      answers: {
        200: {
          description: 'The ranges.',
          schema: object({ items: { type: 'array', items: ref('Range') }, next_cursor: { type: 'null' } }),
        },
      },
      async handle(call) {
        const { id } = await pollingWorkflow(ctx, call);
        return { status: 200, body: { items: (await listRanges(ctx, id)).map(showRange), next_cursor: null } };
      },
    }),
    route<unknown, { after?: string; until: string }>({
      method: 'POST',
      path: '/v1/workflows/{id}/ranges',
      operation: 'start_range',
      tag: 'Cursors',
      summary: 'Deliver a range of cursor values again, beside the live sync.',
      description:
        'Its events have the ids they had, by which receivers drop what they know. Of a table or query only.',
      body: RANGE_BODY,
      answers: { 202: { description: 'The range.', schema: ref('Range') } },
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        const range = await startRange(ctx, workflow, { ...call.body, by: call.caller.name });
        const { id, name } = workflow;
        await audit(ctx, call.caller, {
          action: 'cursor.range',
          target: { kind: 'workflow', id, name },
          details: { ...call.body },
        });
        return { status: 202, body: showRange({ ...range, events: 0, failures: 0, last_error: null }) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/workflows/{id}/ranges/{range}',
      operation: 'cancel_range',
      tag: 'Cursors',
      summary: 'Read no further in a range; the page in flight is delivered.',
      answers: { 204: { description: 'It goes no further.' } },
      async handle(call) {
        const { id } = await pollingWorkflow(ctx, call);
        const found = (await listRanges(ctx, id)).find((range) => range.id === call.params.range);
        if (found === undefined) throw new ConnectorError('ERR_NOT_FOUND', `there is no range "${call.params.range}"`);
        await endRange(ctx, found.id, 'canceled');
        return { status: 204 };
      },
    }),
  ];
}

function showRange(range: Range & { events: number; failures: number; last_error: string | null }) {
  const { id, after, until, status, events, failures, last_error, created_at, finished_at } = range;
  return {
    id,
    after,
    until,
    status,
    events,
    failures,
    last_error,
    created_at: new Date(created_at).toISOString(),
    ...(finished_at === undefined ? {} : { finished_at: new Date(finished_at).toISOString() }),
  };
}
