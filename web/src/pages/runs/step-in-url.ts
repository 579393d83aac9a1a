import type { RunSummary } from 'penstock-client';

/** The id of a step in the URL; items of a loop share one, so they have that of their run. */
export function stepInUrl(steps: readonly RunSummary[], { id, step, item_index: item }: RunSummary): string {
  return item === undefined && step !== undefined && steps.filter((each) => each.step === step).length === 1
    ? step
    : id;
}
