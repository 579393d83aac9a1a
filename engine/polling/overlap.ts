import { emitEvent } from '../events/life-events.ts';
import { cancelRun } from '../runs/cancel.ts';
import type { Context } from '../runs/context.ts';
import { readRun } from '../runs/runs.ts';
import { claimTurn, readTurn, scheduleTurn } from '../runs/turns.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import type { WorkflowDefinition } from '../workflows/workflow-schema.ts';

/** What a schedule does when a time comes while its last run still runs; the definition may leave it out. */
export type Overlap = NonNullable<WorkflowDefinition['trigger']['overlap']>;

/** Runs that may wait for the one that runs. */
const MAX_WAITING = 1;

/** A time of a schedule, and the run that it starts. */
export interface DueRun {
  id: string;
  /** Epoch ms. */
  at: number;
  /** It makes up for a missed time, and the schedule wants all of them: it waits however many do. */
  isMissed: boolean;
}

/**
 * Makes room for a run that is due, and takes its turn or its place after the one that runs. Asked again for the same run it
 * answers the same.
 * @returns false when the run must not be started; an event says so
 */
export async function makeRoom(
  ctx: Context,
  workflow: Workflow,
  { overlap = 'queue', due }: { overlap: Overlap | undefined; due: DueRun },
): Promise<boolean> {
  const turn = scheduleTurn(workflow.id);
  const { holder, waiting } = await readTurn(ctx, turn);
  const isKnown = holder?.id === due.id || waiting.includes(due.id);
  if (holder !== undefined && !isKnown && !due.isMissed) {
    if (overlap === 'skip' || (overlap === 'queue' && waiting.length >= MAX_WAITING)) {
      await skip(ctx, workflow, { due, running: holder.id });
      return false;
    }
    if (overlap === 'cancel_previous') {
      for (const id of [...waiting, holder.id]) {
        const run = await readRun(ctx, id);
        if (run !== undefined) await cancelRun(ctx, run);
      }
    }
  }
  await claimTurn(ctx, turn, { id: due.id, created_at: due.at });
  return true;
}

async function skip(ctx: Context, workflow: Workflow, of: { due: DueRun; running: string }): Promise<void> {
  const data = { workflow: workflow.id, scheduled_at: new Date(of.due.at).toISOString(), running: of.running };
  ctx.log.warn(data, 'a scheduled run was skipped because the previous one is still active');
  await emitEvent(ctx, workflow.tenant, { type: 'schedule.skipped', data });
}
