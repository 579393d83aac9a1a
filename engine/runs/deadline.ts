import type { Context } from './context.ts';
import type { Run } from './run.ts';

/** Whether a run is past its own time limit. */
export function isOverdue(ctx: Pick<Context, 'clock'>, { deadline }: Pick<Run, 'deadline'>): boolean {
  return deadline !== undefined && ctx.clock.now() >= deadline;
}
