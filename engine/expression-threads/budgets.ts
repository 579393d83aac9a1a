import { createBoundedCache } from '../../connector/bounded-cache.ts';

/** What a run has left, in ms. */
export interface Budgets {
  left(run: string): number;
  spend(run: string, ms: number): void;
}

/** About 10,000 runs; the one that was asked about longest ago goes first, and would start over. */
const MAX_SIZE = 1_500_000;

/** Budgets of `runMs` for the runs that evaluate in this process. */
export function createBudgets(runMs: number): Budgets {
  const spent = createBoundedCache<number>(MAX_SIZE);
  return {
    left: (run) => Math.max(0, runMs - (spent.get(run) ?? 0)),
    spend: (run, ms) => spent.set(run, (spent.get(run) ?? 0) + ms),
  };
}
