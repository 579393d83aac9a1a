import { derivedId } from '../store/ids.ts';
import { readFields } from '../store/read-fields.ts';
import { callScriptOverKeys } from '../store/scripts.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { HEAD_FIELDS } from './run-codec.ts';
import { toRun } from './runs.ts';

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
  const found = await readFields(
    ctx.redis,
    ids.map((id) => ctx.keys.run(id)),
    ['status', 'skipped'],
  );
  return found.map(([status, skipped]) => stateOf(status ?? '', skipped != null));
}

const HEAD_NAMES = HEAD_FIELDS.join(' ');

/** A run without what may be large in it, as `readHead`, and how those below it stand, in one round trip. */
export async function readProgress(
  { redis, keys }: Pick<Context, 'redis' | 'keys'>,
  id: string,
  below: readonly string[],
): Promise<{ run: Run | undefined; states: StepState[] }> {
  const all = [keys.run(id), ...below.map((each) => keys.run(each))];
  const [fields, states] = (await callScriptOverKeys(redis, 'readProgress', all, [HEAD_NAMES])) as [string[], string[]];
  return {
    run: fields.length === 0 ? undefined : toRun(id, fields),
    states: states.map((state) => {
      const [status = '', skipped] = state.split(' ');
      return stateOf(status, skipped !== undefined);
    }),
  };
}

function stateOf(status: string, isSkipped: boolean): StepState {
  if (status === '') return 'none';
  if (status === 'queued' || status === 'running' || status === 'waiting') return 'open';
  return status === 'succeeded' && isSkipped ? 'skipped' : (status as StepState);
}
