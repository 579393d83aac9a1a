import { scopeOf } from '../connectors/scope.ts';
import { openRanges } from '../cursors/backfills.ts';
import { emitEvent } from '../events/life-events.ts';
import { missedJobId, scheduleOf, writeSchedule } from '../queue/schedules.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import { tryItem } from '../store/each-item.ts';
import type { Finding } from '../store/meters.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import { readWorkflow } from '../workflows/workflow-record.ts';

/** A tick that is so much behind its time did not come; a queue that is merely long catches up sooner. */
const LATE_MS = 60_000;
/** Late triggers and backfills that one round checks; the next continues. */
const BATCH = 1000;

/**
 * Compares what should have ticked with what did: a schedule that was lost is rewritten, and the tick that is missing is
 * made up for. Asks for the next page of ranges, whose ticks have no schedule. Safe to run in several processes at once.
 * @returns how many triggers had not ticked
 */
export async function watchTriggers(ctx: Context): Promise<number> {
  const { redis, keys, clock } = ctx;
  const late = await redis.zrangebyscore(
    keys.dueTicks(),
    '-inf',
    clock.now() - LATE_MS,
    'WITHSCORES',
    'LIMIT',
    0,
    BATCH,
  );
  let stalled = 0;
  for (let i = 0; i < late.length; i += 2) {
    const item = late[i]!;
    const work = () => restart(ctx, item, Number(late[i + 1]));
    if (await tryItem(ctx, { loop: 'watchdog', item }, work)) stalled += 1;
  }
  if (stalled > 0) ctx.meters.count('penstock_reconciler_repairs_total', ['missed_tick' satisfies Finding], stalled);
  for (const item of await openRanges(ctx, BATCH))
    await tryItem(ctx, { loop: 'watchdog', item }, () => enqueueTick(ctx, item));
  return stalled;
}

async function restart(given: Context, id: string, dueAt: number): Promise<boolean> {
  const workflow = await readWorkflow(given, id);
  if (workflow === undefined || !workflow.enabled || workflow.version === 0) {
    await given.redis.zrem(given.keys.dueTicks(), id);
    return false;
  }
  const ctx = await scopeOf(given, workflow.tenant);
  const { trigger } = await loadDefinition(ctx, id, workflow.version);
  const due = scheduleOf(ctx, trigger);
  await writeSchedule(ctx, id, due);
  // A tick of a time of the clock that is only late makes the same run.
  await enqueueTick(ctx, id, due !== undefined && 'cron' in due ? missedJobId(id, dueAt) : undefined);
  ctx.log.warn({ workflow: id }, 'a trigger missed its schedule and was restarted');
  await emitEvent(ctx, workflow.tenant, { type: 'trigger.stalled', data: { workflow: id } });
  return true;
}
