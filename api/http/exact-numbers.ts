import { stringifyAtEdge, stringifyJson } from '../../connector/json.ts';

/** Parameter of a media type (OData JSON Format 4.01, section 3.2); names and values of parameters are case-insensitive. */
const EXACT = /;\s*IEEE754Compatible=false(?:[;,\s]|$)/i;

/**
 * The text of an answer. Integers beyond 2^53 are texts of their digits, since most clients round them; a client that asks by
 * `Accept: application/json;IEEE754Compatible=false` gets them as numbers, and can send a value back as it is stored.
 */
export function answerText(body: unknown, accept: string | undefined): string {
  return EXACT.test(accept ?? '') ? stringifyJson(body) : stringifyAtEdge(body);
}
