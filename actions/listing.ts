import { buildRequest } from '../connector/request.ts';
import type { Io } from './call.ts';
import { collect } from './pages.ts';

/** A list of the service that has page tokens. */
export interface Listing {
  path: string;
  query: Record<string, unknown>;
  items: string;
  /** Query parameter for the size of a page, and the largest size. */
  size: { param: string; most: number };
}

/** Follows a token list until it ends or `limit` items are there. @throws ConnectorError as `Io.send` and `readPages` do */
export async function readListing(
  io: Io,
  listing: Listing,
  limit: number,
): Promise<{ items: unknown[]; more: boolean }> {
  const { path, query, items, size } = listing;
  const page = async (count: number, token?: unknown) => {
    const input = {
      ...query,
      [size.param]: Math.min(size.most, limit - count),
      ...(token === undefined ? {} : { page_token: token }),
    };
    const request = buildRequest({ method: 'GET', path, query: '*' }, { input });
    return io.send(request, token === undefined ? 'start' : 'page');
  };
  const read = await collect(
    { style: 'token', items, next: 'next_page_token' },
    { first: await page(0), limit, follow: ({ count, next }) => page(count, next) },
  );
  return { items: read.items ?? [], more: read.pages.more };
}
