import { ConnectorError } from '../../connector/errors.ts';
import { cancelRun } from '../runs/cancel.ts';
import { itemRunId, readStates, stepRunId } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readMany, viewMany } from '../runs/run-list.ts';
import { type ListPage, positionOf } from '../store/list-pages.ts';
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
  return run.loop === undefined ? [...stepRunIds(run, definition).values()] : itemRunIds(run, run.loop.items);
}

function itemRunIds({ id }: Run, count: number): string[] {
  return Array.from({ length: count }, (_, i) => itemRunId(id, i));
}

/**
 * The runs of a workflow run's steps, or of a loop's items, in their order, as `show` shows them; those that have not begun are left out.
 * Of a loop with more than 200 items, those of the first 200; `next` is the position of the others in the list of runs with this parent.
 */
export async function viewChildren<V>(ctx: Context, run: Run, show: (child: Run) => V): Promise<ListPage<V>> {
  if (run.kind !== 'workflow') return { items: [] };
  const ids = await childIdsOf(ctx, run);
  const first = await viewMany(ctx, ids.slice(0, MAX_CHILDREN), show);
  if (ids.length <= MAX_CHILDREN) return first;
  return { ...first, next: positionOf({ id: ids[MAX_CHILDREN - 1]!, score: MAX_CHILDREN - 1 }) };
}

/** The steps of a workflow's run, or items of a loop, that have begun and not ended, whatever their number. */
export async function* openChildren(ctx: Context, run: Run): AsyncGenerator<Run> {
  const ids = await childIdsOf(ctx, run);
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const states = await readStates(ctx, batch);
    const open = batch.filter((_, i) => states[i] === 'open');
    for (const child of await readMany(ctx, open)) if (child !== undefined) yield child;
  }
}

/** Cancels the open steps of a workflow's run, or items of a loop. False when there are none. */
export async function cancelChildren(ctx: Context, run: Run): Promise<boolean> {
  let hasOpen = false;
  for await (const child of openChildren(ctx, run)) {
    hasOpen = true;
    await cancelRun(ctx, child);
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
  // Items need no definition to be named: those of a deleted workflow are found, too.
  if (run.loop !== undefined) return itemRunIds(run, run.loop.items);
  return childRunIds(run, await loadDefinition(ctx, run.workflow!, run.workflow_version!));
}
