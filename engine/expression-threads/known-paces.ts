/** How the last task of a tenant went: `fast`, or `slow` when it needed much time of the processor. */
export type Pace = 'fast' | 'slow';

/** What is known of the tenants of one process. */
export interface KnownPaces {
  is(tenant: string, pace: Pace): boolean;
  note(tenant: string, pace: Pace): void;
}

/** Tenants that are remembered; the one that was active last at the end. */
const MAX_TENANTS = 10_000;

/** Remembers how the last task of each tenant went. */
export function createKnownPaces(): KnownPaces {
  const paces = new Map<string, Pace>();
  return {
    is: (tenant, pace) => paces.get(tenant) === pace,
    note(tenant, pace) {
      paces.delete(tenant);
      paces.set(tenant, pace);
      if (paces.size > MAX_TENANTS) paces.delete(paces.keys().next().value!);
    },
  };
}
