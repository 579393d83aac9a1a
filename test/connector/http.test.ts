import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import { readBody, startHttpServer, startRawServer } from '../servers.ts';
import { open, request } from './http-client.ts';

describe('send', () => {
  test('sends method, path, headers and body as they are', async () => {
    let seen: object = {};
    const server = await startHttpServer(async (incoming, response) => {
      const { method, url, headers } = incoming;
      seen = { method, url, headers, body: await readBody(incoming) };
      response.writeHead(201, { 'x-request-id': 'r1' }).end('{"a":1}');
    });
    const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };

    const answer = await open().send(
      request(`${server.origin}/api/2.0/a%2Fb?x=%20&y=..`, { method: 'POST', headers, body: '{"é":1}' }),
    );

    expect(seen).toEqual({
      method: 'POST',
      url: '/api/2.0/a%2Fb?x=%20&y=..',
      headers: {
        ...headers,
        host: `127.0.0.1:${server.port}`,
        connection: 'keep-alive',
        'accept-encoding': expect.stringContaining('gzip'),
        'content-length': '8',
        'user-agent': expect.stringMatching(/^penstock\/\d+\.\d+\.\d+$/),
      },
      body: '{"é":1}',
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-request-id': 'r1' }, body: Buffer.from('{"a":1}') });
  });

  test('an answer that comes before the body was read counts, whatever happens to the connection after it', async () => {
    const resets: Promise<void>[] = [];
    const server = await startRawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok');
        // A reset throws away what the other side has not read yet: it comes once the answer was read.
        resets.push(answered.then(() => void socket.resetAndDestroy()));
      });
    });
    let answered = Promise.resolve();
    const http = open();
    const faults: unknown[] = [];
    const note = (fault: unknown) => faults.push(fault);
    process.on('uncaughtExceptionMonitor', note);
    onTestFinished(() => void process.off('uncaughtExceptionMonitor', note));

    for (let n = 0; n < 20; n += 1) {
      const body =
        n % 2 === 0 ? Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(65_536))) : 'x'.repeat(4_000_000);
      const { promise, resolve } = Promise.withResolvers<void>();
      answered = promise;
      expect((await http.send(request(server.origin, { method: 'POST', body }))).status).toBe(200);
      resolve();
    }
    await Promise.all(resets);
    // What a reset brings arrives in a later turn of the event loop, before the answer to another request.
    const other = await startHttpServer((_incoming, response) => void response.end());
    await http.send(request(other.origin));

    expect(faults).toEqual([]);
  });

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s without a body sends none', async (method) => {
    const server = await startHttpServer(async (incoming, response) => {
      response.end(`${incoming.method} ${incoming.headers['transfer-encoding']} [${await readBody(incoming)}]`);
    });

    expect(String((await open().send(request(server.origin, { method }))).body)).toMatch(
      new RegExp(`^${method} (undefined|chunked) \\[\\]$`),
    );
  });

  test('reads a HEAD answer that declares a large body', async () => {
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(200, { 'content-length': 5_000_000_000 }).end(),
    );

    expect((await open().send(request(server.origin, { method: 'HEAD' }))).status).toBe(200);
  });

  test('uses one connection for one request after the other', async () => {
    const server = await startHttpServer((_incoming, response) => response.end('{}'));
    const http = open();

    for (let index = 0; index < 20; index += 1) await http.send(request(server.origin));

    expect(server.connections).toBe(1);
  });

  test('keeps requests that are under way at once apart', async () => {
    const server = await startHttpServer(async (incoming, response) =>
      response.end(`${incoming.url} ${await readBody(incoming)}`),
    );
    const http = open();

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        http.send(request(`${server.origin}/${index}`, { method: 'POST', body: `b${index}` })),
      ),
    );

    expect(answers.map(({ body }) => String(body))).toEqual(
      Array.from({ length: 50 }, (_, index) => `/${index} b${index}`),
    );
  });

  test.each([400, 401, 404, 429, 500, 503])('returns an answer of status %i', async (status) => {
    const server = await startHttpServer((_incoming, response) => response.writeHead(status).end('no'));

    expect(await open().send(request(server.origin))).toMatchObject({ status, body: Buffer.from('no') });
  });

  test.each([
    ['gzip', gzipSync('{"a":1}')],
    ['br', brotliCompressSync('{"a":1}')],
  ])('unpacks %s', async (encoding, bytes) => {
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes),
    );

    expect(String((await open().send(request(server.origin))).body)).toBe('{"a":1}');
  });

  test('sends a stream as the body', async () => {
    const server = await startHttpServer(async (incoming, response) =>
      response.end(`${(await readBody(incoming)).length}`),
    );
    const body = Readable.from([Buffer.alloc(100_000), Buffer.alloc(50_000)]);

    expect(String((await open().send(request(server.origin, { method: 'PUT', body }))).body)).toBe('150000');
  });

  test('closes a stream that it was given when the request does not get anywhere', async () => {
    const body = new Readable({ read() {} });

    await expect(open().send(request('http://127.0.0.1:1', { method: 'PUT', body }))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
    });

    expect(body.destroyed).toBe(true);
  });

  test('sends no cookie that an earlier answer set', async () => {
    const server = await startHttpServer((incoming, response) =>
      response.setHeader('set-cookie', 'a=b').end(`${incoming.headers.cookie}`),
    );
    const http = open();

    await http.send(request(server.origin));

    expect(String((await http.send(request(server.origin))).body)).toBe('undefined');
  });
});

describe('cancel', () => {
  test('ends a request that is under way, and its connection', async () => {
    const server = await startHttpServer(() => {});
    const abort = new AbortController();

    const sending = open().send(request(server.origin, { signal: abort.signal }));
    await vi.waitFor(() => expect(server.sockets.size).toBe(1));
    abort.abort();

    await expect(sending).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  });

  test('after the end changes nothing', async () => {
    const server = await startHttpServer((_incoming, response) => response.end('{}'));
    const abort = new AbortController();
    const http = open();

    await http.send(request(server.origin, { signal: abort.signal }));
    abort.abort();

    expect((await http.send(request(server.origin))).status).toBe(200);
    expect(server.connections).toBe(1);
  });
});

test.each([
  ['before the answer', ''],
  ['within the answer', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
  ['within the headers', 'HTTP/1.1 200'],
  ['of the protocol', 'nonsense\r\n\r\n'],
])('a failure %s keeps neither headers nor query of the request', async (_title, text) => {
  const server = await startRawServer((socket) => socket.once('data', () => socket.end(text)));
  const headers = { authorization: 'Bearer canary-secret' };

  const failure = await open()
    .send(request(`${server.origin}/?canary-secret`, { headers }))
    .catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ConnectorError);
  expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('canary-secret');
});
