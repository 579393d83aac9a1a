import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

/** One page of a list of the API. */
interface ListPage<Item> {
  items: Item[];
  next_cursor?: string | null;
}

/** What a list has loaded so far. */
export interface List<Item> {
  rows: readonly Item[];
  hasMore: boolean;
  /** Loads the next page, once at a time. Its identity stays the same. */
  loadMore(): void;
  query: UseInfiniteQueryResult<InfiniteData<ListPage<Item>, unknown>>;
}

/**
 * A list that loads page after page while a person scrolls.
 *
 *   const list = useList(['oauth-apps'], (cursor, signal) => ask(listOauthApps({ query: { cursor }, signal })));
 */
export function useList<Item>(
  key: readonly unknown[],
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<Item>>,
): List<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  return { rows, hasMore: hasNextPage, loadMore, query };
}
