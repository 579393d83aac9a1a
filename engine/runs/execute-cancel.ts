import { cancelRemote } from '../../actions/advance.ts';
import type { CancelOutcome } from '../../actions/cancel.ts';
import { decideRetry } from '../../actions/retry.ts';
import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import type { Activation } from './activation.ts';
import type { Context } from './context.ts';
import { finalize } from './finalize.ts';
import { type Hand, hasBegun, putDown } from './hand.ts';
import type { Prepared } from './prepare.ts';

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
export async function executeCancel(ctx: Context, hand: Hand, prepared: Prepared): Promise<Activation> {
  const { action, call, io } = prepared;
  const { state } = hand;
  if (!hasBegun(hand)) return end(ctx, hand, 'canceled');
  try {
    const step = await cancelRemote(action, call, state, io);
    if (step === 'nothing_to_cancel') return await end(ctx, hand, state.sent === true ? 'unconfirmed' : 'canceled');
    if (step.kind === 'done') return await end(ctx, hand, (step.output as { outcome: CancelOutcome }).outcome);
    hand.state = step.state;
    hand.failures = 0;
    return await putDown(ctx, hand, { ms: step.kind === 'wait' ? Math.max(step.ms, 1) : 1, leaves: true });
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code === 'ERR_CANCELED') throw error;
    return tryAgain(ctx, hand, error);
  }
}

async function tryAgain(ctx: Context, hand: Hand, failure: ConnectorError): Promise<Activation> {
  hand.failures += 1;
  const decision = decideRetry(failure, {
    effect: 'safe',
    phase: 'cancel',
    attempt: hand.failures,
    elapsedMs: ctx.clock.now() - (hand.run.cancel_requested_at ?? hand.run.deadline ?? ctx.clock.now()),
    random: ctx.clock.random(),
  });
  if ('again' in decision) return putDown(ctx, hand, { ms: decision.again, leaves: true });
  // The wish is kept, but nobody may believe that the effect was stopped.
  hand.launches.end('unknown');
  const status = hand.run.cancel_requested_at === undefined ? 'failed' : 'canceled';
  await finalize(ctx, hand.run, { status, error: toErrorRecord(failure), launches: hand.launches.all });
  return { kind: 'ended' };
}

async function end(ctx: Context, { run, launches, phases }: Hand, outcome: CancelOutcome): Promise<Activation> {
  run.phases = phases.sums;
  launches.end(outcome === 'unconfirmed' ? 'unknown' : outcome);
  const isCanceled = run.cancel_requested_at !== undefined;
  const words = CANCEL_WORDS[outcome];
  const error = isCanceled
    ? new ConnectorError('ERR_CANCELED', `the run was canceled${words}`)
    : new ConnectorError('ERR_TIMEOUT', `the run timed out${words}`, { kind: 'failed' });
  await finalize(ctx, run, {
    status: isCanceled ? 'canceled' : 'failed',
    error: toErrorRecord(error),
    launches: launches.all,
  });
  return { kind: 'ended' };
}
