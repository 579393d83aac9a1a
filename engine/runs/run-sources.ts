import type { Context } from './context.ts';
import type { Run } from './run.ts';
import type { RunFilter } from './run-filter.ts';
import { readRun } from './runs.ts';

/** Ids of runs in an order of their own, from the one after `after` on; `at` says where each stands. Fewer than `limit` at the end. */
export type RunSource = (after: number | undefined, limit: number) => Promise<{ id: string; at: number }[]>;

/**
 * Where the runs of a filter are found that are few and named: by their ids, or by another record, as steps, items and replays are. `undefined` for a filter
 * whose runs are found by time.
 */
export async function sourceOf(
  ctx: Context,
  tenant: string,
  { ids, parent, replay_of, bulk_replay }: RunFilter,
): Promise<RunSource | undefined> {
  // An id begins with the time of its creation.
  if (ids !== undefined) return listed([...new Set(ids)].sort().reverse());
  if (parent !== undefined) return listed(await childIds(ctx, await ownRun(ctx, tenant, parent)));
  if (bulk_replay !== undefined)
    return (after, limit) => ctx.handlers.replayRunIds(ctx, bulk_replay.id, { before: after, limit });
  const original = replay_of === undefined ? undefined : await ownRun(ctx, tenant, replay_of);
  // The replays of a run that is gone are still found by time.
  return original?.replays === undefined ? undefined : listed(original.replays.split(' ').reverse());
}

async function ownRun(ctx: Context, tenant: string, id: string): Promise<Run | undefined> {
  const run = await readRun(ctx, id);
  return run?.tenant === tenant ? run : undefined;
}

async function childIds(ctx: Context, run: Run | undefined): Promise<string[]> {
  return run?.kind === 'workflow' ? ctx.handlers.childRunIds(ctx, run) : [];
}

function listed(ids: readonly string[]): RunSource {
  return async (after = -1, limit) =>
    ids.slice(after + 1, after + 1 + limit).map((id, i) => ({ id, at: after + 1 + i }));
}
