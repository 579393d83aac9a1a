import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import { createHttp, type Http, type HttpOptions, type HttpRequest } from '../../connector/http.ts';
import { drained, readBody, startHttpServer, startRawServer } from '../servers.ts';

const opened: Http[] = [];
afterEach(() => {
  for (const http of opened.splice(0)) http.close();
});

function open(options: HttpOptions = {}): Http {
  const http = createHttp({ allowPrivate: () => true, ...options });
  opened.push(http);
  return http;
}

function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, headers: {}, timeoutMs: 5_000, maxBytes: 1_000_000, ...more };
}

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
    const server = await startRawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        setImmediate(() => socket.resetAndDestroy());
      });
    });
    const http = open();
    const faults: unknown[] = [];
    const note = (fault: unknown) => faults.push(fault);
    process.on('uncaughtExceptionMonitor', note);
    onTestFinished(() => void process.off('uncaughtExceptionMonitor', note));

    for (let n = 0; n < 20; n += 1) {
      const body =
        n % 2 === 0 ? Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(65_536))) : 'x'.repeat(4_000_000);
      expect((await http.send(request(server.origin, { method: 'POST', body }))).status).toBe(200);
    }

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

describe('an answer that harms', () => {
  test('with a body that never ends is given up at the time limit', async () => {
    const server = await startHttpServer((_incoming, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });

    await expect(open().send(request(server.origin, { timeoutMs: 100 }))).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      sent: 'maybe',
      message: expect.stringContaining('did not finish its answer'),
    });
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  });

  test('with a body of 1 GB is given up at the size limit', async () => {
    let written = 0;
    const piece = Buffer.alloc(64 * 1024);
    const server = await startHttpServer(async (_incoming, response) => {
      response.on('error', () => {});
      while (written < 1_000_000_000 && !response.destroyed) {
        written += piece.length;
        if (!response.write(piece)) await drained(response);
      }
      response.end();
    });

    await expect(open().send(request(server.origin))).rejects.toMatchObject({
      code: 'ERR_RESPONSE_TOO_LARGE',
      sent: 'answered',
    });
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
    expect(written).toBeLessThan(50_000_000);
  });

  test('that declares too large a body is refused before it comes', async () => {
    const server = await startHttpServer((_incoming, response) => {
      response.writeHead(200, { 'content-length': 2_000_000 });
      response.flushHeaders();
    });

    await expect(open().send(request(server.origin))).rejects.toMatchObject({ code: 'ERR_RESPONSE_TOO_LARGE' });
  });

  test('that unpacks to too much is given up while it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );

    await expect(open().send(request(server.origin))).rejects.toMatchObject({ code: 'ERR_RESPONSE_TOO_LARGE' });
  });

  test('with endless headers is given up', async () => {
    const server = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      socket.write(`x-bomb: ${'a'.repeat(100_000)}\r\n`);
    });

    await expect(open().send(request(server.origin))).rejects.toMatchObject({
      code: 'ERR_RESPONSE_TOO_LARGE',
      sent: 'maybe',
    });
  });

  test.each<[string, string, string]>([
    ['closes in mid-chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"a":', 'ERR_NO_ANSWER'],
    ['closes before the declared length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":', 'ERR_NO_ANSWER'],
    ['closes within the headers', 'HTTP/1.1 200 OK\r\ncontent-le', 'ERR_NO_ANSWER'],
    ['closes without a word', '', 'ERR_NO_ANSWER'],
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'ERR_RESPONSE_INVALID'],
    ['has a broken chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'ERR_NO_ANSWER'],
  ])('that %s may have been sent', async (_title, text, code) => {
    const server = await startRawServer((socket) => socket.once('data', () => socket.end(text)));

    await expect(open().send(request(server.origin))).rejects.toMatchObject({ code, sent: 'maybe' });
  });

  test('whose packed body is cut short broke off', async () => {
    const bytes = gzipSync('x'.repeat(10_000)).subarray(0, 30);
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes),
    );

    await expect(open().send(request(server.origin))).rejects.toMatchObject({ code: 'ERR_NO_ANSWER', sent: 'maybe' });
  });

  test('whose packed body is damaged cannot be read', async () => {
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('nonsense'),
    );

    await expect(open().send(request(server.origin))).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
  });

  test('that does not come is given up', async () => {
    const server = await startHttpServer(() => {});

    await expect(open().send(request(server.origin, { method: 'POST', timeoutMs: 50 }))).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      sent: 'maybe',
      message: expect.stringContaining('did not answer POST within 0.05 s'),
    });
  });
});

describe('a request that was not sent says so', () => {
  test('when the connection is refused', async () => {
    // Port 1 (tcpmux) is served nowhere.
    await expect(open().send(request('http://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      sent: 'no',
    });
  });

  test('when there is no such host', async () => {
    await expect(open().send(request('http://no-such-host.invalid/'))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      sent: 'no',
    });
  });

  test('when the secure connection fails', async () => {
    const server = await startHttpServer((_incoming, response) => response.end());

    await expect(open().send(request(server.origin.replace('http:', 'https:')))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      sent: 'no',
      message: expect.stringContaining('secure connection'),
    });
  });

  test('when the secure connection does not come in time', async () => {
    const server = await startRawServer(() => {});

    await expect(
      open({ connectTimeoutMs: 50 }).send(request(server.origin.replace('http:', 'https:'))),
    ).rejects.toMatchObject({ code: 'ERR_NOT_SENT', sent: 'no' });
  });

  test('when it is canceled beforehand', async () => {
    await expect(open().send(request('http://127.0.0.1:1', { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'ERR_CANCELED',
      sent: 'no',
    });
  });
});

describe('a kept-alive connection', () => {
  test('that the server closed while it was idle is not used again', async () => {
    const server = await startHttpServer((_incoming, response) => response.end('{}'));
    const http = open();
    await http.send(request(server.origin));
    for (const socket of server.sockets) socket.end();
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));

    expect((await http.send(request(server.origin, { method: 'POST' }))).status).toBe(200);
    expect(server.connections).toBe(2);
  });

  test('that is closed on the second request may have delivered it', async () => {
    let requests = 0;
    const server = await startHttpServer((incoming, response) => {
      requests += 1;
      if (requests === 1) response.end('{}');
      else incoming.socket.destroy();
    });
    const http = open();
    await http.send(request(server.origin));

    await expect(http.send(request(server.origin, { method: 'POST', body: '{}' }))).rejects.toMatchObject({
      code: 'ERR_NO_ANSWER',
      sent: 'maybe',
    });
    expect(server.connections).toBe(1);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('of status %i is not followed', async (status) => {
    let followed = 0;
    const target = await startHttpServer((_incoming, response) => {
      followed += 1;
      response.end();
    });
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(status, { location: `${target.origin}/x?token=1` }).end(),
    );

    await expect(open().send(request(server.origin))).rejects.toMatchObject({
      code: 'ERR_REDIRECTED',
      message: `${server.origin} redirected the request to "${target.origin}"`,
    });
    expect(followed).toBe(0);
  });

  test('to the private-link page names the cause', async () => {
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(302, { location: '/login.html?error=private-link-validation-error' }).end(),
    );

    await expect(open().send(request(server.origin))).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'permission',
      upstream: { status: 403, error_code: 'PRIVATE_LINK_VALIDATION_ERROR' },
    });
  });
});

describe('addresses', () => {
  test.each([
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'http://localhost:1',
    'http://169.254.169.254',
    'http://[::ffff:10.0.0.1]',
  ])('that are private are refused: %s', async (url) => {
    await expect(open({ allowPrivate: () => false }).send(request(url))).rejects.toMatchObject({
      code: 'ERR_HOST_NOT_ALLOWED',
      sent: 'no',
    });
  });

  test('that are private can be allowed by host and port', async () => {
    const server = await startHttpServer((_incoming, response) => response.end('{}'));
    const http = open({ allowPrivate: (host) => host === `127.0.0.1:${server.port}` });

    expect((await http.send(request(server.origin))).status).toBe(200);
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

/** The value once it has not changed for so long; a writer stands still when every buffer on the way is full. */
async function standstill(read: () => number, ms: number): Promise<number> {
  for (let last = read(), since = performance.now(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (read() !== last) {
      last = read();
      since = performance.now();
    } else if (performance.now() - since >= ms) return last;
  }
}

describe('stream', () => {
  test('gives the body as it comes', async () => {
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(200_000))),
    );

    const { status, body } = await open().stream(request(server.origin));

    expect(status).toBe(200);
    expect(Buffer.concat(await body.toArray()).length).toBe(200_000);
  });

  test('lets a slow reader set the pace, without a time limit meanwhile', async () => {
    let written = 0;
    const piece = Buffer.alloc(64 * 1024);
    const server = await startHttpServer(async (_incoming, response) => {
      while (written < 100_000_000 && !response.destroyed) {
        written += piece.length;
        if (!response.write(piece)) await drained(response);
      }
      response.end();
    });

    const { body } = await open().stream(request(server.origin, { timeoutMs: 500, maxBytes: 1e9 }));
    const reader = body[Symbol.asyncIterator]();
    await reader.next();
    const stalled = await standstill(() => written, 700);
    let size = 0;
    for await (const chunk of { [Symbol.asyncIterator]: () => reader }) size += (chunk as Buffer).length;

    expect(stalled).toBeLessThan(30_000_000);
    expect(size).toBeGreaterThan(90_000_000);
  });

  test('fails with a time limit when the body stands still', async () => {
    const server = await startHttpServer((_incoming, response) => {
      response.writeHead(200);
      response.write('a');
    });

    const { body } = await open().stream(request(server.origin, { timeoutMs: 50 }));

    await expect(body.toArray()).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  });

  test('fails when the body breaks off', async () => {
    const server = await startRawServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    );

    const { body } = await open().stream(request(server.origin));

    await expect(body.toArray()).rejects.toMatchObject({ code: 'ERR_NO_ANSWER' });
  });

  test('fails when it is larger than the limit', async () => {
    const server = await startHttpServer((_incoming, response) => {
      response.write(Buffer.alloc(2_000_000));
      response.end();
    });

    const { body } = await open().stream(request(server.origin));

    await expect(body.toArray()).rejects.toMatchObject({ code: 'ERR_RESPONSE_TOO_LARGE' });
  });

  test('closes the connection when the reader leaves', async () => {
    const server = await startHttpServer((_incoming, response) => {
      response.write('a');
    });

    const { body } = await open().stream(request(server.origin));
    body.destroy();

    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  });

  test('is canceled in mid-body', async () => {
    const server = await startHttpServer((_incoming, response) => {
      response.write('a');
    });
    const abort = new AbortController();

    const { body } = await open().stream(request(server.origin, { signal: abort.signal }));
    const reading = body.toArray();
    abort.abort();

    await expect(reading).rejects.toMatchObject({ code: 'ERR_CANCELED' });
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
