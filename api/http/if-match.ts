import type { FastifyRequest } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';
import type { IfMatch } from '../../engine/workflows/etag.ts';

/** What OpenAPI says of the header. */
export const IF_MATCH_HEADER = {
  'If-Match': 'The ETag that was read. When the stored one is another, the answer is 412 with it, and nothing changes.',
};

const TAG = /\s*(W\/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)/gy;

/**
 * The entity tags of If-Match; weak ones match nothing.
 * @throws ConnectorError ERR_REQUEST_INVALID for a header that cannot be read
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-match
 */
export function ifMatchOf({ headers }: FastifyRequest): IfMatch | undefined {
  const header = headers['if-match'];
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  const found = [...header.matchAll(TAG)];
  if (found.reduce((length, [text]) => length + text.length, 0) !== header.length || header.trim() === '') {
    throw new ConnectorError('ERR_REQUEST_INVALID', 'the header If-Match cannot be read', {
      hint: 'Send an ETag as it was received, with its quotes: If-Match: "…".',
    });
  }
  return found.filter(([, weak]) => weak === undefined).map(([, , tag]) => tag!);
}

/** The ETag header of an entity tag. */
export function etagHeader(etag: string): Record<'etag', string> {
  return { etag: `"${etag}"` };
}
