import type { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Io } from '../../actions/call.ts';
import type { Access } from '../../connector/access.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import { findRule, rulesOf } from '../../connector/outcome.ts';
import { answeredAt, readRateLimit } from '../../connector/rate-limit-headers.ts';
import { readRetryAfter } from '../../connector/upstream.ts';
import { createHandler } from './http-handler.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What a request is made with. The SDK is loaded with the first. */
export interface Client {
  sdk: Sdk;
  client: S3Client;
}

/** Of a service that names no delay. */
const THROTTLED = /^(SlowDown|Throttling|ThrottlingException|RequestLimitExceeded|TooManyRequests)$/;
const REFUSED_KEYS = /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired)$/;
const TEMPORARY = new Set([408, 500, 502, 503, 504]);

/** Opens a client for an access. Requests go through the one way out, with its guard, proxies and limits; nothing is retried here. */
export async function openClient(access: Access, of: { timeoutMs: number; signal?: AbortSignal }): Promise<Client> {
  const sdk = await import('@aws-sdk/client-s3');
  const { account, secrets, origin } = access;
  const { access_key_id: shared, region, addressing, endpoint } = account;
  const client = new sdk.S3Client({
    region: String(region),
    endpoint: origin,
    forcePathStyle: addressing === undefined ? endpoint !== undefined : addressing === 'path',
    credentials: {
      // Of a role, the key is among its temporary ones.
      accessKeyId: secrets.access_key_id ?? String(shared),
      secretAccessKey: secrets.secret_access_key ?? '',
      ...(secrets.session_token === undefined ? {} : { sessionToken: secrets.session_token }),
    },
    // Given, so that none is read from the environment or the profile of the process.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'legacy',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    // Other services do not know the SDK's own checksums. Both directions are checked by TLS and by the length.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: createHandler(access.http, of),
  });
  return { sdk, client };
}

/** Does something at the account's service, in its turn. @throws ConnectorError */
export function atService<T>(
  io: Io,
  of: { action: Action; purpose: 'start' | 'page'; timeoutMs: number },
  work: (client: Client, access: Access) => Promise<T>,
): Promise<T> {
  return io.converse(of.purpose, async (access) => {
    try {
      return await work(await openClient(access, { timeoutMs: of.timeoutMs, signal: io.signal }), access);
    } catch (error) {
      throw toFailure(error, access, of.action);
    }
  });
}

/** What an answer of the service always has; a page of a proxy has not. @throws ConnectorError ERR_RESPONSE_INVALID */
export function present<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new ConnectorError('ERR_RESPONSE_INVALID', `the response of the service has no ${name}`, {
    hint: 'Check the endpoint of the account, and that no proxy answers.',
    sent: 'maybe',
  });
}

/** The one meaning of what the SDK threw. */
export function toFailure(thrown: unknown, access: Access, action?: Action): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown;
  const { cause } = thrown as { cause?: unknown };
  if (cause instanceof ConnectorError) return cause;
  const { name, message, $metadata: about, $response } = thrown as S3ServiceException;
  const status = about?.httpStatusCode;
  // Of a 2xx, the SDK could not read the body.
  if (status === undefined || status < 300) {
    const [first = ''] = message.split('\n');
    return new ConnectorError('ERR_RESPONSE_INVALID', `the response of the service cannot be read: ${first}`, {
      hint: 'Check the endpoint of the account, and that no proxy answers.',
      sent: 'maybe',
      cause: thrown,
    });
  }
  const code = name === 'NotFound' || name === 'Unknown' || name === 'UnknownError' ? String(status) : name;
  const words = message === '' || message === 'UnknownError' ? code : message;
  const upstream = {
    status,
    error_code: code,
    message: words,
    ...(about.requestId === undefined ? {} : { request_id: about.requestId }),
  };
  if (status === 401 || REFUSED_KEYS.test(code)) {
    return new ConnectorError('ERR_AUTH_FAILED', `the service does not accept the access key (${code}: ${words})`, {
      hint: 'Check the access key, its secret, and the region and endpoint of the account.',
      upstream,
      sent: 'answered',
    });
  }
  const rules = action === undefined ? access.rules : rulesOf({ action, connector: action.connector });
  const rule = findRule(rules, { status, code, message: words });
  const isThrottled = status === 429 || THROTTLED.test(code);
  const usual = TEMPORARY.has(status)
    ? 'temporary'
    : status === 403
      ? 'permission'
      : status === 404
        ? 'not_found'
        : 'failed';
  const kind = isThrottled ? 'rate_limit' : (rule?.kind ?? usual);
  const headers = ($response?.headers ?? {}) as Record<string, string>;
  const now = Date.now();
  const asked = readRetryAfter(headers['retry-after'], answeredAt(headers, now));
  const waits = [asked, isThrottled ? readRateLimit(headers, now) : undefined];
  const retryAfterMs = Math.max(...waits.map((ms) => ms ?? 0));
  const grants = kind === 'permission' ? action?.manifest.requires?.grants : undefined;
  return new ConnectorError(
    'ERR_UPSTREAM',
    `${action?.manifest.title ?? 'The test'} was rejected with ${status} ${code}: ${words}`,
    {
      kind,
      hint: rule?.hint ?? (grants === undefined ? undefined : `Required: ${grants.join('; ')}.`),
      upstream,
      ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
      sent: 'answered',
    },
  );
}
