import type { Context } from '../context.ts';
import { cancelRun } from '../runs/cancel.ts';
import { settle } from '../runs/finalize.ts';
import { type Activation, isOverdue } from '../runs/hand.ts';
import { isEnded, type Run, readHead } from '../runs/runs.ts';

/**
 * Carries a workflow's run on: begins its first steps. What carries it further are the ends of its steps; only a time limit
 * brings it back here.
 */
export async function carryWorkflow(ctx: Context, run: Run): Promise<Activation> {
  await settle(ctx, run);
  if (run.deadline === undefined) return { kind: 'ended' };
  const now = await readHead(ctx, run.id);
  if (now === undefined || isEnded(now.status)) return { kind: 'ended' };
  if (!isOverdue(ctx, run)) return { kind: 'wait', ms: run.deadline - ctx.clock.now() };
  await cancelRun(ctx, run);
  return { kind: 'ended' };
}
