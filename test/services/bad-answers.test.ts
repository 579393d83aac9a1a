import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { actionOf, callOf, openBench, runToEnd } from '../actions/harness.ts';
import { startHttpServer } from '../servers.ts';

const TOKEN = 'token-canary';
const LOGIN_PAGE = '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>';

/** By the clock of the service, which need not be ours. */
const ANSWERED_AT = Date.parse('2026-03-04T05:06:07Z');

/** A read and a write of every connector that speaks HTTP. */
const ACTIONS: [id: string, input: JsonObject][] = [
  ['github.get_issue', { owner: 'octocat', repo: 'hello', issue_number: 1 }],
  ['github.create_issue', { owner: 'octocat', repo: 'hello', title: 'x' }],
  ['slack.list_channels', {}],
  ['slack.post_message', { channel: 'C1', text: 'x' }],
  ['http.request', { path: '/orders' }],
  ['http.request', { method: 'POST', path: '/orders', body: { id: 1 } }],
  ['databricks.get_user', { id: '1' }],
  ['databricks.create_directory', { path: '/Volumes/a/b/c/d' }],
];

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const answer =
  (status: number, headers: Record<string, string>, body: string): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);
const html = { 'content-type': 'text/html; charset=utf-8' };
const json = { 'content-type': 'application/json' };

/** What an action makes of an answer, and how often the server was asked. */
async function failureOf(id: string, input: JsonObject, respond: Answer) {
  let asked = 0;
  const server = await startHttpServer((request, response) => {
    asked += 1;
    respond(response, request);
  });
  const action = await actionOf(id);
  const outcome = await runToEnd(action, callOf(action, input), openBench({ url: server.origin, token: TOKEN })).catch(
    (error: unknown) => error,
  );
  if (!(outcome instanceof ConnectorError)) throw new Error(`${id} succeeded with ${JSON.stringify(outcome)}`);
  expect(`${outcome.message} ${outcome.hint} ${JSON.stringify(outcome.upstream)}`).not.toContain(TOKEN);
  return { error: outcome, asked };
}

// The answer to a free request is whatever it is.
test.each(ACTIONS.filter(([id]) => id !== 'http.request'))(
  '%s %j: a web page in place of a response is an error that says so',
  async (id, input) => {
    const { error } = await failureOf(id, input, answer(200, html, LOGIN_PAGE));

    expect(error).toMatchObject({ code: 'ERR_RESPONSE_INVALID', upstream: { status: 200 } });
    expect(error.message).toContain('web page');
  },
);

describe.each(ACTIONS)('%s %j', (id, input) => {
  test('a web page of a gateway is a failure that may pass', async () => {
    const { error } = await failureOf(id, input, answer(502, html, '<html><body>Bad Gateway</body></html>'));

    expect(error).toMatchObject({ code: 'ERR_UPSTREAM', kind: 'temporary', upstream: { status: 502 } });
  });

  test('a redirect to a login is not followed', async () => {
    const { error, asked } = await failureOf(id, input, (response, { headers }) =>
      response.writeHead(302, { location: `http://${headers.host}/login?from=x` }).end(),
    );

    expect(error.code).toBe('ERR_REDIRECTED');
    expect(asked).toBe(1);
  });

  test('a challenge to log in is a refusal of the credentials', async () => {
    const challenge = { ...html, 'www-authenticate': 'Basic realm="Sign in", Bearer error="invalid_token"' };

    const { error } = await failureOf(id, input, answer(401, challenge, LOGIN_PAGE));

    expect(error).toMatchObject({ code: 'ERR_AUTH_FAILED', kind: 'auth' });
  });

  test.each<[string, Record<string, string>]>([
    ['Retry-After in seconds', { 'retry-after': '7' }],
    ['Retry-After as a date', { 'retry-after': new Date(ANSWERED_AT + 7000).toUTCString() }],
    ['X-RateLimit, in seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' }],
    ['X-RateLimit, as a time', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(ANSWERED_AT / 1000 + 7) }],
    ['RateLimit-Remaining', { 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }],
    ['RateLimit', { ratelimit: '"burst";r=0;t=7' }],
  ])('a rate limit by %s says how long to wait', async (_form, headers) => {
    const date = new Date(ANSWERED_AT).toUTCString();
    const { error } = await failureOf(
      id,
      input,
      answer(429, { ...json, date, ...headers }, '{"message":"slow down","error":"ratelimited"}'),
    );

    expect(error).toMatchObject({ kind: 'rate_limit', retryAfterMs: 7000 });
  });
});

test.each<[string, JsonObject, string, object]>([
  [
    'slack.post_message',
    { channel: 'C1', text: 'x' },
    '{"ok":false,"error":"channel_not_found"}',
    { kind: 'not_found' },
  ],
  [
    'slack.post_message',
    { channel: 'C1', text: 'x' },
    '{"ok":false,"error":"invalid_auth"}',
    { code: 'ERR_AUTH_FAILED' },
  ],
  ['slack.post_message', { channel: 'C1', text: 'x' }, '{"ok":false,"error":"ratelimited"}', { kind: 'rate_limit' }],
  ['slack.post_message', { channel: 'C1', text: 'x' }, '{"ok":false}', { code: 'ERR_RESPONSE_INVALID' }],
  ['slack.post_message', { channel: 'C1', text: 'x' }, '[]', { code: 'ERR_RESPONSE_INVALID' }],
])('%s %j: 200 with an error inside is no success: %s', async (id, input, body, expected) => {
  const { error } = await failureOf(id, input, answer(200, json, body));

  expect(error).toMatchObject(expected);
});

test.each<[string, Record<string, string>, string, object]>([
  [
    'the primary limit',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' },
    'API rate limit exceeded',
    { kind: 'rate_limit', retryAfterMs: 7000 },
  ],
  [
    'the secondary limit',
    { 'retry-after': '7' },
    'You have exceeded a secondary rate limit',
    { kind: 'rate_limit', retryAfterMs: 7000 },
  ],
  ['no limit', {}, 'Resource not accessible by integration', { kind: 'permission' }],
])('a 403 of GitHub: %s', async (_what, headers, message, expected) => {
  const input = { owner: 'octocat', repo: 'hello', issue_number: 1 };

  const { error } = await failureOf(
    'github.get_issue',
    input,
    answer(403, { ...json, ...headers }, JSON.stringify({ message })),
  );

  expect(error).toMatchObject(expected);
});
