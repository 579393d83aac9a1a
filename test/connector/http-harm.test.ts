import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { drained, startHttpServer, startRawServer } from '../servers.ts';
import { open, request, stopTimers } from './http-client.ts';

/** Resolves when the headers of the next answer have come to a client of this process. */
function clientAnswered(): Promise<void> {
  return new Promise((resolve) => {
    const onAnswer = () => {
      unsubscribe('http.client.response.finish', onAnswer);
      resolve();
    };
    subscribe('http.client.response.finish', onAnswer);
  });
}

describe('an answer that harms', () => {
  test('with a body that never ends is given up at the time limit', async () => {
    stopTimers();
    const server = await startHttpServer((_incoming, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });

    const answered = clientAnswered();
    const sending = open().send(request(server.origin, { timeoutMs: 100 }));
    await answered;
    vi.advanceTimersByTime(100);

    await expect(sending).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      sent: 'maybe',
      message: expect.stringContaining('did not finish its response within 0.1 s'),
    });
    vi.useRealTimers();
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
    stopTimers();
    const asked = Promise.withResolvers<void>();
    const server = await startHttpServer(() => asked.resolve());

    const sending = open().send(request(server.origin, { method: 'POST', timeoutMs: 50 }));
    await asked.promise;
    vi.advanceTimersByTime(50);

    await expect(sending).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      sent: 'maybe',
      message: expect.stringContaining('did not respond to POST within 0.05 s'),
    });
  });
});

test('of a refusal the first 64 KiB are read, however large it is', async () => {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'text/html' });
    response.write(`<pre>no grant</pre>${'<pre'.repeat(100_000)}`);
    // It does not end.
  });

  const answer = await open().send(request(server.origin));

  expect(answer.status).toBe(403);
  expect(answer.body).toHaveLength(65_536);
});

test('a refusal that is larger than an answer may be is still the refusal', async () => {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(404, { 'content-length': '5000000' }).end('x'.repeat(5_000_000));
  });

  expect(await open().send(request(server.origin, { maxBytes: 1_000_000 }))).toMatchObject({ status: 404 });
});

test('a refusal that was asked for whole has the limit of every answer', async () => {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(404).end('x'.repeat(200_000));
  });

  const answer = await open().send(request(server.origin, { wholeRefusal: true }));

  expect(answer.body).toHaveLength(200_000);
  await expect(open().send(request(server.origin, { wholeRefusal: true, maxBytes: 100_000 }))).rejects.toMatchObject({
    code: 'ERR_RESPONSE_TOO_LARGE',
  });
});

test.each([
  ['a value with a line break', { 'x-a': 'a\r\nb: c' }],
  ['a value beyond Latin-1', { 'x-a': 'snow ☃' }],
  ['a value with NUL', { 'x-a': 'a\0' }],
  ['a name with a space', { 'x a': '1' }],
])('%s is refused before anything is sent, without its value', async (_what, headers) => {
  const server = await startHttpServer((_request, response) => response.end());

  const failure = open().send(request(server.origin, { headers: headers as unknown as Record<string, string> }));

  await expect(failure).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID', sent: 'no' });
  await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('snow') });
  expect(server.sockets.size).toBe(0);
});
