import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { loadValue } from '../../../engine/artifacts/values.ts';
import { systemClock } from '../../../engine/process/clock.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext, until } from '../../context.ts';
import { startRawServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, type Service } from '../service.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const MEGABYTE = 'x'.repeat(1024 * 1024);

/** What the service does with the first request, how the run ends, and the seconds after which it does by itself. */
const CASES: [what: string, answer: (socket: Socket) => void, code: string, seconds?: number][] = [
  ['a body that never ends', (socket) => drip(socket, `${HEAD}\r\n"`), 'ERR_TIMEOUT', 1],
  ['a body of 1 GB', (socket) => pour(socket, `${HEAD}content-length: 1073741824\r\n\r\n`), 'ERR_RESPONSE_TOO_LARGE'],
  [
    '1 GB in chunks',
    (socket) => pour(socket, `${HEAD}transfer-encoding: chunked\r\n\r\n`, true),
    'ERR_RESPONSE_TOO_LARGE',
  ],
  ['a header bomb', (socket) => pour(socket, `HTTP/1.1 200 OK\r\nx-bomb: `), 'ERR_RESPONSE_TOO_LARGE'],
  ['an answer slower than its limit', () => {}, 'ERR_TIMEOUT', 1],
  [
    'a connection closed in mid-chunk',
    (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{"a`),
    'ERR_NO_ANSWER',
  ],
  [
    'a connection reset in mid-body',
    (socket) => socket.write(`${HEAD}content-length: 99\r\n\r\n{`, () => socket.resetAndDestroy()),
    'ERR_NO_ANSWER',
  ],
  ['no HTTP at all', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'ERR_'],
];

test.each(CASES)(
  '%s ends the run with a clear error, and the worker lives on',
  async (_what, answer, code, seconds = 30) => {
    // Without chance a retry comes at once.
    const ctx = await testContext({ context: { clock: { ...systemClock, random: () => 0 } } });
    const worker = await startWorker(ctx);
    onTestFinished(() => worker.close());
    let isBad = true;
    const server = await startRawServer((socket) => {
      socket.once('data', () => (isBad ? answer(socket) : socket.end(`${HEAD}content-length: 2\r\n\r\n{}`)));
    });
    const account = await linkAccount(ctx, { origin: server.origin } as Service);
    const ask = (timeout_seconds: number) =>
      submitAction(ctx, 'default', {
        request: {
          action: 'databricks.http_request',
          linked_account: account,
          input: { path: '/api/2.0/anything', timeout_seconds },
        },
      });

    const bad = await ended(ctx, (await ask(seconds)).id);
    isBad = false;
    const good = await ended(ctx, (await ask(30)).id);

    expect(bad).toMatchObject({ status: 'failed', error: { code: expect.stringContaining(code) } });
    expect(good).toMatchObject({ status: 'succeeded', output: { status: 200, body: {} } });
  },
  40_000,
);

function drip(socket: Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 20);
  socket.once('close', () => clearInterval(timer));
}

/** Writes without end, as fast as it is read. */
function pour(socket: Socket, head: string, isChunked = false): void {
  const piece = isChunked ? `${MEGABYTE.length.toString(16)}\r\n${MEGABYTE}\r\n` : MEGABYTE;
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  socket.write(head);
  more();
}

test('JSON of depth 100,000 is kept as text', async () => {
  const ctx = await testContext();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const body = '['.repeat(100_000) + ']'.repeat(100_000);
  const server = await startRawServer((socket) => {
    socket.once('data', () => socket.end(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`));
  });
  const account = await linkAccount(ctx, { origin: server.origin } as Service);
  const { id } = await submitAction(ctx, 'default', {
    request: { action: 'databricks.http_request', linked_account: account, input: { path: '/api/2.0/anything' } },
  });

  const run = await ended(ctx, id);

  expect(run.status).toBe('succeeded');
  const output = await loadValue(ctx, { artifact: run.artifact! });
  expect((output as { body: unknown }).body).toBe(body);
});

test('a refusal of 1 GB in place of a file is not kept in memory', async () => {
  const ctx = await testContext();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  let isClosed = false;
  const server = await startRawServer((socket) => {
    socket.once('close', () => (isClosed = true));
    socket.once('data', () =>
      pour(socket, 'HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\n\r\nPERMISSION_DENIED: no '),
    );
  });
  const account = await linkAccount(ctx, { origin: server.origin } as Service);
  const { id } = await submitAction(ctx, 'default', {
    request: {
      action: 'databricks.download_file',
      linked_account: account,
      input: { file_path: '/Volumes/a/b/c/file.txt' },
    },
  });

  const run = await ended(ctx, id);

  expect(run).toMatchObject({ status: 'failed', error: { code: 'ERR_UPSTREAM', upstream: { status: 403 } } });
  await until('the connection is closed', () => isClosed);
});
