import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { readMany, viewMany } from '../runs/run-list.ts';
import { changesOf } from '../runs/run-owners.ts';
import { readableHeads } from '../runs/runs.ts';
import { type ListPage, type PageRequest, pageOfIndex } from '../store/list-pages.ts';
import { callScriptOverKeys } from '../store/scripts.ts';
import { withUnreadable } from '../store/unreadable.ts';

/** A run that waits for a person. Times are epoch ms. */
export interface PendingApproval {
  /** The run to approve or deny. */
  id: string;
  /** The run of the workflow that it is a step of; itself when it is no step. */
  run: string;
  step: string | null;
  workflow: string | null;
  message: string | null;
  requested_at: number;
  expires_at: number | null;
}

/**
 * Notes that a run waits for a person, and counts it in `pending_approvals` of the run and of those above it, as lists show it. A second
 * time, and once the run is decided or has ended, it changes nothing.
 */
export async function notePending(ctx: Context, run: Run): Promise<void> {
  await countApproval(ctx, run, ctx.clock.now());
}

/** Forgets a run that waits no longer. What is not forgotten, because of a crash, is by the next list. */
export async function forgetPending(ctx: Context, run: Run): Promise<void> {
  await countApproval(ctx, run, '');
}

async function countApproval(ctx: Context, run: Run, at: number | ''): Promise<void> {
  const { keys, redis } = ctx;
  const runs = [run, ...(await runsAbove(ctx, run))];
  await callScriptOverKeys(
    redis,
    'countApproval',
    [
      keys.pendingApprovals(run.tenant),
      ...runs.flatMap((each) => [
        keys.run(each.id),
        keys.runChannel(each.id),
        changesOf(ctx, each) ?? keys.run(each.id),
      ]),
    ],
    [at, ...runs.map(({ id }) => id)],
  );
}

/** The loop, the workflow's run, and the runs that this one is a step of, from the inside out; up to one that cannot be read. */
async function runsAbove(ctx: Context, { parent }: Run): Promise<Run[]> {
  const found: Run[] = [];
  for (let id = parent; id !== undefined; ) {
    const [above] = await readableHeads(ctx, [id]);
    if (above === undefined) break;
    found.push(above);
    id = above.parent;
  }
  return found;
}

/**
 * The tenant's runs that wait for a person, newest first.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export async function listPending(ctx: Context, tenant: string, page: PageRequest): Promise<ListPage<PendingApproval>> {
  const index = ctx.keys.pendingApprovals(tenant);
  const { ids, entries, next } = await pageOfIndex(ctx, index, page);
  const found = await viewMany(ctx, ids, (run) => run);
  const runs = new Map(found.items.map((run) => [run.id, run]));
  const unreadable = new Set(found.unreadable?.map(({ id }) => id));
  const approvals: PendingApproval[] = [];
  const gone: string[] = [];
  for (const { id, score } of entries) {
    const run = runs.get(id);
    if (unreadable.has(id)) continue;
    if (run === undefined) gone.push(id);
    else if (isEnded(run.status)) await forgetPending(ctx, run);
    else if (run.decision === undefined) approvals.push(describe(run, score, await workflowRunOf(ctx, run)));
  }
  if (gone.length > 0) await ctx.redis.zrem(index, ...gone);
  return { ...withUnreadable(approvals, found.unreadable), next };
}

function describe(run: Run, requested_at: number, workflowRun: string): PendingApproval {
  const { message } = (run.input ?? {}) as { message?: string };
  const until = (run.state as { own?: { until?: number } } | undefined)?.own?.until;
  const ends = [until, run.deadline].filter((time) => time !== undefined);
  return {
    id: run.id,
    run: workflowRun,
    step: run.step ?? null,
    workflow: run.workflow ?? null,
    message: message ?? null,
    requested_at,
    expires_at: ends.length === 0 ? null : Math.min(...ends),
  };
}

/** A loop's item is the child of the loop, which is the child of the workflow's run. */
async function workflowRunOf(ctx: Context, run: Run): Promise<string> {
  if (run.parent === undefined) return run.id;
  if (run.item_index === undefined) return run.parent;
  const [loop] = await readMany(ctx, [run.parent]);
  return loop?.parent ?? run.parent;
}
