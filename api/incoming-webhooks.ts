import type { IncomingHttpHeaders } from 'node:http';
import { guardIncomingWebhook, receiveIncomingWebhook } from '../engine/polling/incoming-webhooks.ts';
import { getWorkflow, rotateWebhookUrl } from '../engine/workflows/workflows.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { showWorkflow } from './workflow-views.ts';

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
