import { createHash, timingSafeEqual } from 'node:crypto';
import { notAPosition } from '../../engine/store/list-pages.ts';
import type { Call } from './route.ts';

/**
 * Cursors of every list: a position in the list, with which list it is. The list is the tenant, the operation, its path and its filter;
 * a cursor of another one is refused instead of giving rows of a place that nobody chose. A cursor gives no right to anything: what a
 * list shows is decided by the request.
 */

/** Bytes of the hash of the list, and of the hash that finds a cursor that was changed or cut. */
const LIST_BYTES = 6;
const CHECK_BYTES = 6;

/** Names the list that a request asks for. `limit` and `cursor` may differ from page to page. */
export function listOfCall(
  { caller, params }: Pick<Call, 'caller' | 'params'>,
  operation: string,
  asked: object,
): string {
  const { limit: _limit, cursor: _cursor, ...filter } = asked as Record<string, unknown>;
  const sorted = [params, filter].map((each) => Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify([caller.tenant, operation, ...sorted]);
}

/** The cursor of a position in a list. */
export function encodeCursor(list: string, position: string): string {
  const start = hash(list, LIST_BYTES);
  return Buffer.concat([start, hash(start, CHECK_BYTES, position), Buffer.from(position)]).toString('base64url');
}

/** The position in a list that a cursor stands for. @throws ConnectorError ERR_INPUT_INVALID for a cursor of another list, or none */
export function decodeCursor(list: string, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const start = bytes.subarray(0, LIST_BYTES);
  const check = bytes.subarray(LIST_BYTES, LIST_BYTES + CHECK_BYTES);
  const position = bytes.subarray(LIST_BYTES + CHECK_BYTES).toString();
  const isWhole = check.length === CHECK_BYTES && timingSafeEqual(check, hash(start, CHECK_BYTES, position));
  if (!isWhole || bytes.toString('base64url') !== cursor) throw notAPosition('is not one that Penstock gave');
  if (!start.equals(hash(list, LIST_BYTES))) throw notAPosition('belongs to another list, filter or tenant');
  return position;
}

function hash(of: string | Uint8Array, bytes: number, more = ''): Buffer {
  return createHash('sha256').update(of).update(more).digest().subarray(0, bytes);
}
