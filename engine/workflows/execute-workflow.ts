import type { Activation } from '../runs/activation.ts';
import { cancelRun } from '../runs/cancel.ts';
import type { Context } from '../runs/context.ts';
import { isOverdue } from '../runs/deadline.ts';
import { finalize } from '../runs/finalize.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { readHead } from '../runs/runs.ts';

/**
 * Executes a workflow's run: starts its first steps. What continues it are the ends of its steps; only a time limit
 * brings it back here.
 */
export async function executeWorkflow(ctx: Context, run: Run): Promise<Activation> {
  await finalize(ctx, run);
  if (run.deadline === undefined) return { kind: 'ended' };
  const now = await readHead(ctx, run.id);
  if (now === undefined || isEnded(now.status)) return { kind: 'ended' };
  if (!isOverdue(ctx, run)) return { kind: 'wait', ms: run.deadline - ctx.clock.now() };
  await cancelRun(ctx, run);
  return { kind: 'ended' };
}
