import type { JsonObject } from '../../../connector/manifest.ts';
import { APP_TEMPLATES } from './oauth-app-record.ts';

const name: JsonObject = {
  title: 'Name',
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^(?!app_)\\S(.*\\S)?$',
  format: 'label',
};
const secret: JsonObject = { title: 'Client secret', type: 'string', minLength: 1, maxLength: 4096, writeOnly: true };
const scopes: JsonObject = {
  title: 'Scopes',
  description: 'Additional scopes beside the mandatory ones: selectable or custom',
  type: 'array',
  maxItems: 100,
  items: { type: 'string', pattern: '^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$' },
};
const returnUrls: JsonObject = {
  title: 'Return URLs',
  type: 'array',
  maxItems: 20,
  items: { type: 'string', format: 'uri', pattern: '^https?://' },
};

/** Body of `POST /v1/oauth_apps`. */
export const OAUTH_APP_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['name', 'client_id'],
  additionalProperties: false,
  properties: {
    template: { title: 'Template', enum: Object.keys(APP_TEMPLATES), default: 'databricks' },
    name,
    host: {
      title: 'Workspace or account host',
      type: 'string',
      description: 'Optional when an account id is given',
    },
    account_id: { title: 'Account id', type: 'string', pattern: '^[A-Za-z0-9-]{1,64}$' },
    client_id: { title: 'Client id', type: 'string', minLength: 1, maxLength: 200 },
    client_secret: secret,
    scopes,
    return_urls: returnUrls,
  },
});

/** Body of `PATCH /v1/oauth_apps/{id}`. */
export const OAUTH_APP_CHANGE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { name, client_secret: secret, scopes, return_urls: returnUrls },
});
