import type { JsonObject } from '../../../connector/manifest.ts';

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
      items: { enum: ['pat', 'oauth_m2m', 'oauth_u2m'] },
    },
    host: {
      title: 'Workspace URL',
      type: 'string',
      description: 'If set, the end user cannot choose a different workspace',
    },
    expires_in_seconds: { title: 'Expires in', type: 'integer', minimum: 60, maximum: 86_400, default: 3600 },
  },
});
