import { describe, expect, test } from 'vitest';
import { readRetryAfter } from '../../../connector/upstream.ts';
import { readError } from '../../../services/databricks/read-error.ts';

const readUpstream = (status: number, text: string) => readError({ status, text });

describe('readUpstream', () => {
  test.each<[string, number, string, string, string]>([
    ['standard', 400, '{"error_code":"INVALID_PARAMETER_VALUE","message":"bad"}', 'INVALID_PARAMETER_VALUE', 'bad'],
    [
      'standard with a number as code',
      403,
      '{"error_code":403,"message":"Invalid access token."}',
      '403',
      'Invalid access token.',
    ],
    ['API 1.2', 500, '{"error":"Exception: boom"}', 'INTERNAL_SERVER_ERROR', 'Exception: boom'],
    [
      'SCIM',
      409,
      '{"schemas":["urn:x"],"status":"409","scimType":"uniqueness","detail":"User exists"}',
      'SCIM_409',
      'uniqueness User exists',
    ],
    ['SCIM without a type', 404, '{"detail":"not found","status":404}', 'SCIM_404', 'not found'],
    ['SCIM null', 500, '{"schemas":["urn:x"],"detail":"null"}', 'SCIM_500', 'an internal error of the SCIM service'],
    [
      'OAuth',
      400,
      '{"error":"invalid_grant","error_description":"Refresh token is invalid"}',
      'invalid_grant',
      'Refresh token is invalid',
    ],
    [
      'OAuth in Okta words',
      401,
      '{"errorCode":"E0000011","errorSummary":"Invalid token"}',
      'E0000011',
      'Invalid token',
    ],
    ['nested error', 400, '{"error":{"code":"X","message":"m"}}', 'X', 'm'],
    ['plain text', 400, 'INVALID_STATE: Cluster is\nterminating', 'INVALID_STATE', 'Cluster is\nterminating'],
    ['HTML with pre', 502, '<html><body><pre> a &lt;b&gt; &amp; c </pre></body></html>', 'BAD_GATEWAY', 'a <b> & c'],
    ['HTML with title', 503, '<!doctype html><title>Down</title>', 'SERVICE_UNAVAILABLE', 'Down'],
    ['HTML without either', 404, '<html></html>', 'NOT_FOUND', 'Not Found'],
    ['empty', 504, '', 'GATEWAY_TIMEOUT', 'Gateway Timeout'],
    ['anything else', 502, 'upstream connect error', 'UNKNOWN', 'upstream connect error'],
    ['a list', 500, '[1]', 'UNKNOWN', '[1]'],
    ['an object without words', 400, '{}', 'BAD_REQUEST', 'Bad Request'],
    ['an unknown status', 599, '', 'HTTP_599', 'HTTP 599'],
  ])('reads %s', (_shape, status, text, code, message) => {
    expect(readUpstream(status, text)).toMatchObject({ error_code: code, message });
  });

  test('sorts details by their google.rpc type and keeps unknown ones', () => {
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'R', domain: 'd' };
    const request = { '@type': 'type.googleapis.com/google.rpc.RequestInfo', request_id: 'abc' };
    const other = { '@type': 'type.googleapis.com/x.Y', a: 1 };

    const read = readUpstream(400, JSON.stringify({ error_code: 'X', message: 'm', details: [info, request, other] }));

    expect(read.details).toEqual({ ErrorInfo: [info], RequestInfo: [request], other: [other] });
    expect(read.request_id).toBe('abc');
  });

  test('cuts a message that is a page', () => {
    expect(readUpstream(500, 'x'.repeat(100_000)).message.length).toBeLessThan(5_000);
  });
});

describe('readRetryAfter', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  test.each<[string | undefined, number | undefined]>([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    ['1e9', undefined],
    ['9'.repeat(400), 86_400_000],
    ['Fri, 31 Dec 9999 00:00:00 GMT', 86_400_000],
    ['Fri, 02 Jan 2026 00:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2026 00:00:00 GMT', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j', (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});

test.each([
  ['of pre elements that do not end', `<html>${'<pre'.repeat(100_000)}`],
  ['of tags that do not end', `<pre>${'<'.repeat(400_000)}`],
  ['of details', JSON.stringify({ error_code: 'X', message: 'm', details: new Array(100_000).fill(0) })],
])('a page %s is read in a time that fits its size', (_what, text) => {
  expect(readUpstream(500, text).error_code).toBeTypeOf('string');
});

test('JSON whose end was not read still says its code and message', () => {
  const text = `{"error_code":"QUOTA_EXCEEDED","message":"no \\"more\\" clusters","details":[{"x":"${'y'.repeat(70_000)}`;

  expect(readUpstream(403, text.slice(0, 65_536))).toMatchObject({
    error_code: 'QUOTA_EXCEEDED',
    message: 'no "more" clusters',
  });
});

test('a detail may have the name of something that every object has', () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.constructor', a: 1 }];

  expect(readUpstream(400, JSON.stringify({ error_code: 'X', message: 'm', details }))).toMatchObject({
    error_code: 'X',
    details: { constructor: details },
  });
});
