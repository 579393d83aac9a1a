import { describeHandle } from '../../actions/remote-failure.ts';
import { type ConnectorError, withDetails } from '../../connector/errors.ts';
import type { Prepared } from './prepare.ts';
import type { RunSession } from './run-session.ts';

/** How the launch of a run stands that has failed for good. */
export interface LaunchEnd {
  outcome: 'failed' | 'unknown';
  /** Whether another launch may follow: the last one had no effect, or its effect has ended in failure. */
  mayFollow: boolean;
  /** The failure, with what to look at where the launch may continue. */
  failure: ConnectorError;
}

/**
 * What a failure says of the launch it belongs to. A launch that was accepted has failed only when the service says so: a poll that is
 * refused, a result that cannot be read or a time limit leave it going, or done.
 */
export async function endOfLaunch(
  { run, state, launches, hasBegun }: RunSession,
  failure: ConnectorError,
  prepared: Prepared | undefined,
): Promise<LaunchEnd> {
  if (failure.code === 'ERR_OUTCOME_UNKNOWN') {
    const sentAt = launches.all.at(-1)?.sent_at ?? run.created_at;
    const seen = await prepared?.action.connector.service.findLostLaunch?.(prepared, sentAt);
    return { outcome: 'unknown', mayFollow: false, failure: seen === undefined ? failure : withHint(failure, seen) };
  }
  const isRepeatable = run.effect === 'safe' || run.effect === 'idempotent';
  if (isRepeatable || failure.launchEnded === true || !hasBegun) return { outcome: 'failed', mayFollow: true, failure };
  const handle = describeHandle(state.start ?? launches.all.at(-1)?.handle);
  const look = `Check ${handle} in the service before you run it again: it may still be running.`;
  return { outcome: 'unknown', mayFollow: false, failure: handle === '' ? failure : withHint(failure, look) };
}

function withHint(failure: ConnectorError, more: string): ConnectorError {
  return withDetails(failure, { hint: failure.hint === undefined ? more : `${failure.hint} ${more}` });
}
