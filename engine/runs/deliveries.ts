import { fingerprint } from '../../triggers/position.ts';
import type { Run } from './run.ts';

/**
 * The id by which an endpoint knows a delivery of a page again, the same for every run of a workflow that delivers the same
 * part of the source: a page that failed is read again and gets a new run. Of other runs, the run itself is the delivery.
 */
export function deliveryOf(run: Run, step: { id: string }, item: number | undefined): Pick<Run, 'delivery'> {
  const { page } = run;
  if (page?.to === undefined) return {};
  const { from, to, events } = page;
  const mark = fingerprint([
    run.workflow!,
    step.id,
    item ?? null,
    from?.value ?? null,
    from?.key ?? null,
    to.value,
    to.key,
    events ?? 0,
  ]);
  return { delivery: `msg_${mark}` };
}
