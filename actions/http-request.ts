import { ConnectorError, inputError } from '../connector/errors.ts';
import { isConnectionHeader } from '../connector/headers.ts';
import { stringifyJson } from '../connector/json.ts';
import type { Action, Json, PagesManifest, SuccessManifest } from '../connector/manifest.ts';
import type { Outcome } from '../connector/outcome.ts';
import { readOutcome } from '../connector/outcome.ts';
import { type BuiltRequest, encodeForm, encodeQuery, FORM } from '../connector/request.ts';
import { requestUrl } from '../connector/request-url.ts';
import { artifactBody, saveBody } from './artifact-body.ts';
import type { ActionCall, ActionState, Io, Step } from './call.ts';
import { beforeLaunch } from './launch.ts';
import { collect, linkOf, listOf } from './pages.ts';

/** The input of every free HTTP request; a connector's manifest says which fields it has. */
interface HttpRequestInput {
  method: string;
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  form?: Record<string, unknown>;
  raw_body?: string;
  artifact?: string;
  content_type?: string;
  headers?: Record<string, string>;
  as?: 'auto' | 'artifact';
  fail_on_error: boolean;
  success?: { path: string; values: Json[]; code: string; message: string };
  idempotency_key_header?: string;
  pages?: FreePages;
  max_items: number;
  timeout_seconds: number;
}

interface FreePages {
  style?: 'none' | Exclude<PagesManifest['style'], 'chunks'>;
  items?: string;
  next?: string;
  param?: string;
  start?: number;
  total?: string;
}

/** How a free request of one connector differs from the others. */
interface FreeRequestOptions {
  /** Prefixes of the paths that requests of an account may use; none given, all. */
  within?(account: unknown): readonly string[] | undefined;
}

/** Set by the connector, or able to change who is spoken to and where a message ends (RFC 9110, 7.6.1). */
const OWN_HEADERS = /^(authorization|cookie)$/;
/** As for every other answer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const DOT_SEGMENT = /^(\.|%2e){1,2}$/i;
/** What a style cannot do without. */
const NEEDED: { [style: string]: readonly ('next' | 'param')[] } = {
  token: ['next', 'param'],
  link: ['next'],
  offset: ['param'],
  page: ['param'],
};

/** Calls any REST path below the base URL. The credentials cannot leave it: path and headers are checked here again. */
export const advanceHttpRequest = freeRequest();

/** Makes the `advance` of a free HTTP request. */
export function freeRequest({ within }: FreeRequestOptions = {}) {
  return async (action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> => {
    const input = call.input as HttpRequestInput;
    const of = { action, input, io, within: within?.(call.account), token: call.run.token };
    checkPages(input.pages);
    const first = buildHttpRequest(withFirstPage(input), of);
    const file = input.artifact === undefined ? undefined : await artifactBody(io, input.artifact);
    await beforeLaunch(action, call, state, io);
    if (input.as === 'artifact' || file !== undefined) return streamed(of, first, file);
    const answer = await io.send(first, 'start');
    if (input.fail_on_error) refuseErrors(of, answer, first);
    const output = { status: answer.status, headers: flatHeaders(answer.headers), ...bodyOf(answer.body) };
    if (input.pages === undefined || answer.status >= 400) return { kind: 'done', output };
    return { kind: 'done', output: { ...output, ...(await readItems(of, first, answer)) } };
  };
}

interface FreeRequest {
  action: Action;
  input: HttpRequestInput;
  io: Io;
  within: readonly string[] | undefined;
  token: string;
}

/** The items of all pages, with the last answer. */
async function readItems(of: FreeRequest, first: BuiltRequest, answer: Outcome): Promise<Record<string, unknown>> {
  const { input, io } = of;
  const { style = 'token', ...pages } = input.pages!;
  if (style === 'none') {
    const items = listOf(pages, answer.body);
    return { items: items.slice(0, input.max_items), more: items.length > input.max_items };
  }
  const isLink = style === 'link' || style === 'link_header';
  const read = await collect(
    { style, ...pages },
    {
      first: answer,
      limit: input.max_items,
      async follow({ next }) {
        const request = isLink
          ? linked(first, linkOf(next))
          : buildHttpRequest(withToken(input, pages.param!, next), of);
        const page = await io.send(request, 'page');
        refuseErrors(of, page, request);
        return page;
      },
    },
  );
  const { next, more } = read.pages;
  // A link may repeat the credentials that are in a query.
  const token = next === undefined || isLink ? {} : { next_page_token: next };
  return { ...bodyOf(read.last), items: read.items, more, ...token };
}

/** A link is asked for with the headers of the first request, and nothing else of it. */
function linked({ path, headers, timeoutMs, within }: BuiltRequest, link: string): BuiltRequest {
  const { 'content-type': _type, ...others } = headers;
  return {
    method: 'GET',
    path,
    link,
    headers: others,
    timeoutMs,
    anyAnswer: true,
    ...(within === undefined ? {} : { within }),
  };
}

/** Files go out and come in as streams; an error status fails the run, because there is no file then. */
async function streamed(
  of: FreeRequest,
  request: BuiltRequest,
  file: Awaited<ReturnType<typeof artifactBody>> | undefined,
): Promise<Step> {
  const { action, input, io } = of;
  const { anyAnswer: _any, ...asked } = request;
  const sent =
    file === undefined
      ? asked
      : { ...asked, body: file.body, headers: { ...asked.headers, 'content-length': String(file.bytes) } };
  const answer = await io.stream(sent, 'start');
  const about = { status: answer.status, headers: flatHeaders(answer.headers) };
  if (input.as === 'artifact')
    return { kind: 'done', output: { ...about, artifact: (await saveBody(io, answer)).artifact } };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MAX_ANSWER_BYTES) throw tooLarge();
  }
  const { status, headers } = answer;
  const context = { action, connector: action.connector, method: request.method, path: request.path, anyAnswer: true };
  const outcome = readOutcome({ status, headers, body: Buffer.concat(chunks) }, context);
  if (input.fail_on_error) refuseErrors(of, outcome, request);
  return { kind: 'done', output: { ...about, ...bodyOf(outcome.body) } };
}

function tooLarge(): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_TOO_LARGE', 'the response is larger than 64 MiB', {
    hint: 'Save it as an artifact.',
    sent: 'answered',
  });
}

/** @throws ConnectorError ERR_INPUT_INVALID for a path or header that could lead elsewhere */
function buildHttpRequest(
  input: HttpRequestInput,
  { within, token }: Pick<FreeRequest, 'within' | 'token'>,
): BuiltRequest {
  const path = ownPathOf(input.path);
  const query = encodeQuery(input.query);
  const headers: Record<string, string> = { accept: input.as === 'artifact' ? '*/*' : 'application/json' };
  const key = input.idempotency_key_header;
  for (const [name, value] of Object.entries(input.headers ?? {}))
    checkedHeader(headers, `/headers/${name}`, name, value);
  if (key !== undefined) checkedHeader(headers, '/idempotency_key_header', key, token);
  const built: BuiltRequest = {
    method: input.method,
    path: query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`,
    headers,
    timeoutMs: input.timeout_seconds * 1000,
    anyAnswer: true,
    ...(within === undefined ? {} : { within }),
  };
  // Here already: a path that is not allowed must not look like a launch.
  requestUrl('', built);
  const [type, body] = bodyAndType(input);
  if (type !== undefined) headers['content-type'] = input.content_type ?? headers['content-type'] ?? type;
  return body === undefined ? built : { ...built, body };
}

function bodyAndType(input: HttpRequestInput): [type?: string, body?: string] {
  if (input.artifact !== undefined) return ['application/octet-stream'];
  if (input.raw_body !== undefined) return ['text/plain; charset=utf-8', input.raw_body];
  if (input.form !== undefined) return [FORM, encodeForm(input.form)];
  return input.body === undefined ? [] : ['application/json', stringifyJson(input.body)];
}

function checkedHeader(headers: Record<string, string>, pointer: string, name: string, value: string): void {
  if (isConnectionHeader(name) || OWN_HEADERS.test(name.toLowerCase()))
    throw inputError(pointer, 'is set by the connector and cannot be overridden');
  headers[name.toLowerCase()] = value;
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

/** @throws ConnectorError ERR_INPUT_INVALID for pages whose style needs what is not given */
function checkPages(pages: FreePages | undefined): void {
  const { style = 'token' } = pages ?? {};
  if (pages === undefined) return;
  for (const name of NEEDED[style] ?? [])
    if (pages[name] === undefined) throw inputError(`/pages/${name}`, `is required for pages with style "${style}"`);
}

/** Lists that are counted through are asked for their first page by its number. */
function withFirstPage(input: HttpRequestInput): HttpRequestInput {
  const { style, start, param } = input.pages ?? {};
  if (style !== 'offset' && style !== 'page') return input;
  return withToken(input, param!, start ?? (style === 'page' ? 1 : 0));
}

/** The token goes where the arguments of the call are: into the body of a POST that has one, else into the query. */
function withToken(input: HttpRequestInput, param: string, token: unknown): HttpRequestInput {
  const { body, form } = input;
  if (input.method === 'POST' && form !== undefined) return { ...input, form: { ...form, [param]: token } };
  const inBody = input.method === 'POST' && body !== null && typeof body === 'object' && !Array.isArray(body);
  if (inBody) return { ...input, body: { ...body, [param]: token } };
  return { ...input, query: { ...input.query, [param]: token } };
}

/** A status of 400 or more, and a body that says against the request. */
function refuseErrors({ action, input }: FreeRequest, answer: Outcome, request: BuiltRequest): void {
  const success = successOf(input) ?? action.connector.manifest.success;
  if (answer.status < 400 && success === undefined) return;
  const { status, headers, body } = answer;
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : body === undefined ? '' : stringifyJson(body));
  // Reads the payload as for every other action.
  const { method, path } = request;
  readOutcome({ status, headers, body: bytes }, { action, connector: action.connector, method, path, success });
}

function successOf({ success }: HttpRequestInput): SuccessManifest | undefined {
  if (success === undefined) return undefined;
  const { path, values, code, message } = success;
  return { when: { [path]: values }, code, message };
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
