/** Requests that begin runs, executed a few at a time per tenant: a flood of one waits here and not in front of the others'. */
export interface Turns {
  /** Executes `work` in its turn: at once while its owner has few under way, else in the order of arrival. */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Requests of one owner under way at once in one process. Each needs about a millisecond of Redis and half as much of the event loop,
 * so these keep it busy; more would only make each turn of the loop longer, for everybody.
 */
const MAX_UNDER_WAY = 8;

interface Tenant {
  underWay: number;
  waiting: (() => void)[];
}

/** Makes the turns of one process. */
export function createTurns(maxUnderWay = MAX_UNDER_WAY): Turns {
  const tenants = new Map<string, Tenant>();
  const leave = (name: string, tenant: Tenant) => {
    const next = tenant.waiting.shift();
    // The place goes to the next one as it is.
    if (next !== undefined) return next();
    tenant.underWay -= 1;
    if (tenant.underWay === 0) tenants.delete(name);
  };
  return {
    async take(name, work) {
      const tenant = tenants.get(name) ?? { underWay: 0, waiting: [] };
      tenants.set(name, tenant);
      if (tenant.underWay < maxUnderWay) tenant.underWay += 1;
      else await new Promise<void>((resolve) => tenant.waiting.push(resolve));
      try {
        return await work();
      } finally {
        leave(name, tenant);
      }
    },
  };
}
