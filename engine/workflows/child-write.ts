import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { writeEndedRun } from '../runs/run-writes.ts';
import type { StepPlace } from './step-place.ts';
import type { Step } from './workflow-schema.ts';

/** Where the run of a step, or of one item of its loop, is written. */
export interface ChildPlace extends StepPlace {
  id: string;
  parent: string;
  step: Step;
}

/** Whether the run of a step goes on, or has ended already: skipped, or unable to begin. */
export type Started = 'open' | 'ended';

/** What every run of a step has. */
export function childRun(ctx: Context, at: ChildPlace, kind: Run['kind']): Run {
  const { run, step, item } = at;
  return {
    id: at.id,
    tenant: run.tenant,
    kind,
    purpose: 'step',
    status: 'queued',
    step: step.id,
    parent: at.parent,
    workflow: run.workflow!,
    workflow_version: run.workflow_version!,
    input: null,
    options: {},
    launches: [],
    attempts: 0,
    failures: 0,
    created_at: ctx.clock.now(),
    ...(item === undefined ? {} : { item_index: item.index }),
    ...deadlineOf(ctx, step),
  };
}

/** A run that has ended as soon as it is there. */
export async function writeEnded(
  ctx: Context,
  at: ChildPlace,
  end: Pick<Run, 'skipped' | 'error' | 'output'> & { status: 'succeeded' | 'failed' },
): Promise<'ended'> {
  const { status, skipped, ...rest } = end;
  const run: Run = {
    ...childRun(ctx, at, 'action'),
    action: at.step.action,
    ...(skipped === undefined ? {} : { skipped }),
  };
  await writeEndedRun(ctx, run, { status, ...rest });
  return 'ended';
}

/** When a step that begins now is given up. */
export function deadlineOf(ctx: Context, step: Pick<Step, 'timeout_seconds'>): Pick<Run, 'deadline'> {
  return step.timeout_seconds === undefined ? {} : { deadline: ctx.clock.now() + step.timeout_seconds * 1000 };
}
