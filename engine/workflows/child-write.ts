import type { Context } from '../runs/context.ts';
import { writeEndedRun } from '../runs/ended-runs.ts';
import type { Launch, OpenRun, Run, RunEnd } from '../runs/run.ts';
import type { StepPlace } from './step-place.ts';
import type { Step } from './workflow-schema.ts';

/** Where the run of a step, or of one item of its loop, is written. */
export interface ChildPlace extends StepPlace {
  id: string;
  parent: string;
  step: Step;
}

/** Whether the run of a step is active, or has ended already: skipped, or unable to begin. */
export type Started = 'open' | 'ended';

/** What every run of a step has that is an action or a loop. */
export function childRun(ctx: Context, at: ChildPlace) {
  const { run, step, item } = at;
  return {
    id: at.id,
    tenant: run.tenant,
    purpose: 'step' as const,
    status: 'queued' as const,
    step: step.id,
    parent: at.parent,
    workflow: run.workflow!,
    workflow_version: run.workflow_version!,
    input: null,
    options: {},
    launches: [] as Launch[],
    attempts: 0,
    failures: 0,
    created_at: ctx.clock.now(),
    ...(item === undefined ? {} : { item_index: item.index }),
    ...deadlineOf(ctx, step),
  };
}

/** A run that has ended as soon as it is there. */
export async function writeEnded(ctx: Context, at: ChildPlace, end: RunEnd & { skipped?: true }): Promise<'ended'> {
  const { skipped, ...rest } = end;
  const run: OpenRun = {
    ...childRun(ctx, at),
    kind: 'action',
    action: at.step.action,
    ...(skipped === undefined ? {} : { skipped }),
  };
  await writeEndedRun(ctx, run, rest);
  return 'ended';
}

/** When a step that begins now is given up. */
export function deadlineOf(ctx: Context, step: Pick<Step, 'timeout_seconds'>): Pick<Run, 'deadline'> {
  return step.timeout_seconds === undefined ? {} : { deadline: ctx.clock.now() + step.timeout_seconds * 1000 };
}
