import type { Context } from '../context.ts';
import { callScriptOverKeys } from '../store/scripts.ts';
import type { Definition } from '../workflows/definitions.ts';
import type { StepState } from '../workflows/workflow-decide.ts';
import type { Run } from './runs.ts';

/** The run of a step: derived, so that making it twice makes it once. */
export function stepRunId(parent: string, step: string): string {
  return `${parent}.${step}`;
}

/** The run of one item of a loop. */
export function itemRunId(loop: string, index: number): string {
  return `${loop}.${index}`;
}

/** Step -> id of its run; of a replay, a step that is not run again has the run of before. */
export function stepRunIds(run: Pick<Run, 'id' | 'reused'>, { plan }: Definition): Map<string, string> {
  return new Map([...plan.steps.keys()].map((step) => [step, run.reused?.[step] ?? stepRunId(run.id, step)]));
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

/** Ids of every run that belongs to a workflow's run or a loop, in the order of the steps or items; some may not be there. */
export function childRunIds(run: Run, definition: Definition): string[] {
  if (run.loop === undefined) return [...stepRunIds(run, definition).values()];
  return Array.from({ length: run.loop.items }, (_, i) => itemRunId(run.id, i));
}
