import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { scopeOfRun } from '../connectors/scope.ts';
import { endRange } from '../cursors/backfills.ts';
import { commitCursor, readCursor } from '../cursors/cursors.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import type { Run, RunEnd } from '../runs/run.ts';
import { deliverPage, recoverPoll } from './polls.ts';
import { noteFailure, noteSuccess } from './trigger-health.ts';

/**
 * A poll's rows go to the run of their page and not into the poll's own record, which is then of no more use. What remains of a poll
 * that failed is its end.
 */
export async function pollEnded(given: Context, run: Run, end: RunEnd): Promise<RunEnd | undefined> {
  try {
    // As it was asked, so the answer is read.
    const ctx = await scopeOfRun(given, run);
    if (end.status === 'succeeded') {
      await deliverPage(ctx, run, end.output);
      return undefined;
    }
    if (end.error === undefined) return end;
    const error = await recoverPoll(ctx, run, end.error);
    return error === undefined ? undefined : { ...end, error };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { status: 'failed', error: toErrorRecord(error), launches: end.launches ?? run.launches };
  }
}

/** The page's rows are delivered, or they are not: only then the cursor moves, or stays. */
export async function pageEnded(ctx: Context, run: Run): Promise<void> {
  const page = run.page!;
  const cursor = page.cursor ?? run.workflow!;
  if (run.status !== 'succeeded' || page.to === undefined) {
    const canceled = new ConnectorError('ERR_CANCELED', `run ${run.id} was ${run.status}`);
    return noteFailure(ctx, run, run.error ?? toErrorRecord(canceled));
  }
  const moved = await commitCursor(ctx, cursor, {
    version: page.version,
    to: page.to,
    run: run.id,
    events: page.events ?? 0,
    memory: page.memory === undefined ? undefined : { keptFor: page.memory },
    backlog: page.backlog,
  });
  if (moved !== undefined) await noteSuccess(ctx, run, moved.failuresBefore);
  // Also when an earlier call moved it and a crash kept it from asking for more.
  if (moved === undefined && (await readCursor(ctx, cursor)).version !== page.version + 1) return;
  if (page.is_full === true) await enqueueTick(ctx, cursor);
  else if (page.cursor !== undefined) await endRange(ctx, page.cursor, 'done');
}
