import type { JsonObject } from '../connector/manifest.ts';
import { RUN_STATUSES } from '../engine/runs/run.ts';
import { listDeliveries, redeliver, testEndpoint } from '../engine/webhook-endpoints/deliveries.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { accepted } from './runs.ts';

export const webhookDeliverySchemas: JsonObject = {
  WebhookDelivery: object(
    {
      run: { ...TEXT, description: 'The run of core.webhook that delivers the event.' },
      event: object({}, { id: TEXT, type: TEXT }),
      status: { type: 'string', enum: [...RUN_STATUSES] },
      attempts: COUNT,
      created_at: TIME,
    },
    {
      error: object({ code: TEXT, message: TEXT }),
      redelivery_of: { ...TEXT, description: 'The delivery that was repeated.' },
      finished_at: TIME,
    },
  ),
};

/** What was delivered to a webhook endpoint, and sending more. */
export function webhookDeliveryRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  const tag = 'Events';
  const path = '/v1/webhook_endpoints/{id}';
  const answers = {
    200: { description: 'The run, which ended within the preferred wait.', schema: ref('Run'), headers: PREFER_ANSWER },
    202: { description: 'The run that delivers the event.', schema: ref('Run'), headers: PREFER_ANSWER },
  };
  return [
    listRoute({
      path: `${path}/deliveries`,
      operation: 'list_webhook_deliveries',
      tag,
      summary: 'List the last 1,000 deliveries to a webhook endpoint, newest first.',
      item: 'WebhookDelivery',
      page: 'A page of deliveries.',
      read: ({ caller, params }, page) => listDeliveries(ctx, caller.tenant, { id: params.id!, ...page }),
    }),
    route({
      method: 'POST',
      path: `${path}/deliveries/{run}/redeliver`,
      operation: 'redeliver_webhook',
      tag,
      summary: 'Deliver an event again, to the current URL and with the current secret.',
      requestHeaders: PREFER_HEADER,
      mayWait: true,
      answers,
      makesOneRun: true,
      handle: async ({ caller, params, runId }) =>
        accepted(await redeliver(ctx, caller, { id: params.id!, run: params.run!, runId })),
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
    route({
      method: 'POST',
      path: `${path}/test`,
      operation: 'test_webhook_endpoint',
      tag,
      summary: 'Deliver an event of the type `webhook_endpoint.test`, also to a paused endpoint.',
      requestHeaders: PREFER_HEADER,
      mayWait: true,
      answers,
      makesOneRun: true,
      handle: async ({ caller, params, runId }) => accepted(await testEndpoint(ctx, caller, { id: params.id!, runId })),
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
  ];
}
