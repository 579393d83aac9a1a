import type { ErrorRecord } from '../../connector/errors.ts';
import type { Context } from '../../engine/context.ts';
import type { ActionRun, ClaimableRun, Open, OpenRun, RunEnd } from '../../engine/runs/run.ts';
import { beginRun } from '../../engine/runs/run-writes.ts';
import { newId } from '../../engine/store/ids.ts';

/** A run of one action as it is before anybody wrote it; `fields` replaces what a test is about. */
export function newRun(ctx: Context, fields: Partial<ActionRun> = {}): ActionRun & Open {
  return {
    ...firstFields(ctx),
    kind: 'action',
    purpose: 'action',
    action: 'databricks.run_job',
    ...fields,
  };
}

/** Claims the run of an action. */
export async function claimRun(ctx: Context, id: string): Promise<ClaimableRun> {
  const run = await beginRun(ctx, id);
  if (run?.kind !== 'action') throw new Error(`${id} is no run of an action`);
  return run;
}

/** A run of a workflow. */
export function newWorkflowRun(ctx: Context): OpenRun {
  return { ...firstFields(ctx), kind: 'workflow', purpose: 'workflow', workflow: 'wf_1', workflow_version: 1 };
}

/** A run of a step that is an action. */
export function newStepRun(ctx: Context, place: { id: string; parent: string }): OpenRun {
  return {
    ...firstFields(ctx),
    kind: 'action',
    purpose: 'step',
    action: 'databricks.run_job',
    step: 'a',
    workflow: 'wf_1',
    workflow_version: 1,
    ...place,
  };
}

const ERROR: ErrorRecord = { code: 'ERR_TIMEOUT', kind: 'temporary', message: 'late' };
export const FAILED: RunEnd = Object.freeze({ status: 'failed', error: ERROR });
export const CANCELED: RunEnd = Object.freeze({ status: 'canceled', error: ERROR });

function firstFields(ctx: Context) {
  const now = ctx.clock.now();
  return {
    id: newId('run', now),
    tenant: 'default',
    status: 'queued' as const,
    input: {},
    options: {},
    launches: [],
    attempts: 0,
    failures: 0,
    created_at: now,
  };
}
