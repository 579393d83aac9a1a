/*
 * The polling floor: what starts workflows. Here belong ticks of schedules, polls of sources and the pages they find,
 * incoming webhooks, the health of triggers and the watchdog. It submits runs of workflows and moves cursors.
 */

import { setTimeout } from 'node:timers/promises';
import { ConnectorError } from '../../connector/errors.ts';
import type { Trigger } from '../../connector/manifest.ts';
import { isSuspended } from '../access/tenant-cache.ts';
import { scopeOf } from '../connectors/scope.ts';
import { pausedBy } from '../credentials/records/authentication-pause.ts';
import { isRangeId, readRange } from '../cursors/backfills.ts';
import { releaseCursor } from '../cursors/cursors.ts';
import { dueBetween, noteNextTick, removeSchedule, scheduledTime, scheduleOf } from '../queue/schedules.ts';
import type { Context } from '../runs/context.ts';
import { finalize } from '../runs/finalize.ts';
import { isEnded } from '../runs/run.ts';
import { readRun } from '../runs/runs.ts';
import { derivedId } from '../store/ids.ts';
import { isQuotaError } from '../store/quotas.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import { submitWorkflow } from '../workflows/submit-workflow.ts';
import { readWorkflow, type Workflow } from '../workflows/workflow-record.ts';
import type { WorkflowDefinition } from '../workflows/workflow-schema.ts';
import { makeRoom } from './overlap.ts';
import { poll, type Reading } from './polls.ts';
import { forgetWaitingRun, noteWaitingRun } from './waiting-runs.ts';

/** A run that begins so soon after its time is on time. */
const GRACE_MS = 60_000;
/** The run of a page is written after the cursor is given to it, and before it what it carries, which may be large. */
const WRITING_MS = 60_000;
/**
 * A poll that has the cursor and no record was lost in a crash, or is being written at this moment; then it is there by
 * now.
 */
const WRITE_MS = 1000;
/** A run that was due while the tenant had used its quota up begins when there is room, looked for this often. */
const NO_ROOM_MS = 15_000;
/** Of missed times that are all made up for. */
const MAX_MISSED = 1000;

/**
 * One tick: polls a workflow's source, or one of its ranges, or starts a scheduled run. `jobId` is the queue's; it
 * tells when a scheduled tick was due. A tick of a workflow that is gone or disabled removes its own schedule; while
 * the trigger's authentication needs a person, ticks do nothing. Called again for the same job, it makes no second run.
 * While the tenant has no room for a run that is due, it says when to call it again.
 */
export async function tick(given: Context, id: string, jobId?: string): Promise<{ ms: number } | undefined> {
  const range = isRangeId(id) ? await readRange(given, id) : undefined;
  if (isRangeId(id) && range === undefined) return undefined;
  const workflow = await readWorkflow(given, range?.workflow ?? id);
  if (workflow === undefined || !workflow.enabled || workflow.version === 0) {
    if (range === undefined) await removeSchedule(given, id);
    return undefined;
  }
  const ctx = await scopeOf(given, workflow.tenant);
  const definition = await loadDefinition(ctx, workflow.id, workflow.version);
  const trigger = ctx.manifests.triggers.get(definition.trigger.id);
  if (trigger === undefined) return undefined;
  if (range === undefined) await noteNextTick(ctx, workflow.id, scheduleOf(ctx, definition.trigger));
  // Times that come while a tenant is suspended are not made up for; a source is read on from its cursor.
  if (await isSuspended(ctx, workflow.tenant)) return undefined;
  const { linked_account: linkedAccount, authentication } = definition.trigger;
  // Resumes by itself: the first tick after the renewal goes through.
  if (linkedAccount !== undefined && (await pausedBy(ctx, { linkedAccount, authentication })) !== undefined)
    return undefined;
  if (trigger.kind === 'poll') await look(ctx, { workflow, trigger, cursor: id, until: range?.until });
  else if (trigger.kind === 'schedule')
    return startDue(ctx, { workflow, definition, trigger, due: scheduledTime(jobId) });
  return undefined;
}

/** Whose tick it is; `undefined` where the workflow or range is gone. */
export async function tenantOfTick(ctx: Context, id: string): Promise<string | undefined> {
  return (isRangeId(id) ? await readRange(ctx, id) : await readWorkflow(ctx, id))?.tenant;
}

/**
 * Polls; when a run that has ended still holds the cursor, a crash kept it from saying so, and that is made up for
 * first.
 */
async function look(ctx: Context, reading: Reading): Promise<void> {
  const first = await poll(ctx, reading);
  if (first.kind !== 'busy') return;
  let holder = await readRun(ctx, first.run);
  if (holder === undefined && first.since === undefined) {
    await setTimeout(WRITE_MS);
    holder = await readRun(ctx, first.run);
  }
  if (holder !== undefined && !isEnded(holder.status)) return;
  if (holder === undefined && first.since !== undefined && ctx.clock.now() - first.since < WRITING_MS) return;
  if (holder !== undefined) await finalize(ctx, holder);
  await releaseCursor(ctx, reading.cursor, first.run);
  await poll(ctx, reading);
}

/** Starts what was due, and makes up for times that were missed as the trigger says. */
async function startDue(
  ctx: Context,
  of: { workflow: Workflow; definition: WorkflowDefinition; trigger: Trigger; due: number | undefined },
): Promise<{ ms: number } | undefined> {
  const { workflow, definition } = of;
  const now = ctx.clock.now();
  const schedule = scheduleOf(ctx, definition.trigger);
  const first = of.due ?? now;
  const later = schedule === undefined ? [] : dueBetween(schedule, { from: first, to: now, most: MAX_MISSED });
  const times = [first, ...later];
  const policy = definition.trigger.input.missed ?? 'run_once';
  const last = times.at(-1)!;
  if (policy === 'skip' && now - last > GRACE_MS) return undefined;
  try {
    for (const [i, at] of (policy === 'run_all' ? times : [last]).entries()) {
      const id = derivedId('run', at, ['tick', workflow.id, at]);
      const due = { id, at, isMissed: policy === 'run_all' && times.length > 1 };
      if (!(await makeRoom(ctx, workflow, { overlap: definition.trigger.overlap, due }))) continue;
      await submitWorkflow(ctx, workflow.tenant, {
        id,
        turn: 'schedule',
        workflow: workflow.id,
        version: workflow.version,
        trigger: {
          at: new Date(now).toISOString(),
          scheduled_at: new Date(at).toISOString(),
          missed: policy === 'run_all' ? times.length - 1 - i : times.length - 1,
        },
      });
    }
  } catch (error) {
    if (!(error instanceof ConnectorError) || !isQuotaError(error)) throw error;
    await noteWaitingRun(ctx, workflow.id, { dueAt: first, error, keepMs: 4 * NO_ROOM_MS });
    ctx.log.warn({ workflow: workflow.id, err: error }, 'a due run waits because a quota of the tenant is exhausted');
    return { ms: NO_ROOM_MS };
  }
  await forgetWaitingRun(ctx, workflow.id);
  return undefined;
}
