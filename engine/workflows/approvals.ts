import { ConnectorError } from '../../connector/errors.ts';
import { assertActive } from '../access/tenant-cache.ts';
import { emitEvent } from '../events/life-events.ts';
import type { Context } from '../runs/context.ts';
import { type Decision, isEnded, type Run } from '../runs/run.ts';
import { wake } from '../runs/run-jobs.ts';
import { readRun } from '../runs/runs.ts';
import { deferLink, isDeferredLink } from '../secrets/deferred-links.ts';
import { idOfLink, isOurLink, signLink } from '../secrets/signed-links.ts';
import { forgetPending, notePending } from './pending-approvals.ts';
import { APPROVE } from './workflow-check.ts';

/**
 * The link under which a person decides about a run that waits for an approval. It is known before the run begins, so that an
 * earlier step can send it; it says nothing once the run has ended.
 */
export async function approvalLink(ctx: Context, runId: string): Promise<string> {
  return `${ctx.config.publicUrl}/approvals/${await signLink(ctx, 'approval', runId)}`;
}

/** The same link as it may be stored and shown: its signature is put in when a request leaves; see engine/secrets/deferred-links.ts. */
export async function deferredApprovalLink(ctx: Context, tenant: string, runId: string): Promise<string> {
  return `${ctx.config.publicUrl}/approvals/${await deferLink(ctx, tenant, runId)}`;
}

/** Tells anyone who listens to the tenant's events that a run waits for a person, with the link. */
export async function askForApproval(ctx: Context, run: Run, message: string | undefined): Promise<void> {
  await notePending(ctx, run);
  await emitEvent(ctx, run.tenant, {
    type: 'approval.requested',
    data: {
      run: run.id,
      workflow: run.workflow,
      step: run.step,
      link: await deferredApprovalLink(ctx, run.tenant, run.id),
      ...(message === undefined ? {} : { message }),
    },
  });
}

/** The run of a link's last part. @throws ConnectorError ERR_NOT_FOUND for a link that was not made here, or whose run is gone; ERR_TENANT_SUSPENDED */
export async function runOfLink(ctx: Context, token: string): Promise<Run> {
  const run = (await isOurLink(ctx, 'approval', token)) ? await readRun(ctx, idOfLink(token)!) : undefined;
  if (run?.action === APPROVE) {
    await assertActive(ctx, run.tenant);
    return run;
  }
  if (isDeferredLink(token)) {
    throw new ConnectorError(
      'ERR_NOT_FOUND',
      'this link was copied from a place that shows it incomplete, so it cannot be used',
      {
        hint: 'Open the link that was sent to you, or decide with an API key: "penstock runs approve".',
      },
    );
  }
  throw new ConnectorError('ERR_NOT_FOUND', 'this approval link is not valid', {
    hint: 'The link is incomplete, its run has not started, or its run was deleted.',
  });
}

/**
 * Writes a person's decision, which carries the run on. The first one counts.
 * @throws ConnectorError ERR_CONFLICT when it is decided, has ended, or waits for no approval
 */
export async function decideRun(ctx: Context, run: Run, decision: Omit<Decision, 'at'>): Promise<void> {
  if (run.action !== APPROVE) throw conflict(run, 'does not wait for an approval');
  if (isEnded(run.status)) throw conflict(run, `is ${run.status}`);
  const written: Decision = { ...decision, at: ctx.clock.now() };
  const isFirst = await ctx.redis.hsetnx(ctx.keys.run(run.id), 'decision', JSON.stringify(written));
  await forgetPending(ctx, run);
  // Also for the second: the first may have died before it woke the run.
  await wake(ctx, run);
  if (isFirst === 0) throw conflict(run, 'was already decided');
}

function conflict(run: Run, why: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `the run "${run.id}" ${why}`);
}
