import { describe, expect, test } from 'vitest';
import { type Answer, run, STATEMENT } from './real-answers.ts';

const INSERT = { warehouse_id: '4f1c2b3a9d8e7f60', table: 'main.sales.orders', rows: [{ id: 1 }] };

describe('the network', () => {
  test.each<[string, RegExp]>([
    ['Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 123', /IP access list/],
    ['Unauthorized network access to workspace: 4155', /network policy/],
    ['Public access is not allowed for workspace: 4155', /private link/],
  ])('that is closed is not a missing grant: %s', async (message, hint) => {
    const answers = [{ status: 403, body: { error_code: 'PERMISSION_DENIED', message } }];

    const { error } = await run({ ...STATEMENT, answers });

    expect(error).toMatchObject({ kind: 'permission', upstream: { message, request_id: 'req-1' } });
    expect(error!.hint).toMatch(hint);
    expect(error!.hint).not.toMatch(/Needed/);
  });

  test('says so in a page, too', async () => {
    const body = '<html><body><pre>Source IP address: 1.2.3.4 is blocked by Databricks IP ACL</pre></body></html>';

    expect((await run({ ...STATEMENT, answers: [{ status: 403, body }] })).error!.hint).toMatch(/IP access list/);
  });

  test.each(['', ':4155281926', ':ws-1.x'])('redirects to the page about the private link: %j', async (suffix) => {
    const location = `/login.html?error=private-link-validation-error${encodeURIComponent(suffix)}`;

    const { error } = await run({ ...STATEMENT, answers: [{ status: 303, headers: { location } }] });

    expect(error).toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'permission',
      upstream: { error_code: 'PRIVATE_LINK_VALIDATION_ERROR', message: `private-link-validation-error${suffix}` },
    });
  });

  test.each([
    'Expected iss claim to be: https://sts.windows.net/a/, but was: https://sts.windows.net/b/.',
    'io.jsonwebtoken.IncorrectClaimException: Expected aud claim to be: x',
  ])('takes a token of another tenant for a refused token: %s', async (words) => {
    const body = `<html><head><title>Error 400 ${words}</title></head><body><h2>HTTP ERROR 400</h2></body></html>`;

    const { error } = await run({ ...STATEMENT, answers: [{ status: 400, body }] });

    expect(error).toMatchObject({ code: 'ERR_AUTH_FAILED', kind: 'auth', upstream: { request_id: 'req-1' } });
    expect(error!.hint).toMatch(/tenant/);
  });
});

describe('a statement', () => {
  const ended = (status: object): Answer => ({ body: { statement_id: 's-1', status } });

  test('that was canceled without a message says its state', async () => {
    const { error } = await run({ ...STATEMENT, answers: [ended({ state: 'CANCELED' })] });

    expect(error).toMatchObject({ code: 'ERR_REMOTE_FAILED', upstream: { error_code: 'CANCELED' } });
    expect(error!.message).toContain('CANCELED');
    expect(error!.hint).toMatch(/canceled/);
  });

  test('keeps a SQLSTATE that stands beside the message', async () => {
    const failed = {
      state: 'FAILED',
      error: { error_code: 'BAD_REQUEST', message: '[TABLE_OR_VIEW_NOT_FOUND] no t' },
      sql_state: '42P01',
    };

    const { error } = await run({ ...STATEMENT, answers: [ended(failed)] });

    expect(error!.message).toContain('42P01');
    expect(error!.upstream).toMatchObject({ sql_state: '42P01' });
  });

  test('that the service could not run for the moment is temporary, and not repeated', async () => {
    const error = { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'The service is temporarily unavailable' };

    const { error: found, again } = await run({ ...STATEMENT, answers: [ended({ state: 'FAILED', error })] });

    expect(found).toMatchObject({ code: 'ERR_REMOTE_FAILED', kind: 'temporary' });
    expect(again).toBe(false);
  });

  test.each<[number, string, string]>([
    [400, 'INVALID_PARAMETER_VALUE', 'abc is not a valid endpoint id.'],
    [404, 'NOT_FOUND', 'SQL warehouse 4f1c2b3a9d8e7f60 does not exist'],
    [404, 'RESOURCE_DOES_NOT_EXIST', 'Could not find SQL warehouse 4f1c2b3a9d8e7f60'],
  ])('of an unknown warehouse has a hint: %i %s', async (status, error_code, message) => {
    const answers = [{ status, body: { error_code, message } }];

    for (const action of [STATEMENT, { action: 'insert_rows', input: { ...INSERT } }]) {
      const { error } = await run({ ...action, answers });
      expect(error).toMatchObject({ kind: 'not_found', upstream: { error_code } });
      expect(error!.hint).toMatch(/warehouse/i);
    }
  });
});

describe('a refusal', () => {
  const rpc = (type: string, fields: object) => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...fields });
  const error = async (answer: Answer) => (await run({ ...STATEMENT, answers: [answer] })).error!;

  test.each<[string, Answer, number]>([
    ['text', { status: 429, body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: '3.5s' })] } }, 3_500],
    [
      'an object',
      {
        status: 503,
        body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: { seconds: 7, nanos: 5e8 } })] },
      },
      7_500,
    ],
    [
      'text, and less in the header',
      {
        status: 429,
        headers: { 'retry-after': '1' },
        body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: '20s' })] },
      },
      20_000,
    ],
    [
      'text, and more in the header',
      {
        status: 429,
        headers: { 'retry-after': '30' },
        body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: '2s' })] },
      },
      30_000,
    ],
  ])('says how long to wait: %s', async (_title, answer, ms) => {
    expect((await error(answer)).retryAfterMs).toBe(ms);
  });

  test.each<[string, Answer]>([
    ['the header', { status: 400, body: { error_code: 'X', message: 'm' } }],
    [
      'a detail',
      {
        status: 400,
        headers: { 'x-request-id': '' },
        body: { error_code: 'X', message: 'm', details: [rpc('RequestInfo', { request_id: 'req-1' })] },
      },
    ],
    ['the body', { status: 400, headers: { 'x-request-id': '' }, body: { error_code: 'X', request_id: 'req-1' } }],
  ])('keeps the request id of %s', async (_title, answer) => {
    expect((await error(answer)).upstream).toMatchObject({ request_id: 'req-1' });
  });

  test('has the reason of its details where it has no code', async () => {
    const body = { message: 'no', details: [rpc('ErrorInfo', { reason: 'CUSTOMER_UNAUTHORIZED', domain: 'd' })] };

    expect((await error({ status: 403, body })).upstream).toMatchObject({ error_code: 'CUSTOMER_UNAUTHORIZED' });
  });
});
