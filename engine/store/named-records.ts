import type { Context } from './context.ts';
import { pageOfMatches } from './filtered-list.ts';
import type { ListPage, PageRequest } from './list-pages.ts';
import { listRecords, type Store, type Stored, viewRecords } from './records.ts';

/**
 * As `listRecords`, of a kind whose names are not unique: with `name`, only those with exactly this name. Such a page can have fewer rows
 * than the limit, also none, and still a `next`. @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export function listNamedRecords<T, V extends { id: string; name: string }>(
  ctx: Store & Pick<Context, 'meters'>,
  list: { kind: string; owner: string },
  { name, ...page }: PageRequest & { name?: string | undefined },
  view: (record: Stored<T>) => V,
): Promise<ListPage<V>> {
  if (name === undefined) return listRecords<T, V>(ctx, list, page, view);
  return pageOfMatches<V>(ctx, ctx.keys.records(list.kind, list.owner), page, {
    read: (ids) => viewRecords<T, V>(ctx, list.kind, ids, view),
    matches: (row) => row.name === name,
  });
}
