import { derivedId } from '../store/ids.ts';
import { callScriptOverKeys } from '../store/scripts.ts';
import type { Context } from './context.ts';

/** How a step or an item stands, by the record of its run. `none`: it has no run yet. */
export type StepState = 'none' | 'open' | 'succeeded' | 'skipped' | 'failed' | 'canceled';

/** The run of a step: derived, so that making it twice makes it once. */
export function stepRunId(parent: string, step: string): string {
  return `${parent}.${step}`;
}

/** The run of one item of a loop. */
export function itemRunId(loop: string, index: number): string {
  return `${loop}.${index}`;
}

/** The run by which a bulk replay repeats a run: derived, so that repeating it twice repeats it once. */
export function bulkReplayRunId(bulk: { id: string; created_at: number }, run: string): string {
  return derivedId('run', bulk.created_at, [bulk.id, run]);
}

/** How runs stand, in one round trip; a run that is not there is `none`. */
export async function readStates(ctx: Context, ids: readonly string[]): Promise<StepState[]> {
  if (ids.length === 0) return [];
  const answer = (await callScriptOverKeys(
    ctx.redis,
    'readStates',
    ids.map((id) => ctx.keys.run(id)),
    [],
  )) as string[];
  return answer.map((status) => {
    if (status === '') return 'none';
    return status === 'queued' || status === 'running' || status === 'waiting' ? 'open' : (status as StepState);
  });
}
