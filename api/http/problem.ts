import {
  ConnectorError,
  ERROR_CODES,
  type ErrorCode,
  type Upstream,
  type UsedQuota,
  type ValidationError,
} from '../../connector/errors.ts';
import { isRedisUnavailable, mayBeWritten } from '../../engine/store/redis.ts';
import { hintFor } from './hints.ts';

/** An error as the API answers it: RFC 9457 problem details with what Penstock adds. */
export interface Problem {
  /** Absolute URL of the section about the code. */
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  hint: string;
  /** The first 50. */
  errors?: ValidationError[];
  /** How many there are, where `errors` does not hold all of them. */
  error_count?: number;
  upstream?: Upstream;
  /** The tenant's quota that leaves no room for the request. */
  quota?: UsedQuota;
  /** Of ERR_EXPRESSION: the character at which the expression went wrong, from 0. */
  position?: number;
  /** Of a precondition that did not hold: the entity tag of what is stored, null when there is nothing. */
  etag?: string | null;
}

/** A problem with the status and headers it is answered with. */
export interface ProblemAnswer {
  problem: Problem;
  headers: Record<string, string>;
}

/** Names may be in paths; the longest has 200 characters, each of which may take nine when encoded. */
export const MAX_PARAM_LENGTH = 2000;
export const PROBLEM_TYPE = 'application/problem+json';

/** A Redis that restarts is back within seconds. */
const REDIS_RETRY_MS = 2000;
const PRECONDITION_FAILED = 412;
const REALM = 'Bearer realm="penstock"';

/** Fastify's own errors that a caller can cause; any other is an error of ours. */
const FRAMEWORK_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'ERR_PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'ERR_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'ERR_REQUEST_INVALID',
  FST_ERR_BAD_URL: 'ERR_REQUEST_INVALID',
};

/**
 * What is answered for any thrown value. Only a ConnectorError's own words leave the process; another error is
 * ERR_INTERNAL without its text, unless it means that Redis is unavailable.
 */
export function toProblem(thrown: unknown, publicUrl: string): ProblemAnswer {
  const error = toConnectorError(thrown);
  const { code } = error;
  const { title } = ERROR_CODES[code];
  const status = error.etag === undefined ? ERROR_CODES[code].status : PRECONDITION_FAILED;
  const problem: Problem = {
    type: `${publicUrl}/docs/errors#${code}`,
    title,
    status,
    code,
    detail: error.message,
    hint: error.hint ?? hintFor(error),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(error.errorCount === undefined ? {} : { error_count: error.errorCount }),
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
    ...(error.quota === undefined ? {} : { quota: error.quota }),
    ...(error.etag === undefined ? {} : { etag: error.etag }),
    ...(code === 'ERR_EXPRESSION' ? positionOf(error) : {}),
  };
  return { problem, headers: headersFor(error, status) };
}

function positionOf({ errors }: ConnectorError): Pick<Problem, 'position'> {
  const position = errors?.[0]?.position;
  return position === undefined ? {} : { position };
}

function toConnectorError(thrown: unknown): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown;
  if (isRedisUnavailable(thrown)) return redisUnavailable(thrown as Error);
  const { code = '', message } = (thrown ?? {}) as { code?: string; message?: string };
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new ConnectorError('ERR_REQUEST_INVALID', `a path parameter is longer than ${MAX_PARAM_LENGTH} characters`);
  }
  const known = FRAMEWORK_CODES[code];
  // Fastify's texts about these are about the request line and headers, never about a body.
  if (known !== undefined) return new ConnectorError(known, message ?? '', { cause: thrown });
  return new ConnectorError('ERR_INTERNAL', 'an unexpected error in Penstock; see the log for details', {
    cause: thrown,
  });
}

/** Nobody may believe that nothing was accepted when that is not known. */
function redisUnavailable(cause: Error): ConnectorError {
  const details = { retryAfterMs: REDIS_RETRY_MS, cause };
  if (!mayBeWritten(cause))
    return new ConnectorError('ERR_REDIS_UNAVAILABLE', 'Redis is unavailable; nothing was accepted', details);
  return new ConnectorError(
    'ERR_REDIS_UNAVAILABLE',
    'Redis became unavailable while the request was being processed; the change may have been accepted',
    {
      ...details,
      hint: 'With an Idempotency-Key, retry after the time in Retry-After: the request is executed only once. Without one, first check whether the change was made.',
    },
  );
}

function headersFor(error: ConnectorError, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = REALM;
  const waitMs = error.retryAfterMs ?? (status === 503 ? REDIS_RETRY_MS : undefined);
  if (waitMs !== undefined && (status === 429 || status === 503)) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(waitMs / 1000)));
  }
  return headers;
}
