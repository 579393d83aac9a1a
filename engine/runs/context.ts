import type { Context as ArtifactsContext } from '../artifacts/context.ts';
import type { Expressions } from '../expression-threads/expressions.ts';
import type { Context as QueueContext } from '../queue/context.ts';
import type { Activation } from './activation.ts';
import type { Run, RunEnd } from './run.ts';

/**
 * What the runs floor, and every floor above it, is given. Here belongs one run from its submission to its end: the
 * record, its execution, launches, cancel, retention, the reconciler. It knows no definition of a workflow and no
 * trigger: what they make of a run is in `handlers`.
 */
export interface Context extends QueueContext, ArtifactsContext {
  expressions: Expressions;
  handlers: RunHandlers;
}

/** A run to look at again, and how it ends when that was found out. */
export interface Next {
  run: Run;
  end: RunEnd | undefined;
}

/**
 * What the floors above make of a run: workflows of its steps, polling of its page. Wired in engine/run-handlers.ts.
 * All of it is idempotent: after a crash it is called again.
 */
export interface RunHandlers {
  /** Executes a workflow's run as far as it goes without waiting. */
  executeWorkflow(ctx: Context, run: Run): Promise<Activation>;
  /** Continues a workflow's run from what its steps' runs say, or gives the end of the whole. `after`: the run as it begins, or a step's that has ended. */
  advanceWorkflow(ctx: Context, runId: string, after?: Run): Promise<Next | undefined>;
  /** Ids of the runs of a workflow's steps, or of a loop's items, in their order; some may not be there. None once the workflow is deleted. */
  childRunIds(ctx: Context, run: Run): Promise<string[]>;
  /** Ids of runs that a bulk replay has made, the last first, with their places; `before`: from there back. */
  replayRunIds(
    ctx: Context,
    id: string,
    page: { before: number | undefined; limit: number },
  ): Promise<{ id: string; at: number }[]>;
  /** Cancels the open runs below a workflow's run; false when there are none. */
  cancelChildren(ctx: Context, run: Run): Promise<boolean>;
  /** The event that a run's end emits; `undefined` when nobody wants one. */
  endEvent(ctx: Context, run: Run, end: RunEnd): Promise<string | undefined>;
  /** A workflow's run has ended: others may wait for its turn, or for what it delivers again. */
  workflowEnded(ctx: Context, run: Run): Promise<void>;
  /**
   * Hands what a poll found to the run of its page. Returns how the poll's own run ends, or `undefined` when its record
   * is of no more use.
   */
  pollEnded(ctx: Context, run: Run, end: RunEnd): Promise<RunEnd | undefined>;
  /** The run of a page has ended: the cursor moves, or stays. */
  pageEnded(ctx: Context, run: Run): Promise<void>;
  /** A run of an action has ended: what waited for a person waits no more. */
  actionEnded(ctx: Context, run: Run): Promise<void> | undefined;
  /** Tells anyone who decides that a run waits for an approval. */
  askForApproval(ctx: Context, run: Run, message: string | undefined): Promise<void>;
}
