import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { until } from '../context.ts';
import { drained, startHttpServer, startRawServer } from '../servers.ts';
import { open, request, stopTimers } from './http-client.ts';

const realTimeout = globalThis.setTimeout;

/** The value once it has not changed for so long; a writer stands still when every buffer on the way is full. */
async function standstill(read: () => number, ms: number): Promise<number> {
  for (let last = read(), since = performance.now(); ; ) {
    await new Promise((resolve) => realTimeout(resolve, 20));
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
    stopTimers();
    let written = 0;
    const piece = Buffer.alloc(64 * 1024);
    const server = await startHttpServer(async (_incoming, response) => {
      while (written < 50_000_000 && !response.destroyed) {
        written += piece.length;
        if (!response.write(piece)) await drained(response);
      }
      response.end();
    });

    const { body } = await open().stream(request(server.origin, { timeoutMs: 500, maxBytes: 1e9 }));
    const reader = body[Symbol.asyncIterator]();
    await reader.next();
    const stalled = await standstill(() => written, 200);
    vi.advanceTimersByTime(10_000);
    let size = 0;
    for await (const chunk of { [Symbol.asyncIterator]: () => reader }) size += (chunk as Buffer).length;

    expect(stalled).toBeLessThan(30_000_000);
    expect(size).toBeGreaterThan(45_000_000);
  });

  test('fails with a time limit when the body stands still', async () => {
    stopTimers();
    const server = await startHttpServer((_incoming, response) => {
      response.writeHead(200);
      response.write('a');
    });

    const { body } = await open().stream(request(server.origin, { timeoutMs: 50 }));
    const reading = body.toArray();
    vi.advanceTimersByTime(49);
    expect(body.destroyed).toBe(false);
    vi.advanceTimersByTime(1);

    await expect(reading).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    vi.useRealTimers();
    await until('the connection is closed', () => server.sockets.size === 0);
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
