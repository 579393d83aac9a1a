import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listenApi } from '../../api/http/listen.ts';
import { createApi } from '../../api/server.ts';
import { createLogger } from '../../engine/process/log.ts';
import { testContext } from '../context.ts';
import { startTestApi } from './client.ts';

test('answers an unknown path with a problem', async () => {
  const { send } = await startTestApi();

  const { status, headers, body } = await send('GET', '/v1/nothing');

  expect(status).toBe(404);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toEqual({
    type: expect.stringMatching(/^http.*\/docs\/errors#ERR_ROUTE_UNKNOWN$/),
    title: 'No such path',
    status: 404,
    code: 'ERR_ROUTE_UNKNOWN',
    detail: 'there is no resource at "/v1/nothing"',
    hint: expect.any(String),
  });
});

test('leads from the type of a problem to a section about it', async () => {
  const { send, origin } = await startTestApi();
  const { body } = await send('GET', '/v1/nothing');

  const { pathname, hash } = new URL(body.type);
  const page = await (await fetch(origin + pathname)).text();

  expect(page).toContain(`id="${hash.slice(1)}"`);
});

test('answers a wrong method with 405 and the methods that are right', async () => {
  const { send } = await startTestApi();

  const list = await send('DELETE', '/v1/runs');
  const one = await send('POST', '/v1/linked_accounts/demo');

  expect(list).toMatchObject({ status: 405, body: { code: 'ERR_METHOD_NOT_ALLOWED' } });
  expect(list.headers.get('allow')).toBe('GET, POST');
  expect(one.headers.get('allow')).toBe('DELETE, GET, PATCH');
});

test('names an unknown query parameter and the one that was meant', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('GET', '/v1/runs?stauts=failed');

  expect(status).toBe(400);
  expect(body.errors).toEqual([
    {
      pointer: '/stauts',
      message: expect.stringContaining('did you mean "status"'),
      allowed: expect.arrayContaining(['status']),
    },
  ]);
});

test.each([
  ['limit=0', '/limit'],
  ['limit=201', '/limit'],
  ['limit=many', '/limit'],
  ['limit=1&limit=2', '/limit'],
  ['status=done', '/status'],
  ['from=yesterday', '/from'],
  ['cursor=', '/cursor'],
])('refuses the query %s with its pointer', async (query, pointer) => {
  const { send } = await startTestApi();

  const { status, body } = await send('GET', `/v1/runs?${query}`);

  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'ERR_INPUT_INVALID', errors: [{ pointer }] });
});

test('names every wrong place of a body at once', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/api_keys', { body: { role: 'king', color: 'red' } });

  expect(status).toBe(400);
  expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/color', '/name', '/role']);
  expect(body.errors.find(({ pointer }: { pointer: string }) => pointer === '/role').allowed).toContain('admin');
});

test('takes no body for an empty one, and names what is missing', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/runs');

  expect(status).toBe(400);
  expect(body.errors).toEqual([{ pointer: '/action', message: expect.stringContaining('is required') }]);
});

test('says where a body is not JSON', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/runs', { body: '{"action": }' });

  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'ERR_BODY_NOT_JSON', detail: expect.stringContaining('line 1, column 12') });
});

test('refuses a body of another media type', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/runs', {
    body: 'action=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

  expect(status).toBe(415);
  expect(body).toMatchObject({ code: 'ERR_MEDIA_TYPE', hint: expect.stringContaining('application/json') });
});

test('takes JSON with a charset, and of a type that ends in +json', async () => {
  const { send } = await startTestApi();

  for (const type of ['application/json; charset=utf-8', 'application/merge-patch+json']) {
    const { body } = await send('POST', '/v1/runs', { body: { action: 'no.such' }, headers: { 'content-type': type } });

    expect(body.code).toBe('ERR_ACTION_UNKNOWN');
  }
});

test('refuses a body that is too large, before reading it', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/runs', { body: `{"action": "${'x'.repeat(17_000_000)}"}` });

  expect(status).toBe(413);
  expect(body.code).toBe('ERR_PAYLOAD_TOO_LARGE');
});

test('answers a path that cannot be decoded with a problem', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('GET', '/v1/runs/%E0%A4%A');

  expect(status).toBe(400);
  expect(body.code).toBe('ERR_REQUEST_INVALID');
});

test.each([
  ['GARBAGE\r\n\r\n', 400],
  [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
])('answers bytes that are no request with a problem: %#', async (bytes, status) => {
  const { origin } = await startTestApi();
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');

  socket.write(bytes);
  const answer = await text(socket);

  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status, code: 'ERR_REQUEST_INVALID' });
});

test("gives each answer an id, and keeps a caller's own", async () => {
  const { send } = await startTestApi();

  const first = await send('GET', '/v1/runs');
  const second = await send('GET', '/v1/runs');
  const own = await send('GET', '/v1/runs', { headers: { 'x-request-id': 'abc-123' } });
  const strange = await send('GET', '/v1/runs', { headers: { 'x-request-id': 'a b "c"' } });

  expect(first.headers.get('x-request-id')).not.toBe(second.headers.get('x-request-id'));
  expect(own.headers.get('x-request-id')).toBe('abc-123');
  expect(strange.headers.get('x-request-id')).not.toContain('"');
});

test('logs a fault of its own once, and tells the caller nothing of it', async () => {
  const { send, ctx, lines } = await startLoggedApi();
  await ctx.redis.set(ctx.keys.runs('default'), 'a text where a sorted set should be');

  const { status, body } = await send('GET', '/v1/runs', { headers: { 'x-request-id': 'fault-1' } });

  expect(status).toBe(500);
  expect(body).toMatchObject({
    code: 'ERR_INTERNAL',
    detail: 'an unexpected error in Penstock; see the log for details',
  });
  expect(JSON.stringify(body)).not.toContain('WRONGTYPE');
  const faults = lines().filter(({ level }) => level === 'error');
  expect(faults[0].err).not.toHaveProperty('command');
  expect(faults).toMatchObject([
    { request: 'fault-1', route: 'GET /v1/runs', err: { message: expect.stringContaining('WRONGTYPE') } },
  ]);
});

test('logs each request with its route, its status and the key, and nothing that it carried', async () => {
  const { send, lines, keyOf } = await startLoggedApi();
  const key = await keyOf('viewer');

  await send('GET', '/v1/runs/run_secret-in-path?x=secret-in-query', { key, headers: { 'x-request-id': 'r-1' } });

  const line = lines().find(({ request }) => request === 'r-1')!;
  expect(line).toMatchObject({
    method: 'GET',
    route: 'GET /v1/runs/{id}',
    status: 400,
    ms: expect.any(Number),
    key: expect.stringMatching(/^key_/),
  });
  expect(JSON.stringify(lines())).not.toMatch(/secret-in|psk_/);
});

test('says in one line that its port is taken', async () => {
  const { origin } = await startTestApi();
  const other = createApi(await testContext({ role: 'api' }));

  const opening = listenApi(other, { host: '127.0.0.1', port: Number(new URL(origin).port) });

  await expect(opening).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: `the address ${new URL(origin).host} is already in use by another program`,
    hint: expect.stringContaining('PORT'),
  });
  await other.close();
});

async function startLoggedApi() {
  const written: string[] = [];
  const log = createLogger('debug', { write: (line: string) => void written.push(line) });
  const api = await startTestApi({ context: { log } });
  // biome-ignore lint/suspicious/noExplicitAny: a log line has any fields
  return { ...api, lines: () => written.map((line): any => JSON.parse(line)) };
}
