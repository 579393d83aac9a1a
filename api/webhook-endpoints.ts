import type { JsonObject } from '../connector/manifest.ts';
import { AUTH_EVENT_TYPES } from '../engine/events/event-stream.ts';
import { LIFE_EVENT_TYPES } from '../engine/events/life-events.ts';
import {
  rotateEndpointSecret,
  updateWebhookEndpoint,
  WEBHOOK_ENDPOINT_CHANGE_SCHEMA,
} from '../engine/webhook-endpoints/change-endpoint.ts';
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  WEBHOOK_ENDPOINT_SCHEMA,
} from '../engine/webhook-endpoints/webhook-endpoints.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const fields: JsonObject = {
  id: TEXT,
  url: TEXT,
  paused: { type: 'boolean', description: 'Nothing is delivered until it is resumed.' },
  created_at: TIME,
  created_by: TEXT,
};
const optional: JsonObject = {
  types: {
    type: 'array',
    items: { type: 'string', enum: [...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES] },
    description: 'Event types to deliver. Omit it for all types.',
  },
  old_secret_until: {
    ...TIME,
    description: 'Until then, deliveries are also signed with the previous secret.',
  },
};

export const webhookEndpointSchemas: JsonObject = {
  WebhookEndpoint: object(fields, optional),
  NewWebhookEndpoint: object(
    {
      ...fields,
      secret: { ...TEXT, description: 'Secret that signs the deliveries (Standard Webhooks). It is shown only once.' },
    },
    optional,
  ),
};

const PATH = '/v1/webhook_endpoints';

const OVERLAP_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    overlap_seconds: {
      title: 'Overlap',
      type: 'integer',
      minimum: 0,
      maximum: 604_800,
      default: 86_400,
      description: 'How long the previous secret stays valid; 0 if it was leaked.',
    },
  },
};

/** `/v1/webhook_endpoints`: URLs to which the events of the tenant are delivered. */
export function webhookEndpointRoutes({ ctx }: Serving): Route[] {
  const tag = 'Events';
  return [
    listRoute({
      path: '/v1/webhook_endpoints',
      operation: 'list_webhook_endpoints',
      tag,
      summary: 'List webhook endpoints, newest first.',
      item: 'WebhookEndpoint',
      page: 'A page of webhook endpoints.',
      read: ({ caller }, page) => listWebhookEndpoints(ctx, caller.tenant, page),
    }),
    route({
      method: 'POST',
      path: '/v1/webhook_endpoints',
      operation: 'create_webhook_endpoint',
      tag,
      summary: 'Create a webhook endpoint. The response contains its signing secret; it is shown only once.',
      description:
        'Each event is delivered by a run of core.webhook: sent as JSON in a POST request, signed, and retried when the endpoint fails. List failed deliveries with GET /v1/runs?action=core.webhook and replay them. Delivery is at least once: an event can arrive twice with the same `id`.',
      body: WEBHOOK_ENDPOINT_SCHEMA,
      bodyCheck: 'engine',
      isSecret: true,
      answers: {
        201: {
          description: 'The webhook endpoint.',
          schema: ref('NewWebhookEndpoint'),
          headers: { Location: 'Path of the webhook endpoint.' },
        },
      },
      async handle({ caller, body }) {
        const made = await createWebhookEndpoint(ctx, caller, body ?? {});
        return { status: 201, headers: { location: `/v1/webhook_endpoints/${made.id}` }, body: made };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/webhook_endpoints/{id}',
      operation: 'get_webhook_endpoint',
      tag,
      summary: 'Get a webhook endpoint. Its secret is never shown.',
      answers: { 200: { description: 'The webhook endpoint.', schema: ref('WebhookEndpoint') } },
      handle: async ({ caller, params }) => ({
        status: 200,
        body: await getWebhookEndpoint(ctx, caller.tenant, params.id!),
      }),
    }),
    route({
      method: 'PATCH',
      path: `${PATH}/{id}`,
      operation: 'update_webhook_endpoint',
      tag,
      summary: 'Change the URL or the event types of a webhook endpoint, or pause or resume it.',
      description:
        'Deliveries that have started continue unchanged. After a pause, the events that happened meanwhile are delivered within 30 seconds.',
      body: WEBHOOK_ENDPOINT_CHANGE_SCHEMA,
      bodyCheck: 'engine',
      answers: { 200: { description: 'The webhook endpoint.', schema: ref('WebhookEndpoint') } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: await updateWebhookEndpoint(ctx, caller, params.id!, body ?? {}),
      }),
    }),
    route<unknown, { overlap_seconds: number }>({
      method: 'POST',
      path: `${PATH}/{id}/rotate_secret`,
      operation: 'rotate_webhook_endpoint_secret',
      tag,
      summary: 'Give a webhook endpoint a new signing secret; it is shown only once.',
      description: 'During the overlap, deliveries carry signatures of the new and the previous secret.',
      body: OVERLAP_BODY,
      isSecret: true,
      answers: { 200: { description: 'The webhook endpoint.', schema: ref('NewWebhookEndpoint') } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: await rotateEndpointSecret(ctx, caller, { id: params.id!, overlapMs: body.overlap_seconds * 1000 }),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/webhook_endpoints/{id}',
      operation: 'delete_webhook_endpoint',
      tag,
      summary: 'Delete a webhook endpoint. Deliveries that have started continue.',
      answers: { 204: { description: 'Deleted.' } },
      async handle({ caller, params }) {
        await deleteWebhookEndpoint(ctx, caller, params.id!);
        return { status: 204 };
      },
    }),
  ];
}
