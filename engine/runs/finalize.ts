import { storeValue } from '../artifacts/values.ts';
import { actionLabel } from '../connectors/labels.ts';
import type { Context, Next } from './context.ts';
import { endedRun, isEnded, type Run, type RunEnd } from './run.ts';
import { dropRun, finishRun } from './run-writes.ts';
import { PHASES } from './segments.ts';

/**
 * Ends a run, then does what follows from its end: its workflow continues, its cursor moves, the next page is asked for.
 * Every part is idempotent, so a crash anywhere in between is repaired by calling it again; without `end` only the
 * consequences of an end that is written already are drawn.
 */
export async function finalize(ctx: Context, run: Run, end?: RunEnd): Promise<void> {
  let current: { run: Run; end: RunEnd | undefined } | undefined = { run, end };
  while (current !== undefined) {
    const ended: Run | undefined = current.end === undefined ? current.run : await write(ctx, current.run, current.end);
    current = ended === undefined ? undefined : await follow(ctx, ended);
  }
}

/** The run as it ended; `undefined` when another holder ended it, or nothing of it is left. */
async function write(ctx: Context, run: Run, end: RunEnd): Promise<Run | undefined> {
  const own = run.purpose === 'poll' ? await ctx.handlers.pollEnded(ctx, run, end) : end;
  if (own !== undefined) return endRun(ctx, run, own);
  await dropRun(ctx, run);
  return undefined;
}

/** Writes the end of a run; nothing follows from it yet. `undefined` when it had ended, or another holder has it. */
export async function endRun(ctx: Context, run: Run, end: RunEnd): Promise<Run | undefined> {
  const { segments = run.phases?.segments } = end;
  const final: RunEnd = { ...end, ...(segments !== undefined && { segments }) };
  if (end.output !== undefined && end.artifact === undefined) {
    const stored = await storeValue(ctx, end.output, { run: run.id, part: 'out' });
    if ('artifact' in stored) {
      delete final.output;
      final.artifact = stored.artifact;
    }
  }
  if (
    !(await finishRun(ctx, run, final, {
      event: run.purpose === 'workflow' ? await ctx.handlers.endEvent(ctx, run, final) : undefined,
    }))
  ) {
    // The outputs of a loop are gathered by each that finds its end.
    if (run.loop !== undefined && final.artifact !== undefined) await ctx.artifacts.remove(final.artifact.id);
    return undefined;
  }
  // Its job only waits for the time limit.
  if (run.kind === 'workflow' && run.deadline !== undefined) await ctx.queues.runs.remove(run.id).catch(() => {});
  const ended = endedRun(run, final, ctx.clock.now());
  logEnd(ctx, ended);
  return ended;
}

/** What the end of a run leads to; another run to look at when it decides one. */
async function follow(ctx: Context, run: Run): Promise<Next | undefined> {
  const { handlers } = ctx;
  if (run.kind === 'workflow' && !isEnded(run.status)) return handlers.advanceWorkflow(ctx, run.id, run);
  if (!isEnded(run.status)) return undefined;
  if (run.kind === 'action') await handlers.actionEnded(ctx, run);
  if (run.kind === 'workflow') await handlers.workflowEnded(ctx, run);
  if (run.page !== undefined) await handlers.pageEnded(ctx, run);
  if (run.purpose === 'step' && run.parent !== undefined) return handlers.advanceWorkflow(ctx, run.parent, run);
  return undefined;
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
  const name = run.action === undefined ? 'workflow' : actionLabel(ctx, run.action);
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
