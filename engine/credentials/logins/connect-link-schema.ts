import type { JsonObject } from '../../../connector/manifest.ts';
import { STATE_SCHEMA } from './return-address.ts';

/** Body of `POST /v1/connect_links`. */
export const CONNECT_LINK_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['linked_account'],
  additionalProperties: false,
  properties: {
    linked_account: { title: 'Linked account', type: 'string' },
    oauth_app: { title: 'OAuth app', type: 'string', description: 'Offers sign-in through this app' },
    authentication: {
      title: 'Authentication',
      type: 'string',
      description: 'Authentication that the end user renews instead of creating a new one. Its id stays the same',
    },
    kinds: {
      title: 'Kinds',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', maxLength: 100 },
    },
    host: {
      title: 'Workspace URL',
      type: 'string',
      description: 'If set, the end user cannot choose a different workspace',
    },
    return_to: {
      title: 'Return to',
      type: 'string',
      format: 'uri',
      maxLength: 2048,
      description:
        'Where the browser is redirected afterwards, with the query parameters `status` (connected, refused or canceled), `account`, `authentication`, `error` and `state`. One of the return URLs of the OAuth app or of the tenant',
    },
    state: STATE_SCHEMA,
    expires_in_seconds: { title: 'Expires in', type: 'integer', minimum: 60, maximum: 86_400, default: 3600 },
  },
});
