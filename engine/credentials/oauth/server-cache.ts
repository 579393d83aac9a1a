import type { AuthorizationServer } from 'oauth4webapi';
import { type BoundedCache, createBoundedCache } from '../../process/bounded-cache.ts';

/** Authorization servers that this process discovered, by issuer. `until` is epoch ms. */
export type ServerCache = BoundedCache<{ server: AuthorizationServer; until: number }>;

const MAX_SERVERS = 1000;
/** Characters of the JSON of their documents. */
const MAX_CHARACTERS = 16_000_000;

export function createServerCache(): ServerCache {
  return createBoundedCache({ maxEntries: MAX_SERVERS, maxSize: MAX_CHARACTERS });
}
