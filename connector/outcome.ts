import { isUtf8 } from 'node:buffer';
import { ConnectorError, type ErrorKind } from './errors.ts';
import { type HttpResponse, MAX_REFUSAL_BYTES } from './http.ts';
import { hasBareNumbers, parseJson } from './json.ts';
import type { Action, Connector, ErrorRule, Json, SuccessManifest } from './manifest.ts';
import { answeredAt, readRateLimit } from './rate-limit-headers.ts';
import type { Service } from './service.ts';
import { failureInBody } from './success.ts';
import { readRetryAfter, readUpstream, type UpstreamFailure } from './upstream.ts';

/** An answer that was understood. */
export interface Outcome {
  status: number;
  headers: HttpResponse['headers'];
  /** Parsed JSON; `undefined` when the answer has no body. */
  body: unknown;
  requestId?: string;
  /** Template of the action's output when an `errors` rule says that this failure is an answer. */
  result?: Json;
}

/** What was asked, for the text of an error. */
export interface OutcomeContext {
  action?: Action;
  connector: Connector;
  method: string;
  path: string;
  /** Epoch ms, for a `Retry-After` that is a date. */
  now?: number;
  /**
   * Returns refusals as well, except of the token and of too many requests, and bodies that are not JSON as text, or as
   * `Buffer` when they are not text either.
   */
  anyAnswer?: boolean;
  /** In place of the connector's. */
  success?: SuccessManifest | undefined;
}

/** Deeper JSON than any API sends; far deeper would overflow the stack of whatever walks it later. */
const MAX_DEPTH = 256;
/** A shorter text cannot hold a depth that harms. */
const MIN_DEEP_LENGTH = 1024;

const STATUS_KINDS: { [status: number]: ErrorKind } = {
  401: 'auth',
  403: 'permission',
  404: 'not_found',
  408: 'temporary',
  409: 'conflict',
  429: 'rate_limit',
  499: 'canceled',
  501: 'failed',
};

/**
 * Reads an answer: the parsed body of a success, or of a failure that an `errors` rule turns into a result.
 * Rules are tried in order, the action's before the connector's; the first that matches decides kind and hint.
 * @throws ConnectorError ERR_AUTH_FAILED when the service refuses the credentials themselves, ERR_UPSTREAM for every
 * other refusal, ERR_RESPONSE_INVALID when the body of a success is not JSON (kind `temporary` when it looks cut short)
 */
export function readOutcome(response: HttpResponse, context: OutcomeContext): Outcome {
  const { service } = context.connector;
  const requestId = readRequestId(response.headers, context.connector);
  const base = {
    status: response.status,
    headers: response.headers,
    ...(requestId === undefined ? {} : { requestId }),
  };
  const now = context.now ?? Date.now();
  if (context.anyAnswer === true && !isHeldBack(response, context, now))
    return { ...base, body: readAnyBody(response) };
  const isOk = response.status >= 200 && response.status < 300;
  const body = isOk ? readBody(response, context, requestId) : undefined;
  const found = isOk ? refusalIn(body, context, { ...base, requestId }) : readFailure(response, service);
  if (found === undefined) return { ...base, body };

  const isPage = found.shape === 'web_page';
  // A page is of somebody else: only the service's own word is an answer.
  const rules = rulesOf(context).filter(({ result }) => result === undefined || !isPage);
  const rule = findRule(rules, {
    status: response.status,
    code: found.error_code,
    message: found.message,
    isPage,
  });
  if (rule?.result !== undefined) return { ...base, body: undefined, result: rule.result };

  const upstream = {
    status: response.status,
    error_code: found.error_code,
    message: found.message,
    ...(found.sql_state === undefined ? {} : { sql_state: found.sql_state }),
    ...((requestId ?? found.request_id) === undefined ? {} : { request_id: requestId ?? found.request_id }),
  };
  const limit = readRateLimit(response.headers, now);
  const isLimited = isRateLimit(response.status, found.message, limit);
  const waits = [
    readRetryAfter(response.headers['retry-after'], answeredAt(response.headers, now)),
    found.retryDelayMs,
    isLimited || rule?.kind === 'rate_limit' ? limit : undefined,
  ].filter((ms) => ms !== undefined);
  const isRejected = isTokenRejected(response.status, found.message, service) || (isOk && rule?.kind === 'auth');
  const usual = isLimited ? 'rate_limit' : (rule?.kind ?? kindOf(response.status, found.message, service));
  const kind = isRejected ? 'auth' : usual;
  const grants = kind === 'permission' ? context.action?.manifest.requires?.grants : undefined;
  throw new ConnectorError(
    isRejected ? 'ERR_AUTH_FAILED' : 'ERR_UPSTREAM',
    `${context.method} ${pathOnly(context.path)} was rejected with ${response.status} ${wordsOf(found)}`,
    {
      kind,
      hint: rule?.hint ?? (grants === undefined ? undefined : `Required: ${grants.join('; ')}.`),
      upstream,
      retryAfterMs: waits.length === 0 ? undefined : Math.max(...waits),
      sent: 'answered',
    },
  );
}

/** What the body of a 2xx answer says against it. @throws ConnectorError ERR_RESPONSE_INVALID when it says neither */
function refusalIn(
  body: unknown,
  context: OutcomeContext,
  { status, requestId }: { status: number; requestId: string | undefined },
): UpstreamFailure | undefined {
  const { success = context.connector.manifest.success } = context;
  const found = success === undefined ? undefined : failureInBody(body, success);
  if (found !== 'unread') return found;
  const where = `the response to ${context.method} ${pathOnly(context.path)}`;
  throw new ConnectorError('ERR_RESPONSE_INVALID', `${where} does not say whether it succeeded`, {
    hint: `Expected ${JSON.stringify(success!.when)} or a failure with a code. Check the base URL, and that no proxy answers.`,
    upstream: { status, ...(requestId === undefined ? {} : { request_id: requestId }) },
    sent: 'answered',
  });
}

/** A limit that is used up: 429, or a refusal that means it (a 403 of some services). */
function isRateLimit(status: number, message: string, limit: number | undefined): boolean {
  return status === 429 || (status === 403 && limit !== undefined && /rate limit|too many/i.test(message));
}

function wordsOf({ error_code, message }: UpstreamFailure): string {
  return message === error_code ? message : `${error_code}: ${message}`;
}

/** Whether a response says that the token, not the request, is the cause: 401, or what the service knows beside it. */
function isTokenRejected(status: number, message: string, service: Service): boolean {
  return status === 401 || service.isTokenRejected?.(status, message) === true;
}

function readFailure(response: HttpResponse, service: Service): UpstreamFailure {
  const { status, headers } = response;
  const text = beginningOf(response);
  return service.readError?.({ status, headers, text }) ?? readUpstream(status, text);
}

/** The rules for a request: the connector's about every request, the action's, then the connector's general ones. */
export function rulesOf({ action, connector }: Pick<OutcomeContext, 'action' | 'connector'>): ErrorRule[] {
  const general = connector.manifest.errors ?? [];
  return [
    ...general.filter(({ first }) => first === true),
    ...(action?.manifest.errors ?? []),
    ...general.filter(({ first }) => first !== true),
  ];
}

/** The first rule whose every named condition holds. `message` is a regular expression, case ignored. */
export function findRule(
  rules: readonly ErrorRule[],
  failure: { status: number; code: string; message: string; isPage?: boolean },
): ErrorRule | undefined {
  return rules.find(({ when }) => {
    if (when.web_page !== undefined && when.web_page !== (failure.isPage ?? false)) return false;
    if (when.status !== undefined && !when.status.includes(failure.status)) return false;
    if (when.code !== undefined && !when.code.includes(failure.code)) return false;
    return when.message === undefined || new RegExp(when.message, 'iu').test(failure.message);
  });
}

/** The id under which the service logged the request, to quote to its support. */
function readRequestId(headers: HttpResponse['headers'], { manifest }: Connector): string | undefined {
  const own = manifest.request_id_headers?.map((name) => firstOf(headers[name])) ?? [];
  return firstOf(headers['x-request-id']) ?? own.find((id) => id !== undefined);
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const value = typeof header === 'object' ? header[0] : header;
  return value === '' ? undefined : value;
}

/** Not an answer but a reason to try again, with a new token or later. */
function isHeldBack(response: HttpResponse, context: OutcomeContext, now: number): boolean {
  const { status, headers } = response;
  const { service } = context.connector;
  if (status === 429) return true;
  if (status >= 400) {
    const { message } = readFailure(response, service);
    return isTokenRejected(status, message, service) || isRateLimit(status, message, readRateLimit(headers, now));
  }
  const { success = context.connector.manifest.success } = context;
  const found = success === undefined ? undefined : failureInBody(readAnyBody(response), success);
  if (found === undefined || found === 'unread') return false;
  const kind = findRule(rulesOf(context), { status, code: found.error_code, message: found.message })?.kind;
  return kind === 'auth' || kind === 'rate_limit';
}

function beginningOf({ body }: HttpResponse): string {
  return body.subarray(0, MAX_REFUSAL_BYTES).toString('utf8');
}

function readAnyBody({ body }: HttpResponse): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) return body;
  const text = body.toString('utf8');
  try {
    const value = parseJson(text);
    return text.length >= MIN_DEEP_LENGTH && isDeeper(value, MAX_DEPTH) ? text : value;
  } catch {
    return text; // Not JSON: the text is the answer.
  }
}

function readBody(response: HttpResponse, context: OutcomeContext, requestId: string | undefined): unknown {
  if (response.body.length === 0) return undefined;
  const text = response.body.toString('utf8');
  const first = text.trimStart()[0];
  if (first === undefined) return undefined;
  const where = `the response to ${context.method} ${pathOnly(context.path)}`;
  const upstream = { status: response.status, ...(requestId === undefined ? {} : { request_id: requestId }) };
  if (first === '<') {
    throw new ConnectorError('ERR_RESPONSE_INVALID', `${where} is a web page, not JSON`, {
      hint: 'It is usually a login page. Check that the workspace URL is right and that no proxy intercepts the requests.',
      upstream: { ...upstream, message: readUpstream(response.status, beginningOf(response)).message },
      sent: 'answered',
    });
  }
  try {
    const body = parseJson(text);
    if (text.length >= MIN_DEEP_LENGTH && isDeeper(body, MAX_DEPTH)) throw new RangeError('nested too deep');
    return body;
  } catch (cause) {
    const isDeep = cause instanceof RangeError;
    if (!isDeep && hasBareNumbers(text)) throw notNumbers(where, upstream);
    throw new ConnectorError(
      'ERR_RESPONSE_INVALID',
      `${where} ${isDeep ? `is nested more than ${MAX_DEPTH} levels deep` : 'is not valid JSON'}`,
      {
        // An incomplete JSON text is a transmission error; a retry gets all of it.
        kind: !isDeep && (first === '{' || first === '[') ? 'temporary' : 'failed',
        upstream,
        sent: 'answered',
        cause: isDeep ? undefined : cause,
      },
    );
  }
}

/**
 * Python writes NaN and Infinity bare, and models pass them on. The answer is whole, so what was asked for has happened; it is
 * not read, because JSON has no such numbers and another value would be made up.
 */
function notNumbers(where: string, upstream: object): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_INVALID', `${where} has NaN or Infinity, which JSON does not have`, {
    hint: 'The response cannot be passed on. Let the model or function return null or text instead.',
    upstream,
    sent: 'answered',
    launchEnded: true,
  });
}

function kindOf(status: number, message: string, service: Service): ErrorKind {
  if (service.isTransient?.(message) === true) return 'temporary';
  return STATUS_KINDS[status] ?? (status >= 500 ? 'temporary' : 'invalid');
}

/** Depth first with a limit, so that the check itself cannot overflow the stack. */
function isDeeper(value: unknown, limit: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (limit === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, limit - 1));
  for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], limit - 1)) return true;
  return false;
}

/** A query may hold values of the input; the route says enough. */
function pathOnly(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}
