import type { JsonObject } from '../../connector/manifest.ts';

/** Texts of the caller's own, by name, on a linked account, a workflow or a run. Penstock shows and filters by them, and reads nothing in them. */
export type Metadata = Readonly<Record<string, string>>;

const MAX_KEYS = 20;
const MAX_LENGTH = 500;

/** `__proto__` would be no property of an object but what it inherits from. */
const KEYS: JsonObject = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.-]{1,64}$',
  not: { const: '__proto__' },
  description: '1 to 64 letters, digits, "_", "." or "-"',
};
const VALUE: JsonObject = { title: 'Value', type: 'string', maxLength: MAX_LENGTH };

/** What is given with an account, a workflow or a run. */
export const METADATA_SCHEMA: JsonObject = {
  title: 'Metadata',
  type: 'object',
  maxProperties: MAX_KEYS,
  propertyNames: KEYS,
  additionalProperties: VALUE,
  description: `Your own data: up to ${MAX_KEYS} keys of 1 to 64 letters, digits, "_", "." or "-", with texts of up to ${MAX_LENGTH} characters. Anyone who may read the object sees it, so it must not contain secrets.`,
};

/** Of a list: which values a row must have. */
export const METADATA_FILTER_SCHEMA: JsonObject = {
  title: 'Metadata',
  type: 'object',
  minProperties: 1,
  maxProperties: MAX_KEYS,
  propertyNames: KEYS,
  additionalProperties: VALUE,
};

/** Whether all of `wanted` is there, letter by letter. */
export function hasMetadata(metadata: Metadata | undefined, wanted: Metadata): boolean {
  return Object.entries(wanted).every(
    ([key, value]) => metadata !== undefined && Object.hasOwn(metadata, key) && metadata[key] === value,
  );
}
