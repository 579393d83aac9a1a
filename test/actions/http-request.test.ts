import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { effectOf } from '../../actions/effect.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { actionOf, callOf, openBench, runToEnd } from './harness.ts';

const ID = 'databricks.http_request';

async function send(input: object, handler: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = await startHttpServer(handler);
  const action = await actionOf(ID);
  const bench = openBench({ url: server.origin });
  const { output } = await runToEnd(action, callOf(action, input), bench);
  // biome-ignore lint/suspicious/noExplicitAny: outputs of many shapes
  return output as any;
}

test('sends any method, path, query, header and JSON body, 64 bits exact', async () => {
  let seen: object = {};
  const output = await send(
    {
      method: 'POST',
      path: '/api/2.0/x?a=1',
      query: { b: [true, 2], c: { d: 'e f' } },
      headers: { 'X-Thing': 'v' },
      body: { id: 9007199254740993n, empty: '', off: false },
    },
    async (request, response) => {
      const { method, url, headers } = request;
      seen = { method, url, thing: headers['x-thing'], type: headers['content-type'], body: await readBody(request) };
      response.writeHead(201, { 'x-request-id': 'r', 'set-cookie': ['a=1'], vary: 'b' }).end('{"id":9007199254740993}');
    },
  );

  expect(seen).toEqual({
    method: 'POST',
    url: '/api/2.0/x?a=1&b=true&b=2&c.d=e%20f',
    thing: 'v',
    type: 'application/json',
    body: '{"id":9007199254740993,"empty":"","off":false}',
  });
  expect(output).toMatchObject({
    status: 201,
    body: { id: 9007199254740993n },
    headers: { 'x-request-id': 'r', vary: 'b' },
  });
  expect(output.headers).not.toHaveProperty('set-cookie');
});

test('sends a raw body as it is', async () => {
  const output = await send(
    { method: 'PUT', path: '/x', raw_body: 'a,b\n', content_type: 'text/csv' },
    async (request, response) =>
      response.end(JSON.stringify([request.headers['content-type'], await readBody(request)])),
  );

  expect(output.body).toEqual(['text/csv', 'a,b\n']);
});

test.each<[string, string | Buffer, object]>([
  ['JSON', '{"a":1}', { body: { a: 1 } }],
  ['text', 'plain', { body: 'plain' }],
  ['HTML', '<p>', { body: '<p>' }],
  ['nothing', '', { body: null }],
  ['bytes', Buffer.from([0xff, 0x00]), { body: '/wA=', encoding: 'base64' }],
  ['JSON cut short', '{"a":', { body: '{"a":' }],
])('returns %s', async (_title, answer, expected) => {
  expect(await send({ method: 'GET', path: '/x' }, (_request, response) => response.end(answer))).toMatchObject(
    expected,
  );
});

test('fails on an error status with the words of the service', async () => {
  const sending = send({ method: 'GET', path: '/x' }, (_request, response) =>
    response.writeHead(404).end('{"error_code":"NOPE","message":"no such"}'),
  );

  await expect(sending).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
    kind: 'not_found',
    upstream: { status: 404, error_code: 'NOPE', message: 'no such' },
  });
});

test('returns an error status when asked to', async () => {
  const output = await send({ method: 'GET', path: '/x', fail_on_error: false }, (_request, response) =>
    response.writeHead(409).end('{"error_code":"NOPE"}'),
  );

  expect(output).toMatchObject({ status: 409, body: { error_code: 'NOPE' } });
});

test.each([401, 429])('never returns %i, which is a reason to try again', async (status) => {
  const sending = send({ method: 'GET', path: '/x', fail_on_error: false }, (_request, response) =>
    response.writeHead(status).end(),
  );

  await expect(sending).rejects.toMatchObject({ upstream: { status } });
});

describe('pages', () => {
  test('are followed up to the limit', async () => {
    const asked: string[] = [];
    const output = await send(
      { method: 'GET', path: '/list?x=1', pages: { items: 'things' }, max_items: 3 },
      (request, response) => {
        asked.push(request.url!);
        const page = asked.length;
        response.end(JSON.stringify({ things: [page * 10, page * 10 + 1], next_page_token: `t${page}` }));
      },
    );

    expect(output).toMatchObject({ items: [10, 11, 20], more: true });
    expect(asked).toEqual(['/list?x=1', '/list?x=1&page_token=t1']);
  });

  test('of a POST carry the token in the body', async () => {
    const bodies: string[] = [];
    await send(
      { method: 'POST', path: '/list', body: { q: 1 }, pages: { items: 'things', next: 'n', param: 't' } },
      async (request, response) => {
        bodies.push(await readBody(request));
        response.end(JSON.stringify(bodies.length === 1 ? { things: [1], n: 'a' } : { things: [2] }));
      },
    );

    expect(bodies).toEqual(['{"q":1}', '{"q":1,"t":"a"}']);
  });
});

describe('the host', () => {
  test.each([
    '//evil.example/x',
    '/\\evil.example/x',
    'https://evil.example/x',
    'x',
    '/a/../../x',
    '/a/%2e%2E/x',
    '/./x',
    '/x#y',
    '/a b',
    '/ä',
    '',
    '/x\r\nHost: evil',
  ])('cannot be left by a path: %j', async (path) => {
    const action = await actionOf(ID);
    const bench = openBench({ url: 'http://127.0.0.1:1' });
    const call = {
      ...callOf(action, { method: 'GET', path: '/x' }),
      input: { method: 'GET', path, timeout_seconds: 5, max_items: 1, fail_on_error: true },
    };

    await expect(runToEnd(action, call, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/path' }],
    });
    expect(bench.events).toEqual([]);
  });

  test.each([
    'Authorization',
    'HOST',
    'cookie',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Proxy-Authorization',
    'Upgrade',
  ])('and the credentials cannot be changed by the header %s', async (name) => {
    const action = await actionOf(ID);
    const call = {
      ...callOf(action, { method: 'GET', path: '/x' }),
      input: {
        method: 'GET',
        path: '/x',
        headers: { [name]: 'v' },
        timeout_seconds: 5,
        max_items: 1,
        fail_on_error: true,
      },
    };

    await expect(runToEnd(action, call, openBench({ url: 'http://127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: `/headers/${name}` }],
    });
  });
});

test.each([
  ['GET', 'safe'],
  ['HEAD', 'safe'],
  ['PUT', 'idempotent'],
  ['DELETE', 'idempotent'],
  ['POST', 'once'],
  ['PATCH', 'once'],
])('the effect of %s is %s', async (method, effect) => {
  expect(effectOf(await actionOf(ID), { method, path: '/x' })).toBe(effect);
});
