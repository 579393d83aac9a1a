import { describe, expect, test } from 'vitest';
import { decideRetry, mayHaveHappened, type RetryContext } from '../../actions/retry.ts';
import { ConnectorError, type ErrorCode, type ErrorDetails } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import { RETRY_TEXTS } from '../../services/databricks/transient.ts';

const EFFECTS: Effect[] = ['safe', 'idempotent', 'token', 'once'];

function decide(failure: ConnectorError, more: Partial<RetryContext> = {}): string {
  const decision = decideRetry(failure, {
    effect: 'safe',
    phase: 'start',
    attempt: 1,
    elapsedMs: 0,
    random: 0.5,
    service: RETRY_TEXTS,
    ...more,
  });
  return 'again' in decision ? 'again' : decision.stop === failure ? 'stop' : decision.stop.code;
}

const fail = (code: ErrorCode, details: ErrorDetails = {}) => new ConnectorError(code, 'm', details);
const answered = (status: number, more: ErrorDetails = {}, words: { error_code?: string; message?: string } = {}) =>
  fail('ERR_UPSTREAM', {
    kind: status >= 500 ? 'temporary' : 'invalid',
    sent: 'answered',
    upstream: { status, ...words },
    ...more,
  });

describe('the table', () => {
  const everywhere: [string, ConnectorError][] = [
    ['not sent', fail('ERR_NOT_SENT', { sent: 'no' })],
    ['429', answered(429, { kind: 'rate_limit' })],
    ['503 with Retry-After', answered(503, { retryAfterMs: 5 })],
    [
      'a rate limit of SCIM with status 500',
      answered(500, {}, { error_code: 'SCIM_500', message: 'REQUEST_LIMIT_EXCEEDED: slow down' }),
    ],
    ['a token bucket', answered(400, {}, { message: 'RPC token bucket limit has been exceeded.' })],
    ['a 4xx that a rule calls temporary', answered(409, { kind: 'temporary' })],
    ['an answer that a rule calls a rate limit', answered(403, { kind: 'rate_limit' })],
  ];
  for (const [title, failure] of everywhere) {
    test.each(EFFECTS)(`${title} is tried again for %s`, (effect) => {
      expect(decide(failure, { effect })).toBe('again');
    });
  }

  const later: [string, string][] = [
    ['a cluster that is not ready', 'ClusterNotReadyException: wait'],
    ['an unexpected error', 'Unexpected error while handling the request'],
    ['a worker environment', 'worker env WorkerEnvId(workerenv-1) not found'],
    ['a time', 'Timed out after 10 s'],
  ];
  for (const [title, message] of later) {
    test(`${title} is tried again, but not by a once action, which was answered`, () => {
      const failure = answered(400, {}, { message });
      expect(EFFECTS.map((effect) => decide(failure, { effect }))).toEqual(['again', 'again', 'again', 'stop']);
      expect(decide(failure, { effect: 'once', phase: 'poll' })).toBe('again');
    });
  }

  test.each([
    'Encountered an unexpected error while parsing the input data',
    'clusternotreadyexception',
    'MyClusterNotReadyExceptions',
    'Unexpected errors in column a',
    'timed out after 10 s',
  ])('a text that is not the phrase of the service, in its capitals, is no reason to try again: %s', (message) => {
    expect(EFFECTS.map((effect) => decide(answered(400, {}, { message }), { effect }))).toEqual(
      EFFECTS.map(() => 'stop'),
    );
  });

  test('an answer that is whole but cannot be read is known to have come', () => {
    const failure = fail('ERR_RESPONSE_INVALID', { sent: 'answered', launchEnded: true });
    expect(EFFECTS.map((effect) => decide(failure, { effect }))).toEqual(EFFECTS.map(() => 'stop'));
  });

  const lost: [string, ConnectorError][] = [
    ['no response', fail('ERR_NO_ANSWER', { sent: 'maybe' })],
    ['a time limit', fail('ERR_TIMEOUT', { sent: 'maybe' })],
    ['what is not HTTP', fail('ERR_RESPONSE_INVALID', { sent: 'maybe' })],
    ['an answer cut short', fail('ERR_RESPONSE_INVALID', { kind: 'temporary', sent: 'answered' })],
    ...[408, 500, 502, 503, 504].map((status): [string, ConnectorError] => [`${status}`, answered(status)]),
  ];
  for (const [title, failure] of lost) {
    test(`${title} is tried again unless the effect is once`, () => {
      expect(EFFECTS.map((effect) => decide(failure, { effect }))).toEqual([
        'again',
        'again',
        'again',
        'ERR_OUTCOME_UNKNOWN',
      ]);
    });
    test.each(['poll', 'page', 'cancel'] as const)(`${title} is tried again in a %s whatever the effect`, (phase) => {
      expect(decide(failure, { effect: 'once', phase })).toBe('again');
    });
  }

  const unread: [string, ConnectorError][] = [
    ['a web page', fail('ERR_RESPONSE_INVALID', { sent: 'answered' })],
    ['an answer too large', fail('ERR_RESPONSE_TOO_LARGE', { sent: 'answered' })],
    ['headers too large', fail('ERR_RESPONSE_TOO_LARGE', { sent: 'maybe' })],
  ];
  for (const [title, failure] of unread) {
    test(`${title} is never asked for again, and leaves open what it answered to`, () => {
      expect(EFFECTS.map((effect) => decide(failure, { effect }))).toEqual([
        'stop',
        'stop',
        'ERR_OUTCOME_UNKNOWN',
        'ERR_OUTCOME_UNKNOWN',
      ]);
    });
  }

  test('an answer to a poll that is too large ends the run, and the launch is not in doubt', () => {
    const large = fail('ERR_RESPONSE_TOO_LARGE', { sent: 'answered' });

    for (const effect of EFFECTS) expect(decide(large, { effect, phase: 'poll' })).toBe('stop');
  });

  test('what was never sent leaves nothing open, whatever was wrong with it', () => {
    for (const code of ['ERR_RESPONSE_TOO_LARGE', 'ERR_RESPONSE_INVALID'] as const) {
      expect(decide(fail(code, { sent: 'no' }), { effect: 'once' })).toBe('stop');
    }
  });

  test.each<[boolean, string, ConnectorError]>([
    [true, 'no answer', fail('ERR_NO_ANSWER', { sent: 'maybe' })],
    [true, '502', answered(502)],
    [true, 'an answer that cannot be read', fail('ERR_RESPONSE_INVALID', { sent: 'answered' })],
    [true, 'an answer too large', fail('ERR_RESPONSE_TOO_LARGE', { sent: 'answered' })],
    [false, 'a launch that is known to have ended', fail('ERR_RESPONSE_TOO_LARGE', { launchEnded: true })],
    [false, 'not sent', fail('ERR_NOT_SENT', { sent: 'no' })],
    [false, '429', answered(429, { kind: 'rate_limit' })],
    [false, '400', answered(400)],
  ])('it is %s that the effect may have happened after: %s', (expected, _title, failure) => {
    expect(mayHaveHappened(failure)).toBe(expected);
  });

  const refused: [string, ConnectorError][] = [
    ['400', answered(400)],
    ['404', answered(404)],
    ['409', answered(409)],
    ['501', answered(501, { kind: 'failed' })],
    ['a refused token', fail('ERR_AUTH_FAILED', { sent: 'answered', upstream: { status: 401 } })],
    ['a redirect', fail('ERR_REDIRECTED', { sent: 'answered' })],
    ['a cancel', fail('ERR_CANCELED', { sent: 'maybe' })],
    ['a host that is not allowed', fail('ERR_HOST_NOT_ALLOWED', { sent: 'no' })],
    ['a failed remote operation', fail('ERR_REMOTE_FAILED', { upstream: { error_code: 'RESOURCE_EXHAUSTED' } })],
    ['a time limit of the run', fail('ERR_TIMEOUT')],
    ['an input', fail('ERR_INPUT_INVALID')],
  ];
  for (const [title, failure] of refused) {
    test.each(EFFECTS)(`${title} stops for %s`, (effect) => {
      expect(decide(failure, { effect })).toBe('stop');
    });
  }
});

describe('the wait', () => {
  const again = (failure: ConnectorError, more: Partial<RetryContext>) =>
    decideRetry(failure, { effect: 'safe', phase: 'start', attempt: 1, elapsedMs: 0, random: 1, ...more });

  test.each([
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
  ])('before try %i is at most %i ms', (attempt, most) => {
    expect(again(fail('ERR_NOT_SENT', { sent: 'no' }), { attempt })).toEqual({ again: most });
    expect(again(fail('ERR_NOT_SENT', { sent: 'no' }), { attempt, random: 0 })).toEqual({ again: 0 });
  });

  test('never grows beyond 30 s', () => {
    expect(again(fail('ERR_NOT_SENT', { sent: 'no' }), { phase: 'poll', attempt: 30 })).toEqual({ again: 30_000 });
  });

  test('is at least what Retry-After says, spread over a second', () => {
    expect(again(answered(429, { retryAfterMs: 20_000 }), { random: 0 })).toEqual({ again: 20_000 });
    expect(again(answered(429, { retryAfterMs: 20_000 }), {})).toEqual({ again: 21_000 });
  });
});

describe('the budget', () => {
  const gone = fail('ERR_NO_ANSWER', { sent: 'maybe' });

  test('of a start is six tries', () => {
    expect(decide(gone, { attempt: 5 })).toBe('again');
    expect(decide(gone, { attempt: 6 })).toBe('stop');
  });

  test('of a start is five minutes, a Retry-After included', () => {
    expect(decide(gone, { elapsedMs: 299_000 })).toBe('again');
    expect(decide(gone, { elapsedMs: 300_000 })).toBe('stop');
    expect(decide(answered(429, { retryAfterMs: 400_000 }))).toBe('stop');
  });

  test('of a poll whose answer cannot be read is five tries', () => {
    const page = fail('ERR_RESPONSE_INVALID', { sent: 'answered' });

    expect(decide(page, { phase: 'poll', effect: 'once', attempt: 4 })).toBe('again');
    expect(decide(page, { phase: 'poll', effect: 'once', attempt: 5 })).toBe('stop');
    expect(decide(page, { phase: 'start' })).toBe('stop');
  });

  test('of a poll counts failures in a row, not time', () => {
    expect(decide(gone, { phase: 'poll', attempt: 39, elapsedMs: 9e9 })).toBe('again');
    expect(EFFECTS.map((effect) => decide(gone, { phase: 'poll', attempt: 40, effect }))).toEqual(
      Array(4).fill('stop'),
    );
  });

  test('spent on a token launch without an answer leaves the outcome unknown', () => {
    expect(decide(gone, { effect: 'token', attempt: 6 })).toBe('ERR_OUTCOME_UNKNOWN');
    expect(decide(fail('ERR_NOT_SENT', { sent: 'no' }), { effect: 'token', attempt: 6 })).toBe('stop');
    expect(decide(gone, { effect: 'idempotent', attempt: 6 })).toBe('stop');
  });
});

test('an unknown outcome keeps what the service said, and both hints', () => {
  const failure = answered(502, { hint: 'It is overloaded.' }, { error_code: 'BAD_GATEWAY', message: 'x' });

  const decision = decideRetry(failure, {
    effect: 'once',
    phase: 'start',
    attempt: 1,
    elapsedMs: 0,
    random: 0,
    hint: 'look there',
  });

  expect(decision).toMatchObject({
    stop: {
      code: 'ERR_OUTCOME_UNKNOWN',
      hint: 'It is overloaded. look there',
      upstream: failure.upstream,
      cause: failure,
    },
  });
});
