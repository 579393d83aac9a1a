import { closeDeadLetters } from './polling/dead-letters.ts';
import { pageEnded, pollEnded } from './polling/page-ends.ts';
import { replayRunIds } from './replay/bulk-replay-results.ts';
import type { RunHandlers } from './runs/context.ts';
import { askForApproval } from './workflows/approvals.ts';
import { cancelChildren, childRunIdsOf } from './workflows/children.ts';
import { endEvent } from './workflows/end-event.ts';
import { executeWorkflow } from './workflows/execute-workflow.ts';
import { forgetPending } from './workflows/pending-approvals.ts';
import { leaveTurns } from './workflows/run-turns.ts';
import { advanceWorkflow } from './workflows/steps.ts';
import { APPROVE } from './workflows/workflow-check.ts';

/** Which function of workflows and polling the runs floor calls for what; every process has the same. */
export const RUN_HANDLERS: RunHandlers = Object.freeze({
  executeWorkflow,
  advanceWorkflow,
  cancelChildren,
  childRunIds: childRunIdsOf,
  replayRunIds,
  endEvent,
  async workflowEnded(ctx, run) {
    if (run.status === 'succeeded' && run.replay_of !== undefined) await closeDeadLetters(ctx, run);
    await leaveTurns(ctx, run);
  },
  actionEnded: (ctx, run) => (run.action === APPROVE ? forgetPending(ctx, run) : undefined),
  pollEnded,
  pageEnded,
  askForApproval,
} satisfies RunHandlers);
