import type { ListPage, PageRequest } from '../../engine/store/list-pages.ts';
import { DEFAULT_LIMIT } from '../../engine/store/list-pages.ts';

/** One page of a list that is whole in memory and has no times: in the order of `idOf`, which tells any two rows apart. */
export function pageOf<T>(
  all: readonly T[],
  { limit = DEFAULT_LIMIT, after }: PageRequest,
  idOf: (row: T) => string,
): ListPage<T> {
  const sorted = [...all].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((row) => idOf(row) > after);
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? idOf(items.at(-1)!) : undefined };
}
