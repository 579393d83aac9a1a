import { BULK_RANK } from '../queue/admission.ts';
import type { Queue } from '../queue/queues.ts';
import type { Context } from './context.ts';
import { isEnded, type Run } from './run.ts';

/** Before bulk: its tenant had little in flight. */
const RESUMED_RANK = 1;

/**
 * Makes a run execute at once. One that has parked may still be about to leave its job, and would come back late or never: it executes
 * in the reserve, where the later of two activations takes over.
 */
export async function wake(ctx: Context, run: Run): Promise<void> {
  if ((await ensureJob(ctx, run)) === 'active' && hasParked(run))
    await ctx.queues.urgent.add('run', null, { jobId: run.id });
}

/**
 * Gives a run its job when it has none, so that it executes at once. An `active` one is left alone: when its worker has died, the check
 * for stalled jobs counts that.
 */
export async function ensureJob(ctx: Context, run: Run): Promise<'active' | undefined> {
  const queue = queueOf(ctx, run);
  const job = await queue.getJob(run.id);
  if (job === undefined) {
    await addJob(ctx, run);
    return undefined;
  }
  const state = await job.getState();
  if (state === 'active') return state;
  if (state !== 'delayed') return undefined;
  try {
    await job.promote();
  } catch {
    // It came up by itself in between.
  }
  return undefined;
}

/**
 * One that parks gives its status up: `queued` when it has not begun. A workflow's run only starts its steps when it executes. One that is
 * isolated must not execute beside others.
 */
function hasParked(run: Run): boolean {
  return run.isolated === undefined && !isEnded(run.status) && (run.kind === 'workflow' || run.status !== 'running');
}

/** The queue keeps one job per run, so a second call changes nothing while it is there. A run that died alone stays apart from others. */
export async function addJob(ctx: Context, run: Run, delayMs = 0): Promise<void> {
  const delay = delayMs > 0 ? { delay: delayMs } : {};
  if (run.isolated !== undefined) {
    await ctx.queues.isolated.add('run', { kind: 'run', id: run.id }, { jobId: run.id, ...delay });
    return;
  }
  const priority = run.interactive === true ? {} : { priority: BULK_RANK };
  await ctx.queues.runs.add('run', null, { jobId: run.id, ...priority, ...delay });
}

/**
 * Gives a run that was executed in the reserve its next job among all others: a place in the reserve is for one activation. The job that it
 * was woken from may still be there, delayed for what it waited for then.
 */
export async function resumeLater(ctx: Context, id: string, { ms, isCanceled }: { ms: number; isCanceled?: boolean }) {
  const { runs } = ctx.queues;
  const job = await runs.getJob(id);
  if (job !== undefined && (await job.getState()) === 'delayed') {
    await job.changeDelay(ms).catch(() => {
      // It came up by itself in between.
    });
    return;
  }
  const rank = isCanceled === true ? {} : { priority: RESUMED_RANK };
  await runs.add('run', null, { jobId: id, delay: ms, ...rank });
}

/** Where the job of a run is, unless it is being canceled. */
function queueOf(ctx: Context, run: Pick<Run, 'isolated'>): Queue {
  return run.isolated === undefined ? ctx.queues.runs : ctx.queues.isolated;
}
