import type { AuthorizationServer } from 'oauth4webapi';
import { type BoundedCache, createBoundedCache } from '../../../connector/bounded-cache.ts';

/** Authorization servers that this process discovered, by issuer. `until` is epoch ms. */
export type ServerCache = BoundedCache<{ server: AuthorizationServer; until: number }>;

/** Characters of the JSON of their documents. */
const MAX_CHARACTERS = 16_000_000;

export function createServerCache(): ServerCache {
  return createBoundedCache(MAX_CHARACTERS);
}
