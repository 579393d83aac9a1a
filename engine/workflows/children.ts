import { ConnectorError } from '../../connector/errors.ts';
import { cancelRun } from '../runs/cancel.ts';
import { itemRunId, readStates, stepRunId } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readMany, viewMany } from '../runs/run-list.ts';
import type { Readable } from '../store/unreadable.ts';
import { type Definition, loadDefinition } from './definitions.ts';

/** Items of a loop that are looked at in one round trip. */
const BATCH = 500;
/** More steps there cannot be; of a loop's items, the first. */
const MAX_CHILDREN = 200;

/** Step -> id of its run; of a replay, a step that is not run again has the run of before. */
export function stepRunIds(run: Pick<Run, 'id' | 'reused'>, { plan }: Definition): Map<string, string> {
  return new Map([...plan.steps.keys()].map((step) => [step, run.reused?.[step] ?? stepRunId(run.id, step)]));
}

/** Ids of every run that belongs to a workflow's run or a loop, in the order of the steps or items; some may not be there. */
export function childRunIds(run: Run, definition: Definition): string[] {
  if (run.loop === undefined) return [...stepRunIds(run, definition).values()];
  return Array.from({ length: run.loop.items }, (_, i) => itemRunId(run.id, i));
}

/** The runs of a workflow run's steps, or of a loop's items, in their order, 200 at most; as `show` shows them; those that have not begun are left out. */
export async function viewChildren<V>(ctx: Context, run: Run, show: (child: Run) => V): Promise<Readable<V>> {
  if (run.kind !== 'workflow') return { items: [] };
  const ids = await childIdsOf(ctx, run);
  return viewMany(ctx, ids.slice(0, MAX_CHILDREN), show);
}

/** The children that can be read. */
export async function childrenOf(ctx: Context, run: Run): Promise<Run[]> {
  return (await viewChildren(ctx, run, (child) => child)).items;
}

/** Cancels the open steps of a workflow's run, or items of a loop. False when there are none. */
export async function cancelChildren(ctx: Context, run: Run): Promise<boolean> {
  const ids = await childIdsOf(ctx, run);
  let hasOpen = false;
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const states = await readStates(ctx, batch);
    const open = batch.filter((_, i) => states[i] === 'open');
    for (const child of await readMany(ctx, open)) {
      if (child === undefined) continue;
      hasOpen = true;
      await cancelRun(ctx, child);
    }
  }
  return hasOpen;
}

/** As `childRunIds`, of a run whose workflow may be deleted: then none can be named. */
export async function childRunIdsOf(ctx: Context, run: Run): Promise<string[]> {
  try {
    return await childIdsOf(ctx, run);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_NOT_FOUND') return [];
    throw error;
  }
}

async function childIdsOf(ctx: Context, run: Run): Promise<string[]> {
  return childRunIds(run, await loadDefinition(ctx, run.workflow!, run.workflow_version!));
}
