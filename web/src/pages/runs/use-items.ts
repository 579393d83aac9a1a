import { useInfiniteQuery } from '@tanstack/react-query';
import { listRuns, type Run, type RunSummary } from 'penstock-client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ask } from '../../data/api-error.ts';

/** Items that are read at once; also how many a run has with it. */
export const ITEMS_PAGE = 200;
/** A page in so much time while the loop has not ended. */
const POLL_MS = 2000;
/** So many items are looked at in this time. */
const LOOKED_AT = 1000;
/** Of a loop with more items, those that failed are looked for when a person asks for them. */
const MAX_UNASKED = 10_000;
const NONE: readonly RunSummary[] = [];

/** The steps of a run, or the items of a loop, that are read so far. */
export interface Items {
  rows: readonly RunSummary[];
  /** There are more: items that may have started, which are not read yet. */
  hasMore: boolean;
  /** They are being read. */
  isLoading: boolean;
  error: unknown;
  /** Of those that are read, how many cannot be shown. */
  unreadable: number;
  /** Reads the next ones, once at a time. */
  loadMore(): void;
}

interface Page {
  items: RunSummary[];
  unreadable?: unknown[];
  next_cursor?: string | null;
}

/** The steps of a run. Of a loop, its first 200 items, and the others page by page. */
export function useSteps(run: Run): Items {
  const { id, steps, steps_next_cursor: first, finished_at: finishedAt } = run;
  const [isAsked, setAsked] = useState(false);
  const pollMs = pollMsOf(run);
  const query = useItemPages(id, { first, isEnabled: isAsked && first !== undefined, finishedAt, pollMs });
  const { pages, hasMore, ...rest } = query;
  const rows = useMemo(
    () => (pages.length === 0 ? steps : [...(steps ?? NONE), ...rowsOf(pages)]) ?? NONE,
    [steps, pages],
  );
  return {
    ...rest,
    rows,
    hasMore: pages.length === 0 ? first !== undefined : hasMore,
    unreadable: (run.unreadable?.length ?? 0) + unreadableOf(pages),
    loadMore() {
      setAsked(true);
      // The first of them are read as soon as they are asked for; what another visit has read is there.
      if (isAsked || pages.length > 0) query.loadMore();
    },
  };
}

/** The items of a loop that failed, wherever they are; those of a small loop are with it. */
export function useFailedItems(run: Run, isAsked = false): Items {
  const { id, steps = NONE, steps_next_cursor: cursor, finished_at: finishedAt } = run;
  const isLarge = cursor !== undefined;
  const total = run.loop?.items ?? 0;
  const isEnabled = isLarge && (isAsked || total <= MAX_UNASKED);
  const { pages, hasMore, ...rest } = useItemPages(id, {
    status: 'failed',
    isEnabled,
    finishedAt,
    pollMs: pollMsOf(run),
  });
  const rows = useMemo(
    () => (isLarge ? rowsOf(pages) : steps.filter(({ status }) => status === 'failed')),
    [isLarge, steps, pages],
  );
  return { ...rest, rows, hasMore: isLarge && hasMore, unreadable: unreadableOf(pages) };
}

interface PagesOf {
  status?: 'failed';
  first?: string | undefined;
  isEnabled: boolean;
  finishedAt: string | undefined;
  /** Between two reads of a page. */
  pollMs: number;
}

function useItemPages(parent: string, of: PagesOf) {
  const { status, first, isEnabled, finishedAt, pollMs } = of;
  const isOpen = finishedAt === undefined;
  const query = useInfiniteQuery({
    queryKey: ['run', parent, 'items', status ?? 'all'],
    queryFn: ({ pageParam, signal }) => readPage({ parent, status }, pageParam, signal),
    initialPageParam: first,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    enabled: isEnabled,
    refetchInterval: ({ state }) => (isOpen && isEnabled ? pollMs * Math.max(1, state.data?.pages.length ?? 1) : false),
  });
  const { data, isError, error, isFetching, isFetchingNextPage, isPending, hasNextPage, fetchNextPage, refetch } =
    query;
  // What was read before the loop ended may have changed until then.
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen && isEnabled) void refetch();
    wasOpen.current = isOpen;
  }, [isOpen, isEnabled, refetch]);
  return {
    pages: data?.pages ?? NO_PAGES,
    hasMore: data === undefined || hasNextPage,
    isLoading: isEnabled && (isFetchingNextPage || (isPending && isFetching)),
    error: isError ? error : undefined,
    loadMore() {
      if (isFetchingNextPage) return;
      if (data === undefined) void refetch();
      else if (hasNextPage) void fetchNextPage();
    },
  };
}

const NO_PAGES: readonly Page[] = [];

/**
 * A page that has something, or is the last. Of a filter that matches little, the API gives also empty ones; without a filter, what follows
 * an empty one has not started, as items start in their order.
 */
async function readPage(
  query: { parent: string; status: 'failed' | undefined },
  from: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  for (let cursor = from; ; ) {
    const page = await ask(listRuns({ query: { ...query, cursor, limit: ITEMS_PAGE }, signal }));
    if (page.items.length > 0 || page.unreadable !== undefined || page.next_cursor == null) return page;
    if (query.status === undefined) return { ...page, next_cursor: null };
    cursor = page.next_cursor;
  }
}

/** As often as a server can look at the items that may have changed. */
const pollMsOf = ({ loop }: Run) => POLL_MS * Math.max(1, Math.ceil((loop?.items ?? 0) / LOOKED_AT));
const rowsOf = (pages: readonly Page[]) => pages.flatMap(({ items }) => items);
const unreadableOf = (pages: readonly Page[]) => pages.reduce((sum, { unreadable = [] }) => sum + unreadable.length, 0);
