import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ConnectorError } from '../../connector/errors.ts';
import { PROBLEM_TYPE, toProblem } from './problem.ts';

/** What Node says of a request that it could not read, and what is said of it here. */
const READABLE: Record<string, { status: number; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'the headers are larger than 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'the request did not arrive in time' },
};

/** Answers a connection whose bytes are no HTTP request with a problem, and ends it. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, publicUrl: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = READABLE[error.code ?? ''] ?? {
    status: 400,
    detail: 'this is not an HTTP/1.1 request',
  };
  const { problem } = toProblem(new ConnectorError('ERR_REQUEST_INVALID', detail), publicUrl);
  const body = JSON.stringify({ ...problem, status });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
