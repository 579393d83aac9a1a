import type { ErrorRecord } from '../../connector/errors.ts';
import { commitCursor, endBackoff, failPage, pauseCursor, readCursor, resumeCursor } from '../cursors/cursors.ts';
import { emitEvent } from '../events/life-events.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import { readWorkflow } from '../workflows/workflow-record.ts';
import { openDeadLetter } from './dead-letters.ts';

/** A poll, or the run of a page; of a poll that could not even begin, what there is. */
export type Attempt = Pick<Run, 'id' | 'tenant' | 'workflow' | 'workflow_version' | 'page'>;

/** Consecutive failures: a temporary error of the service is over by then. */
const TELL_AFTER = 3;
const GONE = 410;

/**
 * A poll or a page failed. The cursor stays and waits, unless no waiting helps: an endpoint that is gone pauses the
 * trigger, and after as many failures as the workflow says the page is dead-lettered. What failed of a version that is no longer the
 * published one says nothing of that: it polls at once. Called again for the same run it does nothing.
 */
export async function noteFailure(ctx: Context, run: Attempt, error: ErrorRecord): Promise<void> {
  const cursor = run.page?.cursor ?? run.workflow!;
  const failures = await failPage(ctx, cursor, { run: run.id, message: error.message, hint: error.hint });
  if (failures === 0) return;
  if (failures === TELL_AFTER) {
    await tell(ctx, run, 'trigger.failing', { failures, code: error.code, message: error.message, last_run: run.id });
  }
  if (await isReplaced(ctx, run)) {
    await endBackoff(ctx, cursor);
    await enqueueTick(ctx, cursor);
  } else if (error.code === 'ERR_STEP_FAILED' && error.upstream?.status === GONE) {
    await pause(ctx, run, `the webhook endpoint responded 410 (Gone) (${error.message})`);
  } else await deadLetter(ctx, run, failures);
}

/** Read after the failure was noted: a version that is published later ends the backoff itself. */
async function isReplaced(ctx: Context, { workflow, workflow_version: version }: Attempt): Promise<boolean> {
  const published = (await readWorkflow(ctx, workflow!))?.version;
  return published !== undefined && version !== undefined && published !== version;
}

/** A poll or a page went well; tells of it when failures had been told of. */
export async function noteSuccess(ctx: Context, run: Attempt, failuresBefore: number): Promise<void> {
  if (failuresBefore >= TELL_AFTER) await tell(ctx, run, 'trigger.recovered', { failures: failuresBefore });
}

/** A person stops the polling of a workflow; what is in flight is delivered still. Pausing again keeps the first reason. */
export async function pauseManually(
  ctx: Context,
  at: { tenant: string; workflow: string; by: string; reason: string },
): Promise<void> {
  const { tenant, workflow, by, reason } = at;
  if ((await readCursor(ctx, workflow)).paused !== null) return;
  await pauseCursor(ctx, workflow, { by, reason });
  await emitEvent(ctx, tenant, { type: 'trigger.paused', data: { workflow, reason, by } });
}

/** Takes a pause back and looks at the source at once. */
export async function resume(ctx: Context, at: { tenant: string; workflow: string; cursor: string }): Promise<void> {
  await resumeCursor(ctx, at.cursor);
  await emitEvent(ctx, at.tenant, { type: 'trigger.resumed', data: { workflow: at.workflow } });
  await enqueueTick(ctx, at.cursor);
}

async function pause(ctx: Context, run: Attempt, reason: string): Promise<void> {
  await pauseCursor(ctx, run.page?.cursor ?? run.workflow!, { by: 'penstock', reason });
  await tell(ctx, run, 'trigger.paused', { reason, last_run: run.id });
}

/** The dead letter: the page counts as read, and its run, which holds its rows, is kept for a replay. */
async function deadLetter(ctx: Context, run: Attempt, failures: number): Promise<void> {
  const { page } = run;
  if (page?.to === undefined) return;
  const { trigger } = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  if (trigger.dead_letter_after === undefined || failures < trigger.dead_letter_after) return;
  const moved = await commitCursor(ctx, page.cursor ?? run.workflow!, {
    version: page.version,
    to: page.to,
    run: run.id,
    events: 0,
    memory: page.memory === undefined ? undefined : { keptFor: page.memory },
    backlog: page.backlog,
  });
  if (moved === undefined) return;
  await openDeadLetter(ctx, { ...run, workflow: run.workflow! });
  await tell(ctx, run, 'page.dead_lettered', { run: run.id, events: page.events ?? 0, failures });
  await enqueueTick(ctx, page.cursor ?? run.workflow!);
}

async function tell(
  ctx: Context,
  run: Attempt,
  type: Parameters<typeof emitEvent>[2]['type'],
  data: Record<string, unknown>,
): Promise<void> {
  ctx.log.warn({ workflow: run.workflow, ...data }, type);
  await emitEvent(ctx, run.tenant, { type, data: { workflow: run.workflow, ...data } });
}
