import type { Context } from './context.ts';
import { newId } from './ids.ts';
import { poll } from './polls.ts';
import { removeSchedule } from './schedules.ts';
import { submitWorkflow } from './steps.ts';
import { loadDefinition, readWorkflow, SCHEDULE_TRIGGER } from './workflows.ts';

/**
 * One tick of a workflow's trigger: polls its source, or starts a scheduled run.
 * A tick of a workflow that is gone or disabled removes its own schedule.
 * @returns the id of the run it made, or `null`
 */
export async function tick(ctx: Context, workflowId: string): Promise<string | null> {
  const workflow = await readWorkflow(ctx, workflowId);
  if (workflow === undefined || !workflow.enabled) {
    await removeSchedule(ctx, workflowId);
    return null;
  }
  const { trigger: use } = await loadDefinition(ctx, workflow.id, workflow.version);
  if (use.id === SCHEDULE_TRIGGER) {
    const now = ctx.clock.now();
    const run = await submitWorkflow(ctx, workflow.tenant, {
      id: newId('run', now),
      workflow: workflow.id,
      version: workflow.version,
      trigger: { at: new Date(now).toISOString() },
    });
    return run.id;
  }
  const trigger = ctx.catalogue.triggers.get(use.id);
  return trigger === undefined ? null : poll(ctx, workflow, trigger);
}

/** Asks for a tick now, outside the schedule: more pages are waiting, or a person asked. */
export async function enqueueTick(ctx: Context, workflow: string): Promise<void> {
  await ctx.queues.ticks.add('tick', { workflow });
}
