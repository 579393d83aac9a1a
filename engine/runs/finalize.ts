import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { storeValue } from '../artifacts/values.ts';
import type { Context } from '../context.ts';
import { endRange } from '../polling/backfills.ts';
import { commitCursor, readCursor } from '../polling/cursors.ts';
import { closeDeadLetters } from '../polling/dead-letters.ts';
import { deliverPage, recoverPoll } from '../polling/polls.ts';
import { noteFailure, noteSuccess } from '../polling/trigger-health.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import { leaveTurns } from '../workflows/run-turns.ts';
import { advanceWorkflow, type Next } from '../workflows/steps.ts';
import { endEvent } from './end-event.ts';
import { PHASES } from './phases.ts';
import { dropRun, finishRun, type RunEnd } from './run-writes.ts';
import { isEnded, type Run } from './runs.ts';

/**
 * Ends a run, then does what follows from its end: its workflow goes on, its cursor moves, the next page is asked for.
 * Every part is idempotent, so a crash anywhere in between is mended by calling it again; without `end` only the
 * consequences of an end that is written already are drawn.
 */
export async function settle(ctx: Context, run: Run, end?: RunEnd): Promise<void> {
  let current: { run: Run; end: RunEnd | undefined } | undefined = { run, end };
  while (current !== undefined) {
    const ended: Run | undefined = current.end === undefined ? current.run : await write(ctx, current.run, current.end);
    current = ended === undefined ? undefined : await follow(ctx, ended);
  }
}

/** The run as it ended, or `undefined` when another holder ended it. */
async function write(ctx: Context, run: Run, end: RunEnd): Promise<Run | undefined> {
  if (run.purpose === 'poll') return writePoll(ctx, run, end);
  return endRun(ctx, run, end);
}

/** Writes the end of a run; nothing follows from it yet. `undefined` when it had ended, or another holder has it. */
export async function endRun(ctx: Context, run: Run, end: RunEnd): Promise<Run | undefined> {
  const final: RunEnd = { ...end };
  if (end.output !== undefined && end.artifact === undefined) {
    const stored = await storeValue(ctx, end.output, { run: run.id, part: 'out' });
    if ('artifact' in stored) {
      delete final.output;
      final.artifact = stored.artifact;
    }
  }
  if (
    !(await finishRun(ctx, run, final, {
      event: run.purpose === 'workflow' ? await endEvent(ctx, run, final) : undefined,
    }))
  ) {
    // The outputs of a loop are gathered by each that finds its end.
    if (run.loop !== undefined && final.artifact !== undefined) await ctx.artifacts.remove(final.artifact.id);
    return undefined;
  }
  // Its job only waits for the time limit.
  if (run.kind === 'workflow' && run.deadline !== undefined) await ctx.queues.runs.remove(run.id).catch(() => {});
  const ended: Run = { ...run, ...final, finished_at: ctx.clock.now() };
  logEnd(ctx, ended);
  return ended;
}

/** A poll's rows go to the run of their page and not into the poll's own record, which is then of no more use. */
async function writePoll(ctx: Context, run: Run, end: RunEnd): Promise<Run | undefined> {
  try {
    if (end.status === 'succeeded') await deliverPage(ctx, run, end.output);
    else {
      const error = end.error === undefined ? undefined : await recoverPoll(ctx, run, end.error);
      if (end.error === undefined || error !== undefined) return endRun(ctx, run, { ...end, ...(error && { error }) });
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return endRun(ctx, run, {
      status: 'failed',
      error: toErrorRecord(error),
      launches: end.launches ?? run.launches,
    });
  }
  await dropRun(ctx, run);
  return undefined;
}

/** What the end of a run leads to; another run to look at when it decides one. */
async function follow(ctx: Context, run: Run): Promise<Next | undefined> {
  if (run.kind === 'workflow' && !isEnded(run.status)) return advanceWorkflow(ctx, run.id);
  if (!isEnded(run.status)) return undefined;
  if (run.kind === 'workflow' && run.status === 'succeeded' && run.replay_of !== undefined)
    await closeDeadLetters(ctx, run);
  if (run.kind === 'workflow') await leaveTurns(ctx, run);
  if (run.page !== undefined) await settlePage(ctx, run);
  if (run.purpose === 'step' && run.parent !== undefined) return advanceWorkflow(ctx, run.parent);
  return undefined;
}

/** The page's rows are delivered, or they are not: only then the cursor moves, or stays. */
async function settlePage(ctx: Context, run: Run): Promise<void> {
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

function logEnd(ctx: Context, run: Run): void {
  const fields = {
    run: run.id,
    kind: run.kind,
    action: run.action,
    workflow: run.workflow,
    account: run.linked_account,
    status: run.status,
    code: run.error?.code,
    upstream: run.error?.upstream,
    attempts: run.attempts,
    ms: (run.finished_at ?? 0) - run.created_at,
    phases: run.phases,
  };
  countEnd(ctx, run);
  if (run.status === 'failed') ctx.log.warn(fields, 'run ended');
  else ctx.log.info(fields, 'run ended');
}

function countEnd(ctx: Context, run: Run): void {
  const name = run.action ?? 'workflow';
  const code = run.error?.code ?? '';
  ctx.meters.count('penstock_runs_total', [name, run.status, code]);
  ctx.meters.observe(
    'penstock_run_duration_seconds',
    [name, run.status],
    ((run.finished_at ?? 0) - run.created_at) / 1000,
  );
  for (const phase of PHASES) {
    const ms = run.phases?.[phase];
    if (ms !== undefined) ctx.meters.observe('penstock_run_phase_seconds', [name, phase, run.status, code], ms / 1000);
  }
}
