/** What a failure means to the person who reads it; the retry rule and the API read nothing else. */
export type ErrorKind =
  | 'auth'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'rate_limit'
  | 'temporary'
  | 'failed'
  | 'canceled'
  | 'unavailable';

interface CodeRow {
  /** HTTP status of an API answer that carries this code. */
  status: number;
  kind: ErrorKind;
  title: string;
}

/**
 * Every code that can leave Penstock, in the API, in run records and in the CLI.
 * A code is never reused for another meaning. Each has a section in docs/reference/errors.md; a test holds the two together.
 */
export const ERROR_CODES = {
  // What the caller sent
  ERR_BODY_NOT_JSON: { status: 400, kind: 'invalid', title: 'The body is not JSON' },
  ERR_INPUT_INVALID: { status: 400, kind: 'invalid', title: 'The input is not valid' },
  ERR_ACTION_UNKNOWN: { status: 404, kind: 'not_found', title: 'No such action' },
  ERR_TRIGGER_UNKNOWN: { status: 404, kind: 'not_found', title: 'No such trigger' },
  ERR_NOT_FOUND: { status: 404, kind: 'not_found', title: 'No such object' },
  ERR_NAME_TAKEN: { status: 409, kind: 'conflict', title: 'The name is already in use' },
  ERR_CONFLICT: { status: 409, kind: 'conflict', title: 'The object is in a conflicting state' },
  ERR_IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    kind: 'conflict',
    title: 'The Idempotency-Key was used with a different body',
  },
  ERR_IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    kind: 'conflict',
    title: 'A request with this Idempotency-Key is in progress',
  },
  ERR_UNAUTHORIZED: { status: 401, kind: 'auth', title: 'The API key is missing or not valid' },
  ERR_FORBIDDEN: { status: 403, kind: 'permission', title: 'The API key does not have the required role' },
  ERR_TENANT_SUSPENDED: { status: 403, kind: 'permission', title: 'The tenant is suspended' },
  ERR_RATE_LIMITED: { status: 429, kind: 'rate_limit', title: 'Too many requests' },
  ERR_QUOTA_EXCEEDED: { status: 403, kind: 'permission', title: 'A quota of the tenant is exhausted' },
  ERR_QUOTA_BUSY: { status: 429, kind: 'rate_limit', title: 'The tenant has reached a concurrency quota' },
  ERR_PAYLOAD_TOO_LARGE: { status: 413, kind: 'invalid', title: 'The body is too large' },
  ERR_MEDIA_TYPE: { status: 415, kind: 'invalid', title: 'The media type of the body is not supported' },
  ERR_REQUEST_INVALID: { status: 400, kind: 'invalid', title: 'The request is not valid HTTP' },
  ERR_ROUTE_UNKNOWN: { status: 404, kind: 'not_found', title: 'No such path' },
  ERR_METHOD_NOT_ALLOWED: { status: 405, kind: 'invalid', title: 'The path does not support this method' },
  ERR_RANGE: { status: 416, kind: 'invalid', title: 'The range is outside the artifact' },
  // Hosts and authentications
  ERR_HOST_MISSING: { status: 400, kind: 'invalid', title: 'The workspace URL is missing' },
  ERR_HOST_INVALID: { status: 400, kind: 'invalid', title: 'The workspace URL is malformed' },
  ERR_HOST_NOT_ALLOWED: { status: 400, kind: 'invalid', title: 'Credentials cannot be sent to this host' },
  ERR_CREDENTIALS_MISSING: { status: 400, kind: 'invalid', title: 'A credential is missing' },
  ERR_WAREHOUSE_MISSING: { status: 400, kind: 'invalid', title: 'The warehouse id is missing' },
  ERR_ACCOUNT_EXISTS: { status: 409, kind: 'conflict', title: 'The workspace is already connected' },
  ERR_AUTH_FAILED: { status: 422, kind: 'auth', title: 'The service rejected the credentials' },
  ERR_NEEDS_REAUTH: { status: 422, kind: 'auth', title: 'The authentication must be renewed by a person' },
  ERR_NO_AUTHENTICATION: { status: 409, kind: 'auth', title: 'The linked account has no authentication' },
  ERR_LOGIN_INVALID: { status: 400, kind: 'auth', title: 'The login cannot be completed' },
  ERR_LOGIN_REFUSED: { status: 422, kind: 'auth', title: 'The service rejected the login' },
  ERR_LINK_INVALID: { status: 404, kind: 'not_found', title: 'The connect link is not valid' },
  ERR_KEY_UNKNOWN: { status: 500, kind: 'failed', title: 'A secret is encrypted with a key that is not configured' },
  ERR_SEAL_BROKEN: { status: 500, kind: 'failed', title: 'An encrypted secret cannot be decrypted' },
  // The remote call
  ERR_NOT_SENT: { status: 502, kind: 'temporary', title: 'The service could not be reached' },
  ERR_NO_ANSWER: { status: 502, kind: 'temporary', title: 'The service did not respond' },
  ERR_UPSTREAM: { status: 502, kind: 'failed', title: 'The service rejected the request' },
  ERR_RESPONSE_INVALID: { status: 502, kind: 'failed', title: 'The response of the service cannot be read' },
  ERR_RESPONSE_TOO_LARGE: { status: 502, kind: 'failed', title: 'The response of the service is too large' },
  ERR_REDIRECTED: { status: 502, kind: 'failed', title: 'The service redirected a request with credentials' },
  // The run
  ERR_REMOTE_FAILED: { status: 422, kind: 'failed', title: 'The remote operation failed' },
  ERR_OUTCOME_UNKNOWN: { status: 502, kind: 'failed', title: 'It is not known whether the effect happened' },
  ERR_RUN_CRASHED: { status: 500, kind: 'failed', title: 'The run crashed the process that executed it' },
  ERR_TIMEOUT: { status: 504, kind: 'temporary', title: 'The run timed out' },
  ERR_CANCELED: { status: 409, kind: 'canceled', title: 'The run was canceled' },
  ERR_RESULT_TRUNCATED: { status: 422, kind: 'failed', title: 'The service truncated the result' },
  ERR_STEP_FAILED: { status: 422, kind: 'failed', title: 'A step of the workflow failed' },
  ERR_CURSOR_COLUMN: { status: 422, kind: 'invalid', title: 'The cursor or key column cannot be used' },
  ERR_FAILED_ON_PURPOSE: { status: 422, kind: 'failed', title: 'The workflow failed on purpose' },
  ERR_REJECTED: { status: 422, kind: 'failed', title: 'A person denied approval' },
  ERR_HISTORY_GONE: { status: 422, kind: 'failed', title: 'The changes after the cursor are no longer available' },
  ERR_EXPRESSION: { status: 400, kind: 'invalid', title: 'An expression cannot be evaluated' },
  // Ourselves
  ERR_MANIFEST_INVALID: { status: 422, kind: 'invalid', title: 'A manifest is not valid' },
  ERR_CONFIG: { status: 500, kind: 'failed', title: 'The configuration is not valid' },
  ERR_REDIS_UNAVAILABLE: { status: 503, kind: 'unavailable', title: 'Redis is unavailable' },
  ERR_SCHEMA_VERSION: { status: 500, kind: 'failed', title: 'The store has another schema version' },
  ERR_RECORD_UNREADABLE: { status: 500, kind: 'failed', title: 'A stored record cannot be read' },
  ERR_INTERNAL: { status: 500, kind: 'failed', title: 'An unexpected error in Penstock' },
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One wrong place in an input. `pointer` is an RFC 6901 JSON pointer into what was given. */
export interface ValidationError {
  pointer: string;
  message: string;
  allowed?: unknown;
  /** Where an error of another kind than ERR_INPUT_INVALID says more, such as ERR_EXPRESSION or ERR_NOT_FOUND. */
  code?: ErrorCode;
  /** What to do about it. */
  hint?: string;
  /** In an expression: the character at which it went wrong, from 0. */
  position?: number;
}

/** Validation errors that are reported; a person corrects a few at a time, and the rest are counted. */
export const MAX_REPORTED_ERRORS = 50;

/** A message names what was given; one that was given a megabyte does not repeat it. A service's own words have 4096. */
const MAX_MESSAGE_CHARACTERS = 8192;
const MAX_FAULT_CHARACTERS = 2048;

/** The service's own words about a failure, unchanged. */
export interface Upstream {
  status?: number;
  error_code?: string;
  message?: string;
  /** SQLSTATE of a statement that failed. */
  sql_state?: string;
  request_id?: string;
}

export interface ErrorDetails {
  /** Overrides the kind of the code's row, as an `errors` rule of a manifest does. */
  kind?: ErrorKind | undefined;
  /** What the reader can do about it, one sentence. */
  hint?: string | undefined;
  /** The first 50 are kept. */
  errors?: ValidationError[] | undefined;
  /** How many validation errors there are, where `errors` does not hold all of them. */
  errorCount?: number | undefined;
  upstream?: Upstream | undefined;
  /** The quota of the tenant that is used up. */
  quota?: UsedQuota | undefined;
  /** Least time before another try that the service asked for. */
  retryAfterMs?: number | undefined;
  /** Where the request was when it failed; the retry rule's main question. */
  sent?: 'no' | 'maybe' | 'answered' | undefined;
  /** What was launched had no effect, or has ended at the service: another launch would not stand beside it. */
  launchEnded?: boolean | undefined;
  /** A precondition did not hold (If-Match): the entity tag of what is stored, null when there is nothing. */
  etag?: string | null | undefined;
  cause?: unknown;
}

/** A quota of a tenant that leaves no room for a request. */
export interface UsedQuota {
  name: string;
  limit: number;
  used: number;
}

/** Which step made a workflow's run fail, and its own error; of nested workflows, the innermost one's. */
export interface FailedStep {
  /** Id in the definition, and the run of that step. */
  id: string;
  run: string;
  action: string;
  code: ErrorCode;
  message: string;
  linked_account?: string;
}

/** The serialized form, in run records and queue-free of secrets and bodies. */
export interface ErrorRecord {
  code: ErrorCode;
  kind: ErrorKind;
  message: string;
  hint?: string;
  errors?: ValidationError[];
  /** How many validation errors there are, where `errors` holds only the first of them. */
  error_count?: number;
  upstream?: Upstream;
  quota?: UsedQuota;
  /** Of a workflow's run: the step that failed. Pointers in `errors` are then of the definition. */
  step?: FailedStep;
}

/** The one error class that crosses a folder. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly errors: ValidationError[] | undefined;
  /** Only where `errors` does not hold all of them. */
  readonly errorCount: number | undefined;
  readonly upstream: Upstream | undefined;
  readonly quota: UsedQuota | undefined;
  readonly retryAfterMs: number | undefined;
  readonly sent: 'no' | 'maybe' | 'answered' | undefined;
  readonly launchEnded: boolean | undefined;
  readonly etag: string | null | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(cut(message, MAX_MESSAGE_CHARACTERS), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.kind = details.kind ?? ERROR_CODES[code].kind;
    this.hint = details.hint;
    const count = details.errorCount ?? details.errors?.length ?? 0;
    this.errors = details.errors?.slice(0, MAX_REPORTED_ERRORS).map(shortened);
    this.errorCount = count > (this.errors?.length ?? 0) ? count : undefined;
    this.upstream = details.upstream;
    this.quota = details.quota;
    this.retryAfterMs = details.retryAfterMs;
    this.sent = details.sent;
    this.launchEnded = details.launchEnded;
    this.etag = details.etag;
  }
}

function shortened(validationError: ValidationError): ValidationError {
  const { pointer, message } = validationError;
  if (pointer.length <= MAX_FAULT_CHARACTERS && message.length <= MAX_FAULT_CHARACTERS) return validationError;
  return {
    ...validationError,
    pointer: cut(pointer, MAX_FAULT_CHARACTERS),
    message: cut(message, MAX_FAULT_CHARACTERS),
  };
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** The same failure with other details, such as a hint of who knows more. What is not given stays, but for `launchEnded`. */
export function withDetails(failure: ConnectorError, details: ErrorDetails): ConnectorError {
  const { code, message, kind, hint, errors, errorCount, upstream, quota, retryAfterMs, sent } = failure;
  return new ConnectorError(code, message, {
    kind,
    hint,
    errors,
    errorCount,
    upstream,
    quota,
    retryAfterMs,
    sent,
    cause: failure,
    ...details,
  });
}

/** One wrong place of an input, found only when it was used: ERR_INPUT_INVALID. `message` continues after the pointer: "must be …". */
export function inputError(
  pointer: string,
  message: string,
  details: { allowed?: unknown; cause?: unknown } = {},
): ConnectorError {
  const { allowed, cause } = details;
  const errors = [{ pointer, message, ...(allowed === undefined ? {} : { allowed }) }];
  return new ConnectorError('ERR_INPUT_INVALID', `"${pointer}" ${message}`, { errors, sent: 'no', cause });
}

/** The record form of any thrown value; a value that is not ours becomes ERR_INTERNAL and keeps its text out of the record. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof ConnectorError)) {
    return {
      code: 'ERR_INTERNAL',
      kind: 'failed',
      message: 'an unexpected error in Penstock; see the log for details',
    };
  }
  return {
    code: error.code,
    kind: error.kind,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(error.errorCount === undefined ? {} : { error_count: error.errorCount }),
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
    ...(error.quota === undefined ? {} : { quota: error.quota }),
  };
}
