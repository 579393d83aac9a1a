/** What a run has left, in ms. */
export interface Budgets {
  left(run: string): number;
  spend(run: string, ms: number): void;
}

/** Runs that are remembered, about 100 bytes each; the one that spent nothing for the longest time goes first. */
const MAX_RUNS = 10_000;

/** Budgets of `runMs` for the runs that evaluate in this process. */
export function createBudgets(runMs: number): Budgets {
  const spent = new Map<string, number>();
  return {
    left: (run) => Math.max(0, runMs - (spent.get(run) ?? 0)),
    spend(run, ms) {
      const before = spent.get(run) ?? 0;
      spent.delete(run);
      if (spent.size >= MAX_RUNS) spent.delete(spent.keys().next().value!);
      spent.set(run, before + ms);
    },
  };
}
