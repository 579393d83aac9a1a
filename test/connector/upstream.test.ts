import { describe, expect, test } from 'vitest';
import { readUpstream } from '../../connector/upstream.ts';

describe('an error payload of any service', () => {
  test.each<[string, number, string, string, string]>([
    ['OAuth', 400, '{"error":"invalid_grant","error_description":"it ended"}', 'invalid_grant', 'it ended'],
    ['OAuth without a description', 400, '{"error":"invalid_grant"}', 'invalid_grant', 'invalid_grant'],
    ['a sentence', 500, '{"error":"it is broken, sorry"}', 'INTERNAL_SERVER_ERROR', 'it is broken, sorry'],
    ['a message', 404, '{"message":"Not Found","documentation_url":"https://x"}', 'NOT_FOUND', 'Not Found'],
    ['a nested error', 400, '{"error":{"code":"X","message":"m"}}', 'X', 'm'],
    ['a list of errors', 422, '{"errors":[{"code":"missing","message":"m"}]}', 'missing', 'm'],
    ['problem details', 403, '{"title":"T","detail":"the detail","status":403}', 'FORBIDDEN', 'the detail'],
    ['a word', 200, '{"ok":false,"error":"channel_not_found"}', 'channel_not_found', 'channel_not_found'],
    ['plain text', 400, 'INVALID_STATE: no', 'INVALID_STATE', 'no'],
    ['HTML', 502, '<html><h1>Bad</h1></html>', 'BAD_GATEWAY', 'Bad'],
    ['nothing', 504, '', 'GATEWAY_TIMEOUT', 'Gateway Timeout'],
  ])('is read: %s', (_shape, status, text, code, message) => {
    expect(readUpstream(status, text)).toMatchObject({ error_code: code, message });
  });
});
