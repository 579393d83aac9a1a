import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import got from 'got';
import packageJson from '../package.json' with { type: 'json' };
import { guardLookup, guardName, isPrivateAddress } from './addresses.ts';
import { ConnectorError } from './errors.ts';
import { createExchange } from './exchange.ts';
import { canceled, privateAddress, redirected, timedOut, toHttpFailure, tooLarge } from './failures.ts';
import { checkHeaders } from './headers.ts';
import { NO_PROXIES, type Proxies, proxyFor } from './proxies.ts';

export interface HttpRequest {
  method: string;
  /** Absolute and encoded. */
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array | Readable;
  /** `send`: until the whole answer is here. `stream`: until its headers are, and then between two pieces of its body. */
  timeoutMs: number;
  /** Largest body, counted after decompression; a larger one ends the request while it is read. */
  maxBytes: number;
  /** `send` reads the first 64 KiB of an answer of 400 and above, and all of it when this is set. */
  wholeRefusal?: boolean;
  signal?: AbortSignal | undefined;
  /** What a redirect says, where it is known; see `Service`. */
  explainRedirect?: ((origin: string, target: URL) => ConnectorError | undefined) | undefined;
}

/** A whole answer. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** An answer whose body is still on its way. */
export interface HttpStream {
  status: number;
  headers: HttpResponse['headers'];
  /** Read at the consumer's pace; fails with a ConnectorError. Destroying it closes the connection. */
  body: Readable;
}

/**
 * Sends requests. Answers of every status are returned, except redirects.
 * @throws ConnectorError ERR_NOT_SENT (`sent: 'no'`), ERR_NO_ANSWER and ERR_TIMEOUT (`sent: 'maybe'`), ERR_RESPONSE_TOO_LARGE,
 * ERR_RESPONSE_INVALID, ERR_REDIRECTED, ERR_CANCELED, ERR_HOST_NOT_ALLOWED
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
  stream(request: HttpRequest): Promise<HttpStream>;
  /** Closes idle connections; those in use end with their request. Called twice, nothing more happens. */
  close(): void;
}

export interface HttpOptions {
  userAgent?: string;
  /** Limit for name, connection and TLS together. */
  connectTimeoutMs?: number;
  /** Whether `name` or `name:port` may lie at a loopback, private or link-local address; none may unless this says so. */
  allowPrivate?: (host: string) => boolean;
  /** What requests go through; directly when left out. */
  proxies?: Proxies;
}

interface Flight {
  stream: ReturnType<typeof got.stream>;
  /** Ends the request and its connection with this error; nothing happens after the first end. */
  fail(error: ConnectorError): void;
  /** The answer is whole; called by its `end`. */
  finish(): void;
  /** Enough of the answer is here: closes the connection. */
  cut(): void;
  /** Restarts the time limit. */
  refresh(): void;
  /** Stops the time limit until `refresh`. */
  pause(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/**
 * An idle connection is given up after this time: shorter than any load balancer's, so that hardly ever a request is
 * written to a connection that the other side has just closed; longer than the pause between two polls.
 */
const IDLE_MS = 15_000;
/** What a service says about a failure is at its beginning; the rest of a larger answer is a page, or does not end. */
export const MAX_REFUSAL_BYTES = 65_536;
const MAX_HEADER_BYTES = 32 * 1024;
/** What got unpacks on every platform. */
const ENCODINGS = 'gzip, deflate, br';
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Creates the one way out to the network: keep-alive without a cap on sockets (the caller's concurrency is the cap), no
 * retries, no redirects, no cookies. Safe to share; no request sees anything of another.
 *
 * got spends most of a small request on merging options and on its promise (scripts/measure-http.ts measures it). So the
 * defaults of one instance are filled in place, which got then clones, and the `request` option writes head and
 * body at once. The headers, and with them the token, never enter got. Measured: 1.9 to 2.0 times the requests per second of plain got.
 */
export function createHttp(options: HttpOptions = {}): Http {
  const userAgent = options.userAgent ?? `penstock/${packageJson.version}`;
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const agentOptions = { keepAlive: true, maxFreeSockets: 1024, timeout: IDLE_MS };
  const agents = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) };
  const { proxies = NO_PROXIES } = options;
  // Node makes the tunnel, with TLS to the target inside it, and keeps it for further requests.
  const throughProxy = {
    http: new http.Agent({ ...agentOptions, proxyEnv: { http_proxy: proxies.http } }),
    https: new https.Agent({ ...agentOptions, proxyEnv: { https_proxy: proxies.https } }),
  };
  const instance = got.extend({
    mutableDefaults: true,
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
  });
  const prepared = instance.defaults.options;

  const openStream = (request: HttpRequest, url: URL, start: () => Promise<unknown>) => {
    prepared.url = url;
    prepared.method = request.method as 'GET';
    prepared.request = start as never;
    const stream = instance.stream();
    stream.end();
    return stream;
  };

  const begin = (
    request: HttpRequest,
    reject: (error: ConnectorError) => void,
    isBounded: (status: number) => boolean = () => true,
  ): Flight => {
    const { method, signal, timeoutMs } = request;
    const url = new URL(request.url);
    const where = { origin: url.origin, method };
    const mayBePrivate = options.allowPrivate?.(url.host) ?? false;
    if (!mayBePrivate && isPrivateAddress(url.hostname)) throw privateAddress(url.host);
    checkHeaders(request.headers);
    const isProxied = proxyFor(url, proxies) !== undefined;
    const { http: plain, https: secure } = isProxied ? throughProxy : agents;
    const exchange = createExchange({
      url,
      method,
      headers: { ...request.headers, 'user-agent': userAgent, 'accept-encoding': ENCODINGS },
      body: request.body,
      agent: url.protocol === 'https:' ? secure : plain,
      connectTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The proxy's own address may be private.
      ...(mayBePrivate || isProxied ? {} : { lookup: guardLookup }),
    });
    if (signal?.aborted) throw canceled(exchange.progress(), where);
    const guarded = async () => {
      await guardName(url.hostname);
      return exchange.start();
    };
    const direct = () => exchange.start();
    const stream = openStream(request, url, isProxied && !mayBePrivate ? guarded : direct);
    let isOver = false;
    const onAbort = () => fail(canceled(exchange.progress(), where));
    const onTimeout = () => fail(timedOut(exchange.progress(), where, timeoutMs));
    let timer = setTimeout(onTimeout, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    const end = () => {
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: ConnectorError) => {
      if (isOver) return;
      end();
      exchange.stop();
      stream.destroy();
      reject(error);
    };
    stream.on('error', (error) => fail(toHttpFailure(error, exchange.progress(), where)));
    let { maxBytes } = request;
    stream.once('response', ({ statusCode, headers }) => {
      if (!isBounded(statusCode)) maxBytes = Number.POSITIVE_INFINITY;
      if (REDIRECTS.has(statusCode))
        fail(redirected(statusCode, headers.location, { ...where, explain: request.explainRedirect }));
      else if (method !== 'HEAD' && Number(headers['content-length']) > maxBytes) fail(tooLarge(where, maxBytes));
    });
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) fail(tooLarge(where, maxBytes));
    });
    const pause = () => clearTimeout(timer);
    const refresh = () => {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(onTimeout, timeoutMs);
    };
    const finish = () => {
      end();
    };
    const cut = () => {
      end();
      exchange.stop();
      stream.destroy();
    };
    return { stream, fail, finish, cut, refresh, pause };
  };

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const isCut = (status: number) => status >= 400 && request.wholeRefusal !== true;
        collect(
          begin(request, reject, (status) => !isCut(status)),
          { isCut, resolve },
        );
      }),
    stream: (request) => new Promise((resolve, reject) => follow(begin, request, { resolve, reject })),
    close() {
      agents.http.destroy();
      agents.https.destroy();
      throughProxy.http.destroy();
      throughProxy.https.destroy();
    },
  };
}

/** Answers for which `isCut` holds count as whole when their first 64 KiB are here. */
function collect(
  { stream, finish, cut }: Flight,
  { isCut, resolve }: { isCut: (status: number) => boolean; resolve: (response: HttpResponse) => void },
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let headers: HttpResponse['headers'] = {};
  stream.once('response', (response) => {
    status = response.statusCode;
    headers = response.headers;
  });
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < MAX_REFUSAL_BYTES || !isCut(status)) return;
    cut();
    resolve({ status, headers, body: Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES) });
  });
  stream.once('end', () => {
    finish();
    resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
  });
}

/** Hands the body on through a stream of ours, so that its consumer sees ConnectorErrors and sets the pace. */
function follow(
  begin: (request: HttpRequest, reject: (error: ConnectorError) => void) => Flight,
  request: HttpRequest,
  promise: { resolve: (stream: HttpStream) => void; reject: (error: ConnectorError) => void },
): void {
  let body: Readable | undefined;
  const flight = begin(request, (error) => (body === undefined ? promise.reject(error) : body.destroy(error)));
  const { stream } = flight;
  stream.pause();
  stream.once('response', ({ statusCode, headers }) => {
    if (stream.destroyed) return;
    flight.pause();
    body = new Readable({
      read() {
        flight.refresh();
        stream.resume();
      },
      destroy(error, done) {
        flight.fail(new ConnectorError('ERR_CANCELED', 'the body was not read to its end', { sent: 'answered' }));
        done(error);
      },
    });
    stream.on('data', (chunk: Buffer) => {
      if (body!.push(chunk)) return flight.refresh();
      flight.pause();
      stream.pause();
    });
    stream.once('end', () => {
      flight.finish();
      body!.push(null);
    });
    promise.resolve({ status: statusCode, headers, body });
  });
}
