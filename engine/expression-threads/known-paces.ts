import { createBoundedCache } from '../../connector/bounded-cache.ts';

/** How the last task of a tenant went: `fast`, or `slow` when it needed much time of the processor. */
export type Pace = 'fast' | 'slow';

/** What is known of the tenants of one process. */
export interface KnownPaces {
  is(tenant: string, pace: Pace): boolean;
  note(tenant: string, pace: Pace): void;
}

/** About 10,000 tenants. */
const MAX_SIZE = 1_500_000;

/** Remembers how the last task of each tenant went. */
export function createKnownPaces(): KnownPaces {
  const paces = createBoundedCache<Pace>(MAX_SIZE);
  return { is: (tenant, pace) => paces.get(tenant) === pace, note: paces.set };
}
