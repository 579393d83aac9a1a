import { describe, expect, test } from 'vitest';
import { decideRetry } from '../../actions/retry.ts';
import type { ConnectorError } from '../../connector/errors.ts';
import type { Action, Connector, ErrorRule } from '../../connector/manifest.ts';
import { readOutcome } from '../../connector/outcome.ts';
import { databricks } from '../../services/databricks/service.ts';

const connector = {
  manifest: { title: 'Databricks', errors: [{ when: { status: [404] }, kind: 'not_found', hint: 'general' }] },
  service: databricks,
} as unknown as Connector;

function read(
  status: number,
  body: string,
  more: { rules?: ErrorRule[]; headers?: Record<string, string>; now?: number } = {},
) {
  const action = {
    manifest: { errors: more.rules ?? [], requires: { grants: ['SELECT on the table'] } },
  } as unknown as Action;
  const response = { status, headers: more.headers ?? { 'x-request-id': 'req-1' }, body: Buffer.from(body) };
  return readOutcome(response, { action, connector, method: 'GET', path: '/api/x?secret=1', now: more.now ?? 0 });
}

function failure(...args: Parameters<typeof read>): ConnectorError {
  try {
    read(...args);
  } catch (error) {
    return error as ConnectorError;
  }
  throw new Error('nothing was thrown');
}

describe('a success', () => {
  test('is its parsed body, exact to the last digit', () => {
    expect(read(200, '{"run_id":9007199254740993}')).toMatchObject({
      status: 200,
      requestId: 'req-1',
      body: { run_id: 9007199254740993n },
    });
  });

  test.each(['', ' \n'])('without a body has none: %j', (text) => {
    expect(read(200, text).body).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['<!doctype html><title>Login</title>', 'failed', 'is a web page'],
    ['{"a": [1, 2', 'temporary', 'not valid JSON'],
    ['OK', 'failed', 'not valid JSON'],
    ['['.repeat(100_000) + ']'.repeat(100_000), 'failed', '256 levels'],
    [`${'{"a":'.repeat(5_000)}12345678901234567${'}'.repeat(5_000)}`, 'failed', '256 levels'],
  ])('that is not JSON is a clear error with the request id: %.30s', (text, kind, words) => {
    const error = failure(200, text);

    expect(error).toMatchObject({ code: 'ERR_RESPONSE_INVALID', kind, upstream: { status: 200, request_id: 'req-1' } });
    expect(error.message).toContain(words);
  });
});

describe('a refusal', () => {
  test("keeps the service's status, code, message and request id", () => {
    const error = failure(400, '{"error_code":"BAD","message":"no such thing"}');

    expect(error).toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'invalid',
      sent: 'answered',
      upstream: { status: 400, error_code: 'BAD', message: 'no such thing', request_id: 'req-1' },
    });
    expect(error.message).not.toContain('secret');
  });

  test("takes the action's rule before the connector's", () => {
    const rules: ErrorRule[] = [{ when: { status: [404], message: 'no JOB' }, kind: 'invalid', hint: 'special' }];

    expect(failure(404, '{"message":"No job 5"}', { rules })).toMatchObject({ kind: 'invalid', hint: 'special' });
    expect(failure(404, '{"message":"other"}', { rules })).toMatchObject({ kind: 'not_found', hint: 'general' });
  });

  test('reads the message of a rule as a regular expression', () => {
    const rules: ErrorRule[] = [{ when: { message: 'Cluster .* does not exist' }, kind: 'not_found' }];

    expect(failure(400, '{"message":"Cluster 0-1 does not exist"}', { rules }).kind).toBe('not_found');
  });

  test('can be an answer', () => {
    const rules: ErrorRule[] = [{ when: { status: [404] }, result: { exists: false } }];

    expect(read(404, '{}', { rules })).toMatchObject({ status: 404, result: { exists: false } });
  });

  test('names the grants that are needed when permission is missing', () => {
    expect(failure(403, '{"error_code":"PERMISSION_DENIED","message":"no"}')).toMatchObject({
      kind: 'permission',
      hint: 'Required: SELECT on the table.',
    });
  });

  test.each([
    [401, '{"error_code":"401","message":"Token is expired"}'],
    [401, ''],
    [403, '{"error_code":403,"message":"Invalid access token. [ReqId: x]"}'],
    [403, 'Token is expiring within 30 seconds. (token expired)'],
    [400, '{"message":"io.jsonwebtoken.ExpiredJwtException"}'],
    [403, '{"message":"Invalid Token"}'],
  ])('of the token itself has its own code: %i %s', (status, body) => {
    expect(failure(status, body)).toMatchObject({ code: 'ERR_AUTH_FAILED', kind: 'auth' });
  });

  test.each<[string, number]>([
    ['7', 7_000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
  ])('carries Retry-After %j', (header, ms) => {
    expect(failure(429, '', { headers: { 'retry-after': header } })).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: ms,
    });
  });

  test('compares the date of Retry-After with the clock of the service', () => {
    const headers = { 'retry-after': 'Fri, 02 Jan 2026 00:01:00 GMT', date: 'Fri, 02 Jan 2026 00:00:00 GMT' };

    expect(failure(429, '', { headers })).toMatchObject({ kind: 'rate_limit', retryAfterMs: 60_000 });
  });

  test.each<[number, string]>([
    [404, 'not_found'],
    [409, 'conflict'],
    [408, 'temporary'],
    [422, 'invalid'],
    [500, 'temporary'],
    [503, 'temporary'],
    [501, 'failed'],
  ])('of status %i without a rule is of kind %s', (status, kind) => {
    expect(failure(status, '')).toMatchObject({ kind });
  });
});

describe('a service that answers 200 to requests that failed', () => {
  const success = { when: { ok: [true] }, code: 'error', message: ['messages.0', 'error'] };
  const rules: ErrorRule[] = [
    { when: { code: ['invalid_auth'] }, kind: 'auth', hint: 'Store a new token.' },
    { when: { code: ['ratelimited'] }, kind: 'rate_limit' },
    { when: { code: ['fatal_error'] }, kind: 'temporary' },
  ];
  const judge = (body: string, anyAnswer = false, headers: Record<string, string> = {}) =>
    readOutcome(
      { status: 200, headers, body: Buffer.from(body) },
      {
        connector: { manifest: { title: 'Chat', success, errors: rules }, service: {} } as unknown as Connector,
        method: 'POST',
        path: '/chat.post',
        anyAnswer,
      },
    );

  test('fails with the code and the message of the service', () => {
    expect(judge('{"ok":true,"ts":"1"}').body).toEqual({ ok: true, ts: '1' });
    expect(() => judge('{"ok":false,"error":"channel_not_found"}')).toThrow(
      expect.objectContaining({
        code: 'ERR_UPSTREAM',
        kind: 'invalid',
        message: 'POST /chat.post was rejected with 200 channel_not_found',
        upstream: { status: 200, error_code: 'channel_not_found', message: 'channel_not_found' },
      }),
    );
    expect(() => judge('{"ok":false,"error":"invalid_blocks","messages":["[ERROR] no text"]}')).toThrow(
      'rejected with 200 invalid_blocks: [ERROR] no text',
    );
  });

  test.each([false, true])('refuses a token, also where any answer is one: %s', (anyAnswer) => {
    expect(() => judge('{"ok":false,"error":"invalid_auth"}', anyAnswer)).toThrow(
      expect.objectContaining({ code: 'ERR_AUTH_FAILED', kind: 'auth', hint: 'Store a new token.' }),
    );
    expect(() => judge('{"ok":false,"error":"ratelimited"}', anyAnswer, { 'retry-after': '7' })).toThrow(
      expect.objectContaining({ kind: 'rate_limit', retryAfterMs: 7000 }),
    );
  });

  test.each(['{}', '[]', '', '{"ok":false}', '{"ok":"true"}'])(
    'takes an answer that says neither for no success: %s',
    (body) => {
      expect(() => judge(body)).toThrow(expect.objectContaining({ code: 'ERR_RESPONSE_INVALID', sent: 'answered' }));
    },
  );

  test('that failed inside may have done what was asked for', () => {
    let failed: unknown;
    try {
      judge('{"ok":false,"error":"fatal_error"}');
    } catch (error) {
      failed = error;
    }
    const context = { phase: 'start', attempt: 1, elapsedMs: 0, random: 0 } as const;

    expect(decideRetry(failed as ConnectorError, { ...context, effect: 'once' })).toMatchObject({
      stop: { code: 'ERR_OUTCOME_UNKNOWN' },
    });
    expect(decideRetry(failed as ConnectorError, { ...context, effect: 'safe' })).toHaveProperty('again');
  });
});

describe('a limit that is used up', () => {
  const reset = {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '1700000060',
    date: 'Tue, 14 Nov 2023 22:13:20 GMT',
  };

  test('is waited for until it is reset', () => {
    expect(failure(429, '{"message":"slow down"}', { headers: reset })).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 60_000,
    });
  });

  test('can be a 403 that says so, and no other', () => {
    expect(failure(403, '{"message":"API rate limit exceeded"}', { headers: reset })).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 60_000,
    });
    expect(failure(403, '{"message":"Resource not accessible"}', { headers: reset })).toMatchObject({
      kind: 'permission',
    });
    expect(failure(403, '{"message":"API rate limit exceeded"}')).toMatchObject({ kind: 'permission' });
  });
});
