/*
 * The isolation floor: jobs whose workers died. Each executes alone in a process of its own, and its deaths are
 * counted. It ends runs and notes ticks; what executes a job is in engine/isolated-child.ts.
 */

import { emitEvent } from '../events/life-events.ts';
import type { Job } from '../queue/queues.ts';
import type { Activation, Stopper } from '../runs/activation.ts';
import type { Context } from '../runs/context.ts';
import { isEnded } from '../runs/run.ts';
import { addJob } from '../runs/run-jobs.ts';
import { readHead } from '../runs/runs.ts';
import { readWorkflow } from '../workflows/workflow-record.ts';
import { endCrashed } from './crash.ts';
import { beginAttempt, endAttempt, MAX_DEATHS, subjectOf } from './deaths.ts';
import { type IsolatedProcess, openIsolatedProcess } from './isolated-process.ts';
import type { IsolatedTask } from './messages.ts';

/** From this stall on a job executes alone: the first may have been a deploy, or a neighbor's doing. */
const STALLS_BEFORE_ISOLATION = 2;

/** A tick's deaths are forgotten after this long. */
const DEATHS_KEPT_MS = 86_400_000;

/** Whether a job of a shared worker has stalled so often that it must execute alone. */
export function mustBeIsolated(job: Pick<Job, 'stalledCounter'>): boolean {
  return job.stalledCounter >= STALLS_BEFORE_ISOLATION;
}

/** Gives a job to the isolated queue; done twice, it is there once. The caller lets its own job go. */
export async function isolate(ctx: Context, job: Job, task: IsolatedTask): Promise<void> {
  ctx.log.warn(
    { ...task, stalls: job.stalledCounter },
    'a job whose workers died is now executed in an isolated process',
  );
  await ctx.queues.isolated.add(task.kind, task, { jobId: task.kind === 'run' ? task.id : `tick-${task.id}` });
}

/**
 * What a worker does with jobs of the isolated queue: it holds the job, counts deaths, and has a process of its own
 * execute it.
 */
export interface IsolatedWorker {
  /**
   * One call at a time. Resolves as an activation does; what is not known to be safe for others never executes in this
   * process.
   */
  execute(job: Job, stopper: Stopper): Promise<Activation>;
  close(): Promise<void>;
}

/** Starts no process before there is something to execute. */
export function openIsolatedWorker(ctx: Context): IsolatedWorker {
  const process = openIsolatedProcess(ctx);
  return {
    execute(job, { signal }) {
      const task = (job.data ?? { kind: 'run', id: job.id }) as IsolatedTask;
      return task.kind === 'tick' ? executeTick(ctx, process, task, signal) : executeRun(ctx, process, task, signal);
    },
    close: () => process.close(),
  };
}

async function executeRun(
  ctx: Context,
  process: IsolatedProcess,
  task: IsolatedTask,
  signal: AbortSignal,
): Promise<Activation> {
  let how: string | undefined;
  for (;;) {
    const subject = await subjectOf(ctx, task.id);
    if (subject === undefined) return { kind: 'ended' };
    const deaths = await beginAttempt(ctx, subject, how !== undefined);
    if (deaths >= MAX_DEATHS) {
      if (isEnded(subject.status)) {
        ctx.log.error({ run: subject.id }, 'finalizing a run crashed its process; giving up');
        return { kind: 'ended' };
      }
      await endCrashed(ctx, subject, how ?? 'its worker died with it');
      how = undefined;
      // Its steps are canceled, and what waits for it hears of its end, in the isolated process as well.
      if (subject.id !== task.id) task = { kind: 'run', id: subject.id };
      continue;
    }
    const attempt = await process.execute({ ...task, subject: subject.id }, signal);
    if (attempt.kind === 'died') {
      how = attempt.how;
      ctx.meters.count('penstock_isolated_deaths_total', []);
      ctx.log.error({ run: subject.id, how }, 'an isolated process died');
      continue;
    }
    const isInnocent = await endAttempt(ctx, subject.id);
    if (attempt.kind === 'stopped') return { kind: 'wait', ms: 0 };
    if (attempt.activation.kind === 'ended' || !isInnocent) return attempt.activation;
    const run = await readHead(ctx, task.id);
    if (run !== undefined) await addJob(ctx, run, attempt.activation.ms);
    return { kind: 'ended' };
  }
}

/**
 * A tick has no record: its deaths are counted beside it. The schedule brings the next one, and the watchdog one that
 * is missing.
 */
async function executeTick(
  ctx: Context,
  process: IsolatedProcess,
  task: IsolatedTask,
  signal: AbortSignal,
): Promise<Activation> {
  const key = ctx.keys.other('tick-deaths', task.id);
  for (;;) {
    const begun = await ctx.redis.incr(key);
    await ctx.redis.pexpire(key, DEATHS_KEPT_MS);
    if (begun > MAX_DEATHS) break;
    const attempt = await process.execute(task, signal);
    if (attempt.kind !== 'died') {
      await ctx.redis.del(key);
      return attempt.kind === 'done' ? attempt.activation : { kind: 'wait', ms: 0 };
    }
    ctx.meters.count('penstock_isolated_deaths_total', []);
    ctx.log.error({ trigger: task.id, how: attempt.how }, 'an isolated process died');
  }
  await ctx.redis.del(key);
  ctx.log.error({ trigger: task.id }, 'a tick crashed its process; giving up until the next tick');
  const workflow = await readWorkflow(ctx, task.id);
  if (workflow !== undefined)
    await emitEvent(ctx, workflow.tenant, {
      type: 'trigger.stalled',
      data: { workflow: workflow.id, reason: 'crashed' },
    });
  return { kind: 'ended' };
}
