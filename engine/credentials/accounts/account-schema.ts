import type { JsonObject } from '../../../connector/manifest.ts';

const name: JsonObject = {
  title: 'Name',
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^(?!la_)\\S(.*\\S)?$',
  format: 'label',
  examples: ['acme'],
};
const limits: JsonObject = {
  title: 'Limits',
  description: 'Limits for requests to the workspace, across all workers. They override the limits of the connector.',
  type: 'object',
  additionalProperties: false,
  properties: {
    per_second: { title: 'Requests per second', type: 'number', minimum: 0.1, maximum: 100_000 },
    concurrent: { title: 'Concurrent requests', type: 'integer', minimum: 1, maximum: 100_000 },
  },
};
const warehouse: JsonObject = { title: 'Default warehouse id', type: 'string', minLength: 1, maxLength: 100 };

/** Body of `POST /v1/linked_accounts`; `authentication` is checked by its own schema. */
export const LINKED_ACCOUNT_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name,
    connector: { title: 'Connector', type: 'string', default: 'databricks' },
    default_warehouse_id: warehouse,
    limits,
    authentication: { title: 'Authentication', type: 'object' },
  },
});

/** Body of `PATCH /v1/linked_accounts/{id}`. */
export const LINKED_ACCOUNT_CHANGE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    name,
    default_warehouse_id: warehouse,
    limits,
    default_authentication: { title: 'Default authentication', type: 'string' },
  },
});
