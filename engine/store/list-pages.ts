import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from './context.ts';
import { type Readable, readEach, withUnreadable } from './unreadable.ts';

/*
 * Every list is paged by the position of the last row that was seen, never by a count: rows that come or go between two pages neither
 * hide nor repeat another. The API wraps positions into cursors (api/http/list-cursor.ts), so no two lists have codecs of their own.
 */

/** Which page of a list is wanted. */
export interface PageRequest {
  /** Rows at most; 50 when left out. */
  limit?: number | undefined;
  /** `next` of the page before; left out, the first page. */
  after?: string | undefined;
}

/** One page of a list, newest first. It can hold fewer rows than the limit and still have a `next`. */
export interface ListPage<T> extends Readable<T> {
  /** Position of the last row that was looked at, while there are more. */
  next?: string | undefined;
}

/** A member of an index: a sorted set of ids by time. */
export interface IndexEntry {
  id: string;
  /** Epoch ms. */
  score: number;
}

export const DEFAULT_LIMIT = 50;
/** Members of one millisecond that are expected; where there are more, the index is read again. */
const TIES = 50;
const POSITION = /^(\d{1,16}):([\w.-]{1,300})$/;

/** Up to `limit` members of an index after a position, newest first; of the same time, the last by id first. `min`, `max`: inclusive. */
export async function readIndex(
  { redis }: Pick<Context, 'redis'>,
  key: string,
  { after, limit, min, max }: { after?: string | undefined; limit: number; min?: number; max?: number },
): Promise<IndexEntry[]> {
  const last = after === undefined ? undefined : readPosition(after);
  const from = Math.min(last?.score ?? Number.POSITIVE_INFINITY, max ?? Number.POSITIVE_INFINITY);
  const [first, end] = [
    from === Number.POSITIVE_INFINITY ? '+inf' : String(from),
    min === undefined ? '-inf' : String(min),
  ];
  // One command sees one state; members that share the position's time are read again and left out here.
  for (let count = last === undefined ? limit : limit + TIES; ; count *= 2) {
    const flat = await redis.zrange(key, first, end, 'BYSCORE', 'REV', 'LIMIT', 0, count, 'WITHSCORES');
    const found = Array.from({ length: flat.length / 2 }, (_, i) => ({
      id: flat[2 * i]!,
      score: Number(flat[2 * i + 1]),
    }));
    const entries = last === undefined ? found : found.filter((entry) => isAfter(entry, last));
    if (entries.length >= limit || found.length < count) return entries.slice(0, limit);
  }
}

/** One page of an index, with where the next one starts. */
export async function pageOfIndex(
  ctx: Pick<Context, 'redis'>,
  key: string,
  { limit = DEFAULT_LIMIT, after }: PageRequest,
): Promise<{ ids: string[]; entries: IndexEntry[]; next?: string }> {
  const found = await readIndex(ctx, key, { after, limit: limit + 1 });
  const entries = found.slice(0, limit);
  const ids = entries.map(({ id }) => id);
  return { ids, entries, ...(found.length > limit ? { next: positionOf(entries.at(-1)!) } : {}) };
}

/** Where a list stands after a member of its index. */
export function positionOf({ id, score }: IndexEntry): string {
  return `${score}:${id}`;
}

/** A page with its rows as `read` shows them; one that cannot be shown is told apart, as one that cannot be read. */
export function showPage<T, V>(
  ctx: Pick<Context, 'meters'>,
  kind: string,
  page: ListPage<T>,
  { idOf, read }: { idOf: (row: T) => string; read: (row: T) => V | undefined },
): ListPage<V> {
  const shown = readEach(ctx, kind, { records: page.items, idOf, read });
  return { ...withUnreadable(shown.items, page.unreadable, shown.unreadable), next: page.next };
}

/** Every row of a list, page by page. */
export async function* eachRow<T>(read: (after: string | undefined) => Promise<ListPage<T>>): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const page = await read(after);
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/** The error of a position, and so of a cursor, that this list did not give. */
export function notAPosition(message = 'is not a cursor of this list'): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `the cursor ${message}`, {
    hint: 'Send the next_cursor of the previous page as it is, or omit the cursor to start at the first page.',
    errors: [{ pointer: '/cursor', message }],
  });
}

/** The member that a position stands after. @throws ConnectorError ERR_INPUT_INVALID */
export function readPosition(text: string): IndexEntry {
  const [, score, id] = POSITION.exec(text) ?? [];
  if (score === undefined || id === undefined) throw notAPosition();
  return { score: Number(score), id };
}

function isAfter(entry: IndexEntry, last: IndexEntry): boolean {
  return entry.score < last.score || (entry.score === last.score && entry.id < last.id);
}
