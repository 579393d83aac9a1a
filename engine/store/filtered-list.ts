import type { Context } from './context.ts';
import { DEFAULT_LIMIT, type ListPage, type PageRequest, positionOf, readIndex } from './list-pages.ts';
import { type Readable, type Unreadable, withUnreadable } from './unreadable.ts';

/** Rows looked at for one page; a rare match is found over several pages, never by one long request. */
export const MAX_LOOKED_AT = 2000;
const BATCH = 200;

/**
 * One page of those rows of an index that match, newest first; what cannot be read is told, whatever the filter says. A page can hold fewer
 * rows than the limit, also none, and still have a `next`.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export async function pageOfMatches<T extends { id: string }>(
  ctx: Pick<Context, 'redis'>,
  index: string,
  { limit = DEFAULT_LIMIT, after }: PageRequest,
  of: { read: (ids: string[]) => Promise<Readable<T>>; matches: (row: T) => boolean },
): Promise<ListPage<T>> {
  const found: T[] = [];
  const bad: Unreadable[] = [];
  let last = after;
  for (let seen = 0; seen < MAX_LOOKED_AT; ) {
    const entries = await readIndex(ctx, index, { after: last, limit: BATCH });
    const { items, unreadable = [] } = await of.read(entries.map(({ id }) => id));
    const rows = new Map(items.map((row) => [row.id, row]));
    const failures = new Map(unreadable.map((each) => [each.id, each]));
    for (const entry of entries) {
      if (found.length + bad.length >= limit) return { ...withUnreadable(found, bad), next: last };
      last = positionOf(entry);
      const row = rows.get(entry.id);
      if (failures.has(entry.id)) bad.push(failures.get(entry.id)!);
      if (row !== undefined && of.matches(row)) found.push(row);
    }
    seen += entries.length;
    if (entries.length < BATCH) return withUnreadable(found, bad);
  }
  return { ...withUnreadable(found, bad), next: last };
}
