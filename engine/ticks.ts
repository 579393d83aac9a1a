import { pausedBy } from './authentication-pause.ts';
import type { Context } from './context.ts';
import { releaseCursor } from './cursors.ts';
import { newId } from './ids.ts';
import { poll, type Reading } from './polls.ts';
import { isEnded, readRun } from './runs.ts';
import { removeSchedule } from './schedules.ts';
import { settle } from './settle.ts';
import { submitWorkflow } from './steps.ts';
import { loadDefinition, readWorkflow, SCHEDULE_TRIGGER } from './workflows.ts';

/**
 * One tick of a workflow's trigger: polls its source, or starts a scheduled run.
 * A tick of a workflow that is gone or disabled removes its own schedule; while the trigger's authentication needs a person,
 * ticks do nothing.
 * @returns the id of the run it made, or `null`
 */
export async function tick(ctx: Context, workflowId: string): Promise<string | null> {
  const workflow = await readWorkflow(ctx, workflowId);
  if (workflow === undefined || !workflow.enabled) {
    await removeSchedule(ctx, workflowId);
    return null;
  }
  const { trigger: use } = await loadDefinition(ctx, workflow.id, workflow.version);
  // Resumes by itself: the first tick after the renewal goes through.
  const { linked_account: linkedAccount, authentication } = use;
  if (linkedAccount !== undefined && (await pausedBy(ctx, { linkedAccount, authentication })) !== undefined)
    return null;
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
  return trigger === undefined ? null : look(ctx, { workflow, trigger, cursor: workflow.id });
}

/** Polls; when a run that has ended still holds the cursor, a crash kept it from saying so, and that is made up for first. */
async function look(ctx: Context, reading: Reading): Promise<string | null> {
  const first = await poll(ctx, reading);
  if (first.kind === 'asked') return first.run;
  if (first.kind !== 'busy') return null;
  const holder = await readRun(ctx, first.run);
  if (holder !== undefined && !isEnded(holder.status)) return null;
  if (holder !== undefined) await settle(ctx, holder);
  await releaseCursor(ctx, reading.cursor, first.run);
  const second = await poll(ctx, reading);
  return second.kind === 'asked' ? second.run : null;
}
