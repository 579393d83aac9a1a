import type { JsonObject } from '../../connector/manifest.ts';
import { AUTH_EVENT_TYPES } from '../../engine/events/event-stream.ts';
import { LIFE_EVENT_TYPES } from '../../engine/events/life-events.ts';
import { ref, TEXT } from '../http/schemas.ts';

/** Headers of every delivery (Standard Webhooks). */
const HEADERS: Record<string, string> = {
  'webhook-id': 'Id of the delivery. It stays the same on retries.',
  'webhook-timestamp': 'Time of sending, in seconds since the epoch.',
  'webhook-signature': 'HMAC-SHA256 of id, timestamp and body with the secret of the endpoint.',
};

/** The `webhooks` of OpenAPI: what is posted to the webhook endpoints of a tenant, one entry per type of event. */
export function describeWebhooks(): JsonObject {
  return Object.fromEntries([...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES].map((type) => [type, { post: delivery(type) }]));
}

function delivery(type: string): JsonObject {
  return {
    operationId: `on_${type.replaceAll('.', '_')}`,
    tags: ['Events'],
    summary: `An event of the type ${type}.`,
    security: [],
    parameters: Object.entries(HEADERS).map(([name, description]) => ({
      name,
      in: 'header',
      required: true,
      description,
      schema: TEXT,
    })),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: { allOf: [ref('Event')], properties: { type: { const: type } } } },
      },
    },
    responses: {
      '2XX': { description: 'The event was received.' },
      '4XX': {
        description:
          'The event was rejected. 408, 429, 5xx and missing responses are retried. 410 stops further attempts.',
      },
    },
  };
}
