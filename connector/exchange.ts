import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** How far a request came; decides whether it may be sent again. */
export interface Progress {
  /** A connection stood, TLS included. */
  connected: boolean;
  /** The headers of the answer are here. */
  answered: boolean;
  /** Head and body went to the system in one write: when that write fails, nothing of the request was sent. */
  oneWrite: boolean;
}

/** One request on one socket. */
export interface Exchange {
  /** Sends; resolves with the answer when its headers are here, rejects with the error of the socket. Called once. */
  start(): Promise<IncomingMessage>;
  /** Closes the connection; nothing happens before `start` or after the answer has ended. */
  stop(): void;
  progress(): Progress;
}

export interface ExchangeOptions {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | Readable | undefined;
  agent: Agent;
  connectTimeoutMs: number;
  maxHeaderSize: number;
  lookup?: LookupFunction;
}

/** Well under a socket's send buffer, so that the system takes such a request whole or not at all. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Prepares one request; nothing is sent before `start`. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { url, body } = options;
  const isTls = url.protocol === 'https:';
  const oneWrite = body === undefined || (!(body instanceof Readable) && body.length <= ONE_WRITE_BYTES);
  let request: ClientRequest | undefined;
  let connected = false;
  let answered = false;
  return {
    start: () =>
      new Promise((resolve, reject) => {
        request = (isTls ? https : http).request({
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port,
          path: url.pathname + url.search,
          method: options.method,
          headers: withLength(options.headers, body),
          agent: options.agent,
          maxHeaderSize: options.maxHeaderSize,
          ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
        });
        request.on('error', reject);
        request.once('response', (response: IncomingMessage) => {
          answered = true;
          resolve(response);
        });
        request.once('socket', (socket) => {
          watchConnect(socket, { isTls, limitMs: options.connectTimeoutMs }, () => {
            connected = true;
          });
        });
        sendBody(request, body, reject);
      }),
    stop() {
      request?.destroy();
      // Also when nothing was sent: anyone who gave a stream has handed it over.
      if (body instanceof Readable) body.destroy();
    },
    progress: () => ({ connected, answered, oneWrite }),
  };
}

function withLength(headers: Record<string, string>, body: ExchangeOptions['body']): Record<string, string> {
  if (body === undefined || body instanceof Readable) return headers;
  return { ...headers, 'content-length': String(Buffer.byteLength(body)) };
}

/** `end` with the data lets Node join head and body in one write. */
function sendBody(request: ClientRequest, body: ExchangeOptions['body'], fail: (error: Error) => void): void {
  if (!(body instanceof Readable)) {
    request.end(body);
    return;
  }
  pipeline(body, request, (error) => {
    if (error) fail(error);
  });
}

/** A kept-alive socket stands already; a new one gets a time limit until it (and its TLS) stands. */
function watchConnect(socket: Socket, limit: { isTls: boolean; limitMs: number }, onConnected: () => void): void {
  if (!socket.connecting && (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting !== true) {
    onConnected();
    return;
  }
  const timer = setTimeout(() => {
    socket.destroy(
      Object.assign(new Error('the connection was not made in time'), { code: 'ETIMEDOUT', syscall: 'connect' }),
    );
  }, limit.limitMs);
  const stop = () => clearTimeout(timer);
  socket.once(limit.isTls ? 'secureConnect' : 'connect', () => {
    stop();
    onConnected();
  });
  socket.once('close', stop);
}
