import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { type ListRunsData, listRuns, type RunSummary } from 'penstock-client';
import { useEffect, useState } from 'react';
import { ask } from '../../data/api-error.ts';
import { type List, useList } from '../../data/list.ts';
import { useStream } from '../../data/stream.ts';

type Query = NonNullable<ListRunsData['query']>;
type Pages = InfiniteData<{ items: RunSummary[]; next_cursor?: string | null }>;

/** A list of runs that changes as they do: rows in place, and new ones counted until the person asks for them. */
export interface LiveRuns {
  list: List<RunSummary>;
  newCount: number;
  showNew(): void;
}

/** The runs of a filter, with the stream of the same filter. */
export function useRuns(query: Query): LiveRuns {
  const queries = useQueryClient();
  const path = pathOf(query);
  const key = ['runs', path];
  const list = useList(key, (cursor, signal) => ask(listRuns({ query: { ...query, cursor }, signal })));
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has other new runs
  useEffect(() => setFresh(new Set()), [path]);

  const change = (id: string, with_: (run: RunSummary) => RunSummary) =>
    queries.setQueryData<Pages>(
      key,
      (pages) => pages && { ...pages, pages: pages.pages.map((page) => changed(page, id, with_)) },
    );
  const reload = () => {
    setFresh(new Set());
    return queries.resetQueries({ queryKey: key, exact: true });
  };
  const take = (run: RunSummary) => {
    if (list.rows.some(({ id }) => id === run.id)) change(run.id, () => run);
    else setFresh((before) => (before.has(run.id) ? before : new Set([...before, run.id])));
  };
  useStream(list.query.isPending ? undefined : path, {
    // Between the list and the stream, and while the tab was hidden, runs may have come: only the first page is looked at again.
    ready: () =>
      void ask(listRuns({ query })).then(
        ({ items }) => items.forEach(take),
        () => {},
      ),
    reset: () => void reload(),
    run: (data) => take(data as RunSummary),
    left(data) {
      const { id, status } = data as Pick<RunSummary, 'id' | 'status'>;
      change(id, ({ pending_approvals: _, ...run }) => ({ ...run, status }));
    },
  });
  // What was counted as new may have come with a page that was loaded since.
  const newCount = [...fresh].filter((id) => !list.rows.some((row) => row.id === id)).length;
  return { list, newCount, showNew: () => void reload() };
}

function changed(
  page: Pages['pages'][number],
  id: string,
  with_: (run: RunSummary) => RunSummary,
): Pages['pages'][number] {
  if (!page.items.some((run) => run.id === id)) return page;
  return { ...page, items: page.items.map((run) => (run.id === id ? with_(run) : run)) };
}

function pathOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/v1/runs/events${text === '' ? '' : `?${text}`}`;
}
