import { endBackoff } from '../cursors/cursors.ts';
import { watchFreshness } from '../cursors/freshness-watch.ts';
import { removeSchedule, scheduleOf, writeSchedule } from '../queue/schedules.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import { quotaCheck } from '../store/quotas.ts';
import type { Check, Write } from '../store/records.ts';
import { loadDefinition } from './definitions.ts';
import type { Workflow } from './workflow-record.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** What counts a workflow among those with a schedule when it is enabled and has one, and takes it off otherwise. */
export function schedulePlace(
  ctx: Context,
  { id, tenant, enabled }: Workflow,
  { trigger }: Pick<WorkflowDefinition, 'trigger'>,
): { checks: Check[]; writes: Write[] } {
  const key = ctx.keys.schedules(tenant);
  if (!enabled || scheduleOf(ctx, trigger) === undefined) return { checks: [], writes: [['ZREM', key, id]] };
  return {
    checks: [quotaCheck(ctx, { tenant, name: 'schedules', member: id })],
    writes: [['ZADD', key, ctx.clock.now(), id]],
  };
}

/** The schedule as the published version and the switch want it. */
export async function followSchedule(ctx: Context, workflow: Workflow): Promise<void> {
  if (!workflow.enabled) {
    await watchFreshness(ctx, workflow.id, false);
    return removeSchedule(ctx, workflow.id);
  }
  const { trigger } = await loadDefinition(ctx, workflow.id, workflow.version);
  // What failed before may be what this version corrects.
  await endBackoff(ctx, workflow.id);
  await writeSchedule(ctx, workflow.id, scheduleOf(ctx, trigger));
  await watchFreshness(ctx, workflow.id, trigger.freshness !== undefined);
  // What is there already is delivered now, not after the first interval; while a page is in flight the tick does nothing.
  if (
    ctx.manifests.triggers.get(trigger.id)?.manifest.every_seconds !== undefined &&
    trigger.schedule?.cron === undefined
  ) {
    await enqueueTick(ctx, workflow.id);
  }
}
