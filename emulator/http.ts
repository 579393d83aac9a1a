import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { checkBody, checkPath, checkQuery, type Rules } from './check.ts';
import { ApiError, errorBody, malformed } from './errors.ts';
import type { Fault, Faults } from './faults.ts';
import { parseJson, writeJson } from './json.ts';
import { credentialMissing, invalidToken } from './oauth/errors.ts';
import { publicBody, publicHeaders, type RequestLog } from './request-log.ts';
import type { Answer, Call, Route, Router } from './router.ts';
import { loadSchemas } from './tables.ts';
import type { Identity } from './tokens.ts';
import { wait } from './workspace.ts';

/** What the handling of a request needs. */
export interface HttpParts {
  router: Router;
  faults: Faults;
  requests: RequestLog;
  authenticate(header: string | undefined): Identity;
  now(): number;
  closing: AbortSignal;
  /** What happens to fields and query parameters that no table holds. */
  unknown: Rules['unknown'];
}

/** Bodies are read whole up to here; larger ones are for the Files API, which streams. */
const BODY_LIMIT = 64 * 1024 * 1024;
const LOGGED_BODY = 1024 * 1024;
const CONTROL = '/__emulator/';

const schemas = loadSchemas();

/** Makes the listener of an HTTP server: faults, token, checks, handler, answer, log. */
export function createListener(parts: HttpParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void handle(parts, request, response).catch(() => response.destroy());
  };
}

async function handle(parts: HttpParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET';
  const { path, query } = splitUrl(request.url ?? '/');
  const requestId = randomUUID();
  response.setHeader('x-request-id', requestId);
  const fault = path.startsWith(CONTROL) ? undefined : parts.faults.take(method, path);
  const found = parts.router.find(method, path);
  const route = found?.route;
  const logged = path.startsWith(CONTROL)
    ? undefined
    : parts.requests.add({
        time: parts.now(),
        method,
        path,
        route: route === undefined ? null : (route.schema ?? `${method} ${route.template}`),
        query: Object.fromEntries(
          [...new Set(query.keys())].map((name) => [name, name === 'signature' ? '***' : single(query.getAll(name))]),
        ),
        headers: publicHeaders(request.headers),
        body: null,
        status: null,
        effect: false,
        fault: fault === undefined ? null : JSON.stringify(fault),
        request_id: requestId,
      });

  const respond = async (): Promise<Answer> => {
    if (found === undefined || route === undefined) {
      parts.authenticate(request.headers.authorization);
      throw new ApiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${path}'.`);
    }
    const identity = route.open
      ? ({ kind: 'user', id: '', userName: '' } as Identity)
      : parts.authenticate(request.headers.authorization);
    const bytes = route.body === 'raw' ? Buffer.alloc(0) : await readBody(request);
    const call: Call = { method, path, params: found.params, query: {}, body: {}, bytes, identity, request, requestId };
    const multipart = route.body === 'json-or-multipart' && /^multipart\//.test(request.headers['content-type'] ?? '');
    if (logged !== undefined) logged.body = multipart ? `${bytes.length} bytes` : loggedBody(route, bytes);
    const parsed = multipart ? null : readMessage(route, bytes);
    check(route, call, query, parsed, parts.unknown);
    return route.handle(call);
  };

  let answer: Answer;
  try {
    if (fault?.delay_ms !== undefined) await wait(fault.delay_ms, parts.closing);
    if (fault?.drop === 'before') return void request.socket.destroy();
    if (fault !== undefined && replaces(fault) && !fault.effect) {
      const bytes = await readBody(request);
      if (logged !== undefined) logged.body = loggedBody(route, bytes);
      answer = faultAnswer(fault, requestId);
    } else {
      answer = await respond();
      const effect = method !== 'GET' && method !== 'HEAD' && (answer.status ?? 200) < 300 && answer.effect !== false;
      if (effect && route !== undefined && logged !== undefined)
        parts.requests.countEffect(`${method} ${route.template}`);
      if (logged !== undefined) logged.effect = effect;
      if (fault !== undefined && replaces(fault)) answer = faultAnswer(fault, requestId);
    }
  } catch (error) {
    // a body that nobody read would keep the connection busy
    request.resume();
    answer = failure(error, route, requestId);
  }
  if (fault?.drop === 'after') return void request.socket.destroy();
  const headers = { ...answer.headers, ...fault?.headers };
  if (logged !== undefined) logged.status = answer.status ?? 200;
  await send(response, { ...answer, headers }, fault, parts.closing);
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  // Databricks takes /api/2.0/sql/statements/ too
  return {
    path: path.length > 1 && path.startsWith('/api/2.0/sql/') ? path.replace(/\/$/, '') : path,
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
  };
}

function single(values: string[]): string | string[] {
  return values.length === 1 ? (values[0] as string) : values;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += (piece as Buffer).length;
    if (length > BODY_LIMIT)
      throw new ApiError(413, 'REQUEST_ENTITY_TOO_LARGE', `The request body is larger than ${BODY_LIMIT} bytes.`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

function readMessage(route: Route | undefined, bytes: Buffer): unknown {
  if (route?.body === 'raw') return null;
  if (route?.body === 'form') return Object.fromEntries(new URLSearchParams(bytes.toString()));
  if (bytes.length === 0) return {};
  try {
    return parseJson(bytes.toString());
  } catch (error) {
    throw malformed(`Could not parse request object: ${error instanceof Error ? error.message : 'not JSON'}.`);
  }
}

function loggedBody(route: Route | undefined, bytes: Buffer): unknown {
  if (bytes.length > LOGGED_BODY) return `${bytes.length} bytes`;
  try {
    return publicBody(readMessage(route, bytes));
  } catch {
    return bytes.toString();
  }
}

// routes without a table in emulator/schema take anything: their handlers check
function check(route: Route, call: Call, query: URLSearchParams, body: unknown, unknown: Rules['unknown']): void {
  // clients may name the workspace in any URL
  query.delete('o');
  const [method, template] = (route.schema ?? `${route.method} ${route.template}`).split(' ') as [string, string];
  const found = schemas.operation(method, template);
  if (found === undefined) {
    call.query = Object.fromEntries([...new Set(query.keys())].map((name) => [name, single(query.getAll(name))]));
    call.body = (body ?? {}) as Record<string, unknown>;
    return;
  }
  const { operation, types } = found;
  const rules: Rules = { types, unknown };
  call.params = checkPath(call.params as Record<string, string>, operation.path ?? {}, rules);
  call.query = checkQuery(query, operation.query ?? {}, rules);
  if (route.body === 'raw' || route.body === 'form' || body === null)
    call.body = (body ?? {}) as Record<string, unknown>;
  else call.body = checkBody(body, operation.body ?? {}, rules);
}

function failure(error: unknown, route: Route | undefined, requestId: string): Answer {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'INTERNAL_ERROR', error instanceof Error ? error.message : String(error));
  // the gateway refuses tokens before a service sees the request, in its own shape
  if (route?.errors !== undefined && typeof known.code === 'string') known.shape = route.errors;
  if (typeof known.code === 'number') known.message += ` [ReqId: ${requestId}]`;
  return { status: known.status, json: errorBody(known), headers: known.headers };
}

function replaces(fault: Fault): boolean {
  return Boolean(fault.status ?? fault.expired_token ?? fault.token_refused ?? fault.html ?? fault.empty ?? fault.body);
}

function faultAnswer(fault: Fault, requestId: string): Answer {
  const headers: Record<string, string> =
    fault.retry_after === undefined ? {} : { 'retry-after': String(fault.retry_after) };
  const status = fault.status ?? 200;
  if (fault.expired_token) return failure(invalidToken(), undefined, requestId);
  if (fault.token_refused) return failure(credentialMissing(), undefined, requestId);
  if (fault.empty) return { status, empty: true, headers };
  if (fault.body !== undefined) return { status, text: fault.body, headers };
  if (fault.html) {
    const text = `<!DOCTYPE html><html><head><title>${fault.message ?? 'Databricks'}</title></head><body><pre>${fault.message ?? 'Sign in'}</pre></body></html>`;
    return { status, text, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } };
  }
  const code =
    fault.error_code ??
    { 429: 'REQUEST_LIMIT_EXCEEDED', 503: 'TEMPORARILY_UNAVAILABLE', 500: 'INTERNAL_ERROR', 403: 'PERMISSION_DENIED' }[
      status
    ] ??
    'UNKNOWN';
  return failure(
    new ApiError(status, code, fault.message ?? `Fault ordered: ${status}.`, { headers, details: fault.details ?? [] }),
    undefined,
    requestId,
  );
}

async function send(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
  closing: AbortSignal,
): Promise<void> {
  response.statusCode = answer.status ?? 200;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.empty) return void response.end();
  if (answer.stream !== undefined && !fault?.truncate && !fault?.never_end) {
    await pipeline(answer.stream, response, { signal: closing }).catch(() => response.destroy());
    return;
  }
  const bytes =
    answer.stream === undefined
      ? bodyOf(answer)
      : Buffer.concat(await Array.fromAsync(answer.stream as AsyncIterable<Buffer>));
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', bytes.length);
  if (!fault?.truncate && !fault?.never_end) return void response.end(bytes);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  await new Promise<void>((resolve) => response.write(half, () => resolve()));
  if (fault.truncate) response.destroy();
}

function bodyOf(answer: Answer): Buffer {
  if (answer.bytes !== undefined) return answer.bytes;
  return Buffer.from(answer.text ?? writeJson(answer.json ?? {}));
}
