import type { ComponentProps, ReactNode } from 'react';
import type { List } from '../data/list.ts';
import { Grid } from './grid.tsx';
import { ErrorState, Skeleton } from './states.tsx';

type GridParts<Row> = Omit<ComponentProps<typeof Grid<Row>>, 'rows' | 'hasMore' | 'onEnd'>;

/** A grid of a list of the API with its states: loading, error, nothing there. */
export function ListGrid<Row>({ list, empty, ...grid }: GridParts<Row> & { list: List<Row>; empty: ReactNode }) {
  const { rows, hasMore, loadMore, query } = list;
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError && rows.length === 0) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  if (rows.length === 0 && !hasMore) return empty;
  return (
    <>
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      <Grid {...grid} rows={rows} hasMore={hasMore} onEnd={loadMore} />
    </>
  );
}
