import type { JsonObject } from '../connector/manifest.ts';
import { AUTH_EVENT_TYPES } from '../engine/events/auth-events.ts';
import {
  createEventWebhook,
  deleteEventWebhook,
  EVENT_WEBHOOK_SCHEMA,
  getEventWebhook,
  listEventWebhooks,
} from '../engine/webhook-endpoints/webhook-endpoints.ts';
import { type Route, route } from './http/route.ts';
import { listOf, object, PAGING, type Paging, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const fields: JsonObject = { id: TEXT, url: TEXT, created_at: TIME, created_by: TEXT };
const optional: JsonObject = {
  types: {
    type: 'array',
    items: { type: 'string', enum: [...AUTH_EVENT_TYPES] },
    description: 'What is delivered; left out, every type.',
  },
};

export const eventWebhookSchemas: JsonObject = {
  EventWebhook: object(fields, optional),
  NewEventWebhook: object(
    { ...fields, secret: { ...TEXT, description: 'Signs the deliveries, as Standard Webhooks; shown this once.' } },
    optional,
  ),
};

/** `/v1/event_webhooks`: receivers that are told what happens to the authentications of the tenant. */
export function eventWebhookRoutes({ ctx }: Serving): Route[] {
  const tag = 'Events';
  return [
    route<Paging>({
      method: 'GET',
      path: '/v1/event_webhooks',
      operation: 'list_event_webhooks',
      tag,
      summary: 'List the receivers of events, newest first.',
      query: PAGING,
      answers: { 200: { description: 'A page of receivers.', schema: listOf('EventWebhook') } },
      async handle({ caller, query }) {
        const { next_cursor = null, ...found } = await listEventWebhooks(ctx, caller.tenant, query);
        return { status: 200, body: { ...found, next_cursor } };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/event_webhooks',
      operation: 'create_event_webhook',
      tag,
      summary: 'Register a receiver of events; its secret is in this answer and nowhere else.',
      description:
        'Each event is a run of core.webhook: posted as JSON, signed, tried again when the receiver fails, and to be replayed from GET /v1/runs?action=core.webhook. An event may come twice; its `id` stays.',
      body: EVENT_WEBHOOK_SCHEMA,
      bodyCheck: 'engine',
      isSecret: true,
      answers: {
        201: {
          description: 'The receiver.',
          schema: ref('NewEventWebhook'),
          headers: { Location: 'Path of the receiver.' },
        },
      },
      async handle({ caller, body }) {
        const made = await createEventWebhook(ctx, caller, body ?? {});
        return { status: 201, headers: { location: `/v1/event_webhooks/${made.id}` }, body: made };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/event_webhooks/{id}',
      operation: 'get_event_webhook',
      tag,
      summary: 'Read one receiver; never its secret.',
      answers: { 200: { description: 'The receiver.', schema: ref('EventWebhook') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: await getEventWebhook(ctx, caller.tenant, params.id!),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/event_webhooks/{id}',
      operation: 'delete_event_webhook',
      tag,
      summary: 'Take a receiver off; deliveries that have begun go on.',
      answers: { 204: { description: 'It is gone.' } },
      async handle({ caller, params }) {
        await deleteEventWebhook(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
  ];
}
