import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { decideRetry } from '../../../actions/retry.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { readBody, startHttpServer } from '../../servers.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes !!!').toString('base64')}`;

async function post(input: object, status = 204, body = '', headers: Record<string, string> = {}) {
  const received: { headers: Record<string, string>; body: string }[] = [];
  const server = await startHttpServer(async (request, response) => {
    received.push({ headers: request.headers as Record<string, string>, body: await readBody(request) });
    response.writeHead(status, headers).end(body);
  });
  const action = await actionOf('core.webhook');
  const bench = openBench({ url: 'http://127.0.0.1:1' });
  const call = callOf(action, { url: `${server.origin}/hook`, ...input });
  const ending = runToEnd(action, call, bench);
  return { ending, received, bench };
}

test('is signed so that a Standard Webhooks library accepts it', async () => {
  const { ending, received } = await post({ secret: SECRET, rows: [{ a: 1, big: 9007199254740993n }] });
  const { output } = await ending;

  const { headers, body } = received[0]!;
  expect(new Webhook(SECRET).verify(body, headers)).toEqual({ rows: [{ a: 1, big: '9007199254740993' }] });
  expect(output).toEqual({ status: 204, webhook_id: 'msg_1' });
});

test('is refused by the endpoint when its body was changed on the way', async () => {
  const { ending, received } = await post({ secret: SECRET, body: { a: 1 } });
  await ending;

  const { headers } = received[0]!;
  expect(() => new Webhook(SECRET).verify('{"a":2}', headers)).toThrow();
});

test('carries no signature without a secret, and its own headers', async () => {
  const { ending, received } = await post({ body: 'x', headers: { 'X-Env': 'test' } }, 200, '{"ok":true}');

  expect((await ending).output).toEqual({ status: 200, webhook_id: 'msg_1', body: { ok: true } });
  expect(received[0]!.headers).toMatchObject({
    'webhook-id': 'msg_1',
    'x-env': 'test',
    'content-type': 'application/json',
  });
  expect(received[0]!.headers).not.toHaveProperty('webhook-signature');
});

test('notes its launch before it is sent', async () => {
  const { ending, bench } = await post({ body: {} });
  await ending;

  expect(bench.events).toEqual(['launching']);
});

test('shows no more than the first part of a long answer', async () => {
  const { ending } = await post({ body: {} }, 200, 'x'.repeat(1_000_000));

  expect(((await ending).output as { body: string }).body).toHaveLength(16 * 1024);
});

describe('an answer of the endpoint', () => {
  test.each([
    [500, 'again'],
    [503, 'again'],
    [429, 'again'],
    [408, 'again'],
    [400, 'stop'],
    [404, 'stop'],
    [410, 'stop'],
  ])('of %i means: %s', async (status, decision) => {
    const { ending } = await post({ body: {} }, status, 'why');
    const failure = await ending.catch((error) => error);

    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM', upstream: { status, message: 'why' } });
    expect(
      Object.keys(decideRetry(failure, { effect: 'token', phase: 'start', attempt: 1, elapsedMs: 0, random: 0 })),
    ).toEqual([decision]);
  });

  test('with Retry-After sets the wait', async () => {
    const { ending } = await post({ body: {} }, 429, '', { 'retry-after': '7' });

    await expect(ending).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  test('of 410 says that the endpoint is gone for good', async () => {
    const { ending } = await post({ body: {} }, 410);

    await expect(ending).rejects.toMatchObject({ kind: 'failed', hint: expect.stringContaining('410 (Gone)') });
  });

  test('that redirects is not followed', async () => {
    const { ending } = await post({ body: {} }, 302, '', { location: 'http://127.0.0.1:1/' });

    await expect(ending).rejects.toMatchObject({ code: 'ERR_REDIRECTED' });
  });
});

test.each(['http://example.com/x', 'https://user:pass@example.com/', 'ftp://example.com/'])(
  'refuses the endpoint %s',
  async (url) => {
    const action = await actionOf('core.webhook');
    const bench = openBench({ url: 'http://127.0.0.1:1' });
    const call = {
      ...callOf(action, { url: 'https://example.com', body: {} }),
      input: { url, body: {}, timeout_seconds: 1 },
    };

    await expect(runToEnd(action, call, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/url' }],
    });
  },
);
