import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { readListing } from '../../../actions/listing.ts';
import type { Action } from '../../../connector/manifest.ts';
import { readPath } from '../../../connector/template.ts';

interface EndedRunsInput {
  job_id?: string | number | bigint;
  start_time_from?: number;
  max_items: number;
  watch?: { run_id: string | number | bigint; start_time: number }[];
}

const PATH = '/api/2.2/jobs/runs/list';
const SIZE = { param: 'limit', most: 24 };
/** More active runs than a workspace can have. */
const MAX_ACTIVE = 100_000;
/** Lookups of single runs in one call; the rest stays watched, and is looked for the next time. */
const MAX_LOOKUPS = 500;

/**
 * The runs that are active and those that have ended. The service lists runs by their start, so a run that took long is far
 * down the list when it ends: `watch` names runs that were active before, and those that are no longer, nor in the list, are
 * looked for by their start time. Active runs are read first: a run that ends in between is in both lists, never in none.
 */
export async function advanceEndedRuns(_action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const { job_id, start_time_from, max_items, watch = [] } = call.input as EndedRunsInput;
  const list = async (query: Record<string, unknown>, limit: number) =>
    readListing(io, { path: PATH, query: withoutMissing({ job_id, ...query }), items: 'runs', size: SIZE }, limit);

  const active = (await list({ active_only: true }, MAX_ACTIVE)).items;
  const ended = await list({ completed_only: true, start_time_from }, max_items);
  const runs = byId(ended.items);
  const activeIds = byId(active);
  const vanished = watch.filter(({ run_id }) => !runs.has(String(run_id)) && !activeIds.has(String(run_id)));
  for (const { run_id, start_time } of vanished.slice(0, MAX_LOOKUPS)) {
    const query = { completed_only: true, start_time_from: start_time, start_time_to: start_time };
    const found = byId((await list(query, max_items)).items).get(String(run_id));
    if (found !== undefined) runs.set(String(run_id), found);
  }
  return {
    kind: 'done',
    output: {
      runs: [...runs.values()],
      active: [...activeIds.values()].map((run) => ({
        run_id: readPath(run, 'run_id'),
        start_time: readPath(run, 'start_time'),
      })),
      more: ended.more,
    },
  };
}

/** A run that moves from one page to the next while they are read is there twice. */
function byId(runs: unknown[]): Map<string, unknown> {
  return new Map(runs.map((run) => [String(readPath(run, 'run_id')), run]));
}

function withoutMissing(query: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
