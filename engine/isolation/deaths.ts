import { createHash } from 'node:crypto';
import { readStates } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { readHead } from '../runs/runs.ts';
import { callScript } from '../store/scripts.ts';
import { childRunIds } from '../workflows/children.ts';
import { loadDefinition } from '../workflows/definitions.ts';

/** Deaths alone, without progress in between, after which a run is ended. */
export const MAX_DEATHS = 3;

/**
 * The run whose code an isolated job executes: the job's own, or once that has ended, the nearest run above it that has not,
 * which is resumed by this end. `undefined` when the record is gone.
 */
export async function subjectOf(ctx: Context, jobId: string): Promise<Run | undefined> {
  let run = await readHead(ctx, jobId);
  while (run !== undefined && isEnded(run.status) && run.parent !== undefined) {
    const parent = await readHead(ctx, run.parent);
    if (parent === undefined) return run;
    run = parent;
  }
  return run;
}

/** Records an attempt alone before it begins. `hasDied`: the caller saw the attempt before die. Returns the deaths in a row without progress. */
export async function beginAttempt(ctx: Context, run: Run, hasDied: boolean): Promise<number> {
  const progress = await progressOf(ctx, run);
  return Number(await callScript(ctx.redis, 'beginIsolated', [ctx.keys.run(run.id)], [progress, hasDied ? '1' : '0']));
}

/** The attempt ended without a death. True when the run never died alone. */
export async function endAttempt(ctx: Context, id: string): Promise<boolean> {
  return (await callScript(ctx.redis, 'endIsolated', [ctx.keys.run(id)], [])) === 1;
}

/** What a workflow has achieved is in the records of its steps. */
async function progressOf(ctx: Context, run: Run): Promise<string> {
  if (run.kind !== 'workflow' || run.loop !== undefined || isEnded(run.status))
    return isEnded(run.status) ? 'ended' : '';
  try {
    const ids = childRunIds(run, await loadDefinition(ctx, run.workflow!, run.workflow_version!));
    return createHash('sha1')
      .update((await readStates(ctx, ids)).join())
      .digest('hex');
  } catch {
    // Without its definition it cannot progress.
    return '';
  }
}
