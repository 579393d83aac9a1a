import { inputError } from '../connector/errors.ts';
import { isConnectionHeader } from '../connector/headers.ts';
import { stringifyJson } from '../connector/json.ts';
import type { Action } from '../connector/manifest.ts';
import type { Outcome } from '../connector/outcome.ts';
import { readOutcome } from '../connector/outcome.ts';
import { type BuiltRequest, encodeQuery } from '../connector/request.ts';
import type { ActionCall, ActionState, Io, Step } from './call.ts';
import { beforeLaunch } from './launch.ts';
import { collect } from './pages.ts';

interface HttpRequestInput {
  method: string;
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  raw_body?: string;
  content_type?: string;
  headers?: Record<string, string>;
  fail_on_error: boolean;
  pages?: { items: string; next: string; param: string };
  max_items: number;
  timeout_seconds: number;
}

/** Set by the connector, or able to change who is spoken to and where a message ends (RFC 9110, 7.6.1). */
const OWN_HEADERS = /^(authorization|cookie)$/;
const DOT_SEGMENT = /^(\.|%2e){1,2}$/i;

/** Calls any REST path of the workspace. The credentials cannot leave it: path and headers are checked here again. */
export async function advanceHttpRequest(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as HttpRequestInput;
  const first = buildHttpRequest(input);
  await beforeLaunch(action, call, state, io);
  const answer = await io.send(first, 'start');
  if (input.fail_on_error) refuseErrors(action, answer, first);
  const output = { status: answer.status, headers: flatHeaders(answer.headers), ...bodyOf(answer.body) };
  if (input.pages === undefined || answer.status >= 400) return { kind: 'done', output };
  const { pages } = input;
  const {
    items,
    last,
    pages: end,
  } = await collect(
    { style: 'token', ...pages },
    {
      first: answer,
      limit: input.max_items,
      async follow({ next }) {
        const request = buildHttpRequest(withToken(input, pages.param, next));
        const page = await io.send(request, 'page');
        refuseErrors(action, page, request);
        return page;
      },
    },
  );
  const next = end.next === undefined ? {} : { next_page_token: end.next };
  return { kind: 'done', output: { ...output, ...bodyOf(last), items, more: end.more, ...next } };
}

/** @throws ConnectorError ERR_INPUT_INVALID for a path or header that could lead elsewhere */
function buildHttpRequest(input: HttpRequestInput): BuiltRequest {
  const path = ownPathOf(input.path);
  const query = encodeQuery(input.query);
  const headers: Record<string, string> = { accept: 'application/json' };
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (isConnectionHeader(name) || OWN_HEADERS.test(name.toLowerCase()))
      throw inputError(`/headers/${name}`, 'is set by the connector and cannot be overridden');
    headers[name.toLowerCase()] = value;
  }
  const built: BuiltRequest = {
    method: input.method,
    path: query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`,
    headers,
    timeoutMs: input.timeout_seconds * 1000,
    anyAnswer: true,
  };
  if (input.raw_body !== undefined) {
    headers['content-type'] = input.content_type ?? headers['content-type'] ?? 'text/plain; charset=utf-8';
    built.body = input.raw_body;
  } else if (input.body !== undefined) {
    headers['content-type'] ??= 'application/json';
    built.body = stringifyJson(input.body);
  }
  return built;
}

function ownPathOf(path: string): string {
  const [route = ''] = path.split('?');
  const isPlain = /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !/[\\#]/.test(path);
  if (!isPlain || URL.parse(path, 'https://own')?.origin !== 'https://own') {
    throw inputError(
      '/path',
      'must start with exactly one slash and must not contain a host, #, backslash, space or non-ASCII character; percent-encode them',
    );
  }
  if (route.split('/').some((segment) => DOT_SEGMENT.test(segment)))
    throw inputError('/path', 'must not contain . or .. as a path segment');
  return path;
}

/** The token goes where the arguments of the call are: into the body of a POST that has one, else into the query. */
function withToken(input: HttpRequestInput, param: string, token: unknown): HttpRequestInput {
  const { body } = input;
  const inBody = input.method === 'POST' && body !== null && typeof body === 'object' && !Array.isArray(body);
  if (inBody) return { ...input, body: { ...body, [param]: token } };
  return { ...input, query: { ...input.query, [param]: token } };
}

function refuseErrors(action: Action, answer: Outcome, request: BuiltRequest): void {
  if (answer.status < 400) return;
  const { status, headers, body } = answer;
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : body === undefined ? '' : stringifyJson(body));
  // Reads the payload as for every other action; a status of 400 or more always throws.
  readOutcome(
    { status, headers, body: bytes },
    { action, connector: action.connector, method: request.method, path: request.path },
  );
}

function flatHeaders(headers: Outcome['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // A cookie is a credential of the session, and of no use to a caller.
    if (value !== undefined && name !== 'set-cookie') flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** Bytes that are not text leave as base64, and say so. */
function bodyOf(body: unknown): { body: unknown; encoding?: 'base64' } {
  if (Buffer.isBuffer(body)) return { body: body.toString('base64'), encoding: 'base64' };
  return { body: body === undefined ? null : body };
}
