import { cancelRemote } from '../../actions/advance.ts';
import type { CancelOutcome } from '../../actions/cancel.ts';
import { decideRetry, type RetryTexts } from '../../actions/retry.ts';
import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import type { Activation } from './activation.ts';
import type { Context } from './context.ts';
import type { Prepared } from './prepare.ts';
import type { RunSession } from './run-session.ts';

/** A cancel can come too late, or not take; the record says so. */
const CANCEL_WORDS: { readonly [outcome in CancelOutcome]: string } = Object.freeze({
  canceled: '',
  succeeded: ', but its remote operation had already succeeded',
  failed: ', but its remote operation had already failed',
  unconfirmed: ', but the service did not confirm that its remote operation has ended',
});

/**
 * The remote cancel, of a run that is no longer wanted or past its time limit: as many activations as it takes, until the
 * service says that its effect has ended.
 */
export async function executeCancel(ctx: Context, session: RunSession, prepared: Prepared): Promise<Activation> {
  const { action, call, io } = prepared;
  const { state } = session;
  if (!session.hasBegun) return end(session, 'canceled');
  try {
    const step = await cancelRemote(action, call, state, io);
    if (step === 'nothing_to_cancel') return await end(session, state.sent === true ? 'unconfirmed' : 'canceled');
    if (step.kind === 'done') return await end(session, (step.output as { outcome: CancelOutcome }).outcome);
    session.advanceTo(step.state);
    return await session.park({ ms: step.kind === 'wait' ? Math.max(step.ms, 1) : 1, leaves: true });
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code === 'ERR_CANCELED') throw error;
    return tryAgain(ctx, session, error, action.connector.service);
  }
}

async function tryAgain(
  ctx: Context,
  session: RunSession,
  failure: ConnectorError,
  service: RetryTexts,
): Promise<Activation> {
  const { run } = session;
  const decision = decideRetry(failure, {
    effect: 'safe',
    phase: 'cancel',
    attempt: session.noteFailure(),
    elapsedMs: ctx.clock.now() - (run.cancel_requested_at ?? run.deadline ?? ctx.clock.now()),
    random: ctx.clock.random(),
    service,
  });
  session.phases.failed(failure.code);
  if ('again' in decision) return session.park({ ms: decision.again, leaves: true, waitFor: 'backoff' });
  // The wish is kept, but nobody may believe that the effect was stopped.
  session.launches.end('unknown');
  const status = run.cancel_requested_at === undefined ? 'failed' : 'canceled';
  return session.finalize({ status, error: toErrorRecord(failure) });
}

async function end(session: RunSession, outcome: CancelOutcome): Promise<Activation> {
  const { run, launches } = session;
  launches.end(outcome === 'unconfirmed' ? 'unknown' : outcome);
  const isCanceled = run.cancel_requested_at !== undefined;
  const words = CANCEL_WORDS[outcome];
  const error = isCanceled
    ? new ConnectorError('ERR_CANCELED', `the run was canceled${words}`)
    : new ConnectorError('ERR_TIMEOUT', `the run timed out${words}`, { kind: 'failed' });
  return session.finalize({
    status: isCanceled ? 'canceled' : 'failed',
    error: toErrorRecord(error),
  });
}
