import { ConnectorError } from '../../connector/errors.ts';
import { pausedBy } from '../credentials/records/authentication-pause.ts';
import { endBackoff, readCursor } from '../cursors/cursors.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import type { WorkflowDefinition } from '../workflows/workflow-schema.ts';

/**
 * A person asks a polling trigger to look now: a backoff does not hold it. Asked twice it looks twice, but for a page in flight.
 * @throws ConnectorError ERR_CONFLICT while the trigger is paused, or its authentication waits for a person: nothing would be polled
 */
export async function lookNow(ctx: Context, workflow: Workflow, trigger: WorkflowDefinition['trigger']): Promise<void> {
  const { id, name } = workflow;
  if ((await readCursor(ctx, id)).paused !== null) {
    throw new ConnectorError('ERR_CONFLICT', `the trigger of "${name}" is paused`, {
      hint: `Resume it to poll immediately: POST /v1/workflows/${id}/resume.`,
    });
  }
  const { linked_account: linkedAccount, authentication } = trigger;
  const status = linkedAccount === undefined ? undefined : await pausedBy(ctx, { linkedAccount, authentication });
  if (status !== undefined) {
    throw new ConnectorError('ERR_CONFLICT', `the authentication of the trigger of "${name}" is ${status}`, {
      hint: 'Renew it. The trigger then resumes polling automatically.',
    });
  }
  await endBackoff(ctx, id);
  await enqueueTick(ctx, id);
}
