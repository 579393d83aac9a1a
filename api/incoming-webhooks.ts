import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../connector/manifest.ts';
import { mayAct } from '../engine/access/roles.ts';
import { guardIncomingWebhook, receiveIncomingWebhook } from '../engine/polling/incoming-webhooks.ts';
import { guardTestEvent, lastReceived, receivesWebhooks, receiveTestEvent } from '../engine/polling/test-events.ts';
import { incomingWebhookUrl } from '../engine/workflows/webhook-url.ts';
import { getWorkflow, rotateWebhookUrl } from '../engine/workflows/workflows.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { showWorkflow } from './workflow-views.ts';

/** It is shown, and kept with the workflow. */
const MAX_TEST_BYTES = 262_144;

export const receivedEventSchemas: JsonObject = {
  ReceivedEvent: object(
    { event: { description: 'As expressions read it as `trigger`; null when there is none. Secrets are hidden.' } },
    {
      source: { type: 'string', enum: ['test', 'run'], description: 'test: it was sent to `test_url`.' },
      received_at: TIME,
      run: { ...TEXT, description: 'The run that it started.' },
      problem: { ...TEXT, description: 'Why the published workflow would not start a run with it.' },
      test_url: {
        ...TEXT,
        description:
          'For operators, if the draft or the published trigger receives webhooks. Events sent here start nothing.',
      },
    },
  ),
};

/** `/hooks/{token}`: the URLs of workflows that start with an incoming webhook. */
export function incomingWebhookRoutes({ ctx }: Serving): Route[] {
  return [
    route<Record<string, unknown>, string | undefined>({
      method: 'POST',
      path: '/hooks/{token}',
      operation: 'receive_incoming_webhook',
      failures: [401, 403, 429],
      tag: 'Incoming webhooks',
      summary: 'Receive an incoming webhook and start the workflow that the URL belongs to.',
      description:
        'The URL is a secret. If the trigger has a signing secret, requests must be signed according to Standard Webhooks. Triggers of a service check the signature of that service. A second request with the same `webhook-id`, or the same delivery of a service, does not start another run. JSON and form bodies are parsed; any other body is passed on as text. Limits: 1 MiB per body, 1,200 requests per minute and URL, and 120 per hour with the same body from a service that does not sign the IDs of its deliveries.',
      isOpenQuery: true,
      isRaw: true,
      guard: ({ params, request }) => guardIncomingWebhook(ctx, { token: params.token!, from: request.ip }),
      bodyCheck: 'engine',
      answers: {
        200: {
          description:
            'The challenge of a service is answered, the trigger does not want the event, a person decided about an approval, or a run was created and the body is what the service shows.',
          schema: { type: 'object', properties: { challenge: TEXT, ignored: { type: 'boolean' } } },
        },
        202: { description: 'The run was created.', schema: object({ run: TEXT }) },
      },
      async handle({ params, query, body, request }) {
        const headers = request.headers as IncomingHttpHeaders;
        const text = typeof body === 'string' ? body : '';
        const webhook = { token: params.token!, headers, query, body: text, from: request.ip };
        const received = await receiveIncomingWebhook(ctx, webhook);
        if ('answer' in received)
          return { status: 200, ...(received.answer === undefined ? {} : { body: received.answer }) };
        return { status: 'run' in received ? 202 : 200, body: received };
      },
    }),
    route<Record<string, unknown>, string | undefined>({
      method: 'POST',
      path: '/hooks/{token}/test',
      operation: 'receive_test_event',
      failures: [400, 403, 409, 429],
      maxBodyBytes: MAX_TEST_BYTES,
      tag: 'Incoming webhooks',
      summary: 'Record an event for tests. No run is started.',
      description:
        'The URL of a workflow with /test appended. It works before the workflow is published. `GET /v1/workflows/{id}/received_event` shows the last event. A missing signature is reported, not refused. Limits: 256 KiB per body, 120 requests per minute and URL.',
      isOpenQuery: true,
      isRaw: true,
      guard: ({ params, request }) => guardTestEvent(ctx, { token: params.token!, from: request.ip }),
      bodyCheck: 'engine',
      answers: {
        200: {
          description: 'The event is recorded, or the body is the answer to the challenge of a service.',
          schema: {
            type: 'object',
            properties: {
              challenge: TEXT,
              recorded: { type: 'boolean' },
              problem: { ...TEXT, description: 'Why the published workflow would not start a run.' },
            },
          },
        },
      },
      async handle({ params, query, body, request }) {
        const headers = request.headers as IncomingHttpHeaders;
        const text = typeof body === 'string' ? body : '';
        const sent = { token: params.token!, headers, query, body: text, from: request.ip };
        const { challenge, problem } = await receiveTestEvent(ctx, sent);
        if (challenge !== undefined) return { status: 200, body: { challenge } };
        return { status: 200, body: { recorded: true, ...(problem === undefined ? {} : { problem }) } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/received_event',
      operation: 'get_received_event',
      tag: 'Incoming webhooks',
      summary: 'Get the last event that a workflow received, for a test or by a run.',
      answers: { 200: { description: 'The event, if there is one.', schema: ref('ReceivedEvent') } },
      async handle({ caller, params }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        const received = await lastReceived(ctx, workflow);
        const hasUrl = mayAct(caller.role, 'operator') && (await receivesWebhooks(ctx, workflow));
        const { received_at, event = null, ...more } = received ?? {};
        return {
          status: 200,
          body: {
            event,
            ...more,
            ...(received_at === undefined ? {} : { received_at: new Date(received_at).toISOString() }),
            ...(hasUrl ? { test_url: `${await incomingWebhookUrl(ctx, workflow)}/test` } : {}),
          },
        };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/workflows/{id}/rotate_url',
      operation: 'rotate_webhook_url',
      failures: [502],
      isSecret: true,
      tag: 'Workflows',
      summary: 'Rotate the URL for incoming webhooks. The old URL stops working.',
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const { id } = await getWorkflow(ctx, call.caller.tenant, call.params.id!);
        const workflow = await rotateWebhookUrl(ctx, call.caller.tenant, id, { actor: call.caller });
        return { status: 200, body: await showWorkflow(ctx, workflow, call.caller) };
      },
    }),
  ];
}
