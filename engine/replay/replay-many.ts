import { hash } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Context } from '../context.ts';
import { listRuns, type RunFilter } from '../runs/run-list.ts';
import { isEnded, type Run } from '../runs/runs.ts';
import { planReplay, type Repeated, type ReplayChoice } from './replay-plan.ts';

/** Which runs, and how they would be done again. */
export interface ManyReplays extends ReplayChoice {
  filter: RunFilter;
}

/** What one run would do again. */
export interface ReplayPreview {
  run: string;
  workflow?: string;
  action?: string;
  repeated: Repeated[];
}

export interface ReplaysPreview {
  runs: ReplayPreview[];
  /** How many actions of each effect would be done again: `once` and `token` change something a second time. */
  effects: Record<Effect, number>;
  /** There are more than are taken at once; the rest comes with the next call. */
  is_cut: boolean;
  /** Says yes to exactly this. */
  confirm: string;
}

/** Taken at once: a list that a person can look through. */
const MOST_RUNS = 1000;
const PAGE = 200;
const CONFIRM_DIGITS = 16;

/**
 * What a replay of many would do: ended runs that match, oldest first, those that were replayed already left out. Changes
 * nothing.
 */
export async function previewReplays(ctx: Context, tenant: string, request: ManyReplays): Promise<ReplaysPreview> {
  const { runs, isCut } = await matching(ctx, tenant, request.filter);
  const previews: ReplayPreview[] = [];
  for (const run of runs) previews.push(await preview(ctx, run, request));
  const effects: Record<Effect, number> = { safe: 0, idempotent: 0, token: 0, once: 0 };
  for (const { repeated } of previews) for (const { effect } of repeated) effects[effect] += 1;
  const content = JSON.stringify([request.from ?? 'start', request.version ?? 'same', previews]);
  return { runs: previews, effects, is_cut: isCut, confirm: hash('sha256', content).slice(0, CONFIRM_DIGITS) };
}

async function matching(ctx: Context, tenant: string, filter: RunFilter): Promise<{ runs: Run[]; isCut: boolean }> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  do {
    const page = await listRuns(ctx, tenant, { filter, limit: PAGE, cursor });
    for (const run of page.runs) {
      const isOwn = run.purpose === 'call' || run.purpose === 'workflow';
      if (isOwn && isEnded(run.status) && run.replayed_by === undefined) runs.push(run);
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && runs.length <= MOST_RUNS);
  // Newest first as listed; the oldest are to be done first.
  return { runs: runs.slice(0, MOST_RUNS).reverse(), isCut: runs.length > MOST_RUNS };
}

async function preview(ctx: Context, run: Run, choice: ReplayChoice): Promise<ReplayPreview> {
  if (run.kind === 'action') {
    return { run: run.id, action: run.action!, repeated: [{ action: run.action!, effect: run.effect ?? 'once' }] };
  }
  try {
    const { repeated } = await planReplay(ctx, run, choice);
    return { run: run.id, workflow: run.workflow!, repeated };
  } catch (error) {
    // Its workflow or step is gone: the replay says so, run by run.
    if (!(error instanceof ConnectorError)) throw error;
    return { run: run.id, workflow: run.workflow!, repeated: [] };
  }
}
