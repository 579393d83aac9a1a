import type { JsonObject } from '../../connector/manifest.ts';
import { MAX_LOOKED_AT } from '../../engine/store/filtered-list.ts';
import { METADATA_FILTER_SCHEMA } from '../../engine/store/metadata.ts';

/** A reference to a schema that OpenAPI's components hold. */
export function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** Query parameters of every list. */
export const PAGING: JsonObject = {
  limit: {
    title: 'Limit',
    type: 'integer',
    minimum: 1,
    maximum: 200,
    default: 50,
    description: 'Maximum number of items in the response.',
  },
  cursor: {
    title: 'Cursor',
    type: 'string',
    minLength: 1,
    maxLength: 2000,
    description: 'next_cursor of the previous page, with the same filter. Omit it for the first page.',
  },
};

export const NEXT_CURSOR: JsonObject = {
  type: ['string', 'null'],
  description: 'Opaque; send it as `cursor` for the next page. Null on the last page.',
};

/** Of lists of what has a unique name. */
export const NAME_FILTER: JsonObject = {
  name: {
    title: 'Name',
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description: 'Only the one with exactly this name.',
  },
};

/** Of lists of what has a name that others can have, too. */
export const SHARED_NAME_FILTER: JsonObject = {
  name: {
    ...(NAME_FILTER.name as JsonObject),
    description: `Only those with exactly this name. A request looks at up to ${MAX_LOOKED_AT} of them, so a page can contain fewer items than \`limit\`, or none, and still have a next_cursor.`,
  },
};

/** Of lists of what has `metadata`; in a query, `metadata[key]=value`. */
export const METADATA_FILTER: JsonObject = {
  metadata: {
    ...METADATA_FILTER_SCHEMA,
    description: `Only those with all of these values, compared letter by letter; in a query, \`metadata[key]=value\`. A request looks at up to ${MAX_LOOKED_AT} of them, so a page can contain fewer items than \`limit\`, or none, and still have a next_cursor.`,
  },
};

/** Of lists of what happened at some time. */
export const TIME_FILTER: JsonObject = {
  from: { title: 'From', type: 'string', format: 'date-time', description: 'At or after this time.' },
  to: { title: 'To', type: 'string', format: 'date-time', description: 'At or before this time.' },
};

/** What TIME_FILTER lets through, as epoch ms. */
export function timesOf({ from, to }: { from?: string; to?: string }): { from?: number; to?: number } {
  return {
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  };
}

/** What PAGING lets through. */
export interface Paging {
  limit: number;
  cursor?: string;
}

/** The schema of a list's answer. */
export function listOf(name: string): JsonObject {
  return object(
    {
      items: { type: 'array', items: ref(name) },
      next_cursor: NEXT_CURSOR,
    },
    UNREADABLE,
  );
}

/** Of a list: records that are stored and cannot be read. */
export const UNREADABLE: JsonObject = {
  unreadable: {
    type: 'array',
    description: 'Records of this page that cannot be read. Omitted when there are none.',
    items: {
      type: 'object',
      required: ['id', 'code', 'message'],
      properties: {
        id: { type: 'string' },
        code: { type: 'string', const: 'ERR_RECORD_UNREADABLE' },
        message: { type: 'string' },
      },
      additionalProperties: false,
    },
  },
};

/** An answer's object: every property is there unless it is among `optional`. */
export function object(properties: JsonObject, optional: JsonObject = {}): JsonObject {
  return {
    type: 'object',
    required: Object.keys(properties),
    properties: { ...properties, ...optional },
    additionalProperties: false,
  };
}

/** An object whose fields the service or a manifest decides. */
export const ANY_OBJECT: JsonObject = { type: 'object', additionalProperties: true };
export const TEXT: JsonObject = { type: 'string' };
/** The caller's own values, as they are shown. */
export const METADATA: JsonObject = {
  type: 'object',
  additionalProperties: TEXT,
  description: 'Your own values, as they were given.',
};
export const TEXTS: JsonObject = { type: 'array', items: TEXT };
export const TIME: JsonObject = { type: 'string', format: 'date-time' };
export const COUNT: JsonObject = { type: 'integer', minimum: 0 };
