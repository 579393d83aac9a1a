import { ConnectorError, type ErrorCode } from '../connector/errors.ts';
import type { Effect } from '../connector/manifest.ts';
import { NO_SERVICE, type Service } from '../connector/service.ts';
import type { Purpose } from './call.ts';

export interface RetryContext {
  effect: Effect;
  phase: Purpose;
  /** Failures in a row, this one included. */
  attempt: number;
  /** Since the first try of the run; counts for the start request only, a poll may well fail after hours. */
  elapsedMs: number;
  /** From 0 up to 1. */
  random: number;
  /** Which words of a refusal ask for another try; without it, none. */
  service?: RetryTexts | undefined;
  /** What an operator can do when the outcome is unknown; see `unknownHint`. */
  hint?: string | undefined;
}

/** What a service knows of its words. */
export type RetryTexts = Pick<Service, 'isTransient' | 'isThrottled'>;

export type RetryDecision = { again: number } | { stop: ConnectorError };

/** What happened to the request, as far as a failure tells. */
type Fate = 'not_sent' | 'throttled' | 'lost' | 'later' | 'refused';

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** As the SDKs of cloud services give a request. */
const START_BUDGET_MS = 300_000;
/** With the waits above, about a minute and a half at most: a person may be waiting. */
const MAX_STARTS = 6;
/** An answer to a poll that cannot be read may be a proxy's; one that never can will not end the same way for long. */
const MAX_UNREADABLE = 5;
/** About ten minutes: what is polled runs on and costs, so an outage is sat out rather than giving it up. */
const MAX_POLLS = 40;

const LOST_STATUSES = new Set([408, 500, 502, 503, 504]);
/** Another try of the very same cannot end otherwise, whatever was sent. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_CANCELED',
  'ERR_RESPONSE_TOO_LARGE',
  'ERR_OUTCOME_UNKNOWN',
  'ERR_HOST_NOT_ALLOWED',
]);
/**
 * The one rule for every failure: again after some time, or stop with what ends the run. Pure.
 * Not sent, or throttled (429, 503 with Retry-After): again, whatever the effect. Sent without an answer that tells
 * (also 408 and 5xx): again, but a `once` start ends as ERR_OUTCOME_UNKNOWN. A text that asks for a later try: again, but not
 * for a `once` start, which was answered. An answer that can never be read: stop, and a launch
 * ends as ERR_OUTCOME_UNKNOWN. Refused: stop.
 * Waits double from 1 s to 30 s with full jitter; a Retry-After is the least. A Retry-After beyond the budget stops.
 */
export function decideRetry(failure: ConnectorError, context: RetryContext): RetryDecision {
  const isStart = context.phase === 'start';
  const isUnreadable = !isStart && failure.code === 'ERR_RESPONSE_INVALID';
  const fate = isUnreadable ? 'lost' : fateOf(failure, context.service ?? NO_SERVICE);
  // The text may be that of a model or a notebook which has run: what was answered is not asked for again.
  if (fate === 'later' && isStart && context.effect === 'once') return { stop: failure };
  if (fate === 'refused') {
    const isOpen = isStart && isLaunched(context.effect) && isUnread(failure);
    return { stop: isOpen ? outcomeUnknown(failure, context.hint) : failure };
  }
  if (fate === 'lost' && isStart && context.effect === 'once') return { stop: outcomeUnknown(failure, context.hint) };
  const again = waitMs(failure, context);
  const isSpent = isStart
    ? context.attempt >= MAX_STARTS || context.elapsedMs + again > START_BUDGET_MS
    : context.attempt >= (isUnreadable ? MAX_UNREADABLE : MAX_POLLS);
  if (!isSpent) return { again };
  // A token protects only repeats of this launch: a run that is given up here may have had its effect.
  const isOpen = fate === 'lost' && isStart && context.effect === 'token';
  return { stop: isOpen ? outcomeUnknown(failure, context.hint) : failure };
}

/** Whether the request that failed so may have had its effect. */
export function mayHaveHappened(failure: ConnectorError, service: RetryTexts = NO_SERVICE): boolean {
  return fateOf(failure, service) === 'lost' || isUnread(failure);
}

/** The end of a run whose effect may or may not have happened; keeps what the service said. */
export function outcomeUnknown(failure: ConnectorError | undefined, hint: string | undefined): ConnectorError {
  const why = failure === undefined ? 'the worker stopped before it received the response' : failure.message;
  return new ConnectorError('ERR_OUTCOME_UNKNOWN', `it is not known whether the request took effect: ${why}`, {
    hint: [failure?.hint, hint ?? 'Check the service before you run it again: the effect may have happened.']
      .filter(Boolean)
      .join(' '),
    upstream: failure?.upstream,
    cause: failure,
  });
}

function isLaunched(effect: Effect): boolean {
  return effect === 'token' || effect === 'once';
}

/** An answer came and cannot be read: what it answers to may well have happened. */
function isUnread({ code, sent, launchEnded }: ConnectorError): boolean {
  if (launchEnded === true) return false;
  return (code === 'ERR_RESPONSE_INVALID' || code === 'ERR_RESPONSE_TOO_LARGE') && sent !== 'no';
}

function fateOf(failure: ConnectorError, service: RetryTexts): Fate {
  if (FINAL_CODES.has(failure.code)) return 'refused';
  if (failure.code === 'ERR_NOT_SENT') return 'not_sent';
  const status = failure.upstream?.status;
  const text = `${failure.upstream?.error_code ?? ''} ${failure.upstream?.message ?? ''}`;
  if (status === 429 || (status === 503 && failure.retryAfterMs !== undefined)) return 'throttled';
  if (failure.kind === 'rate_limit') return 'throttled';
  if (failure.code === 'ERR_UPSTREAM' && service.isThrottled?.(text) === true) return 'throttled';
  if (failure.sent === 'maybe') return 'lost';
  if (failure.code === 'ERR_RESPONSE_INVALID') return failure.kind === 'temporary' ? 'lost' : 'refused';
  if (failure.code !== 'ERR_UPSTREAM') return 'refused';
  if (status !== undefined && LOST_STATUSES.has(status)) return 'lost';
  // A body that says "try later" under 200 comes from inside the service: what was asked for may have begun.
  if (status !== undefined && status < 300 && failure.kind === 'temporary') return 'lost';
  // A 4xx that says "later" was refused, so its outcome is known; it is worth another try all the same.
  if (service.isTransient?.(text) === true) return 'later';
  return failure.kind === 'temporary' ? 'not_sent' : 'refused';
}

function waitMs(failure: ConnectorError, { attempt, random }: RetryContext): number {
  const ceiling = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  if (failure.retryAfterMs === undefined) return Math.round(random * ceiling);
  // Spread those that were told the same time.
  return failure.retryAfterMs + Math.round(random * FIRST_WAIT_MS);
}
