import { queryOptions, useQuery } from '@tanstack/react-query';
import { getMe } from 'penstock-client';
import { ask } from './api-error.ts';

/** Who is signed in, and which routes they may call. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => ask(getMe({ signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/**
 * Whether the caller may call each of these routes, written as OpenAPI writes them: `useCan('POST /v1/runs/{id}/cancel')`.
 * A button that may not be used is not shown. False until it is known.
 */
export function useCan(...routes: string[]): boolean {
  const { data } = useQuery(meQuery);
  return data !== undefined && routes.every((route) => data.rights.includes(route));
}
