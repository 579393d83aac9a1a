import { PRIVATE_ADDRESS } from './addresses.ts';
import { ConnectorError } from './errors.ts';
import type { Progress } from './exchange.ts';

/** What a sentence about a failed request names; never a path or query, which may hold values of the input. */
export interface Where {
  origin: string;
  method: string;
}

type SystemError = Error & { code?: string; syscall?: string };

const TLS_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/;
const LONGEST_HEADERS = 'Response headers can be up to 32 KiB long.';

/** The one meaning of whatever a socket, a parser or a decompressor threw. Pure; `cause` is kept without got's wrapping, which holds headers. */
export function toHttpFailure(thrown: unknown, progress: Progress, where: Where): ConnectorError {
  const cause = innermost(thrown);
  const code = cause.code ?? '';
  if (code === PRIVATE_ADDRESS) return privateAddress(where.origin);
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ConnectorError('ERR_RESPONSE_TOO_LARGE', `${where.origin} responded with headers that are too long`, {
      hint: LONGEST_HEADERS,
      sent: 'maybe',
      cause,
    });
  }
  if (code.startsWith('HPE_')) {
    return new ConnectorError('ERR_RESPONSE_INVALID', `the response of ${where.origin} is not valid HTTP (${code})`, {
      sent: 'maybe',
      cause,
    });
  }
  if (isUnreadable(code)) {
    return new ConnectorError(
      'ERR_RESPONSE_INVALID',
      `the compressed response of ${where.origin} cannot be decompressed`,
      {
        sent: 'maybe',
        cause,
      },
    );
  }
  if (progress.answered) {
    return new ConnectorError('ERR_NO_ANSWER', `the response of ${where.origin} was interrupted`, {
      sent: 'maybe',
      cause,
    });
  }
  if (!progress.connected) return notConnected(cause, where);
  if (cause.syscall === 'write' && progress.oneWrite) {
    return new ConnectorError(
      'ERR_NOT_SENT',
      `the connection to ${where.origin} was closed before the request was sent`,
      {
        sent: 'no',
        cause,
      },
    );
  }
  return new ConnectorError(
    'ERR_NO_ANSWER',
    `${where.origin} closed the connection without responding to ${where.method}`,
    {
      sent: 'maybe',
      cause,
    },
  );
}

export function timedOut(progress: Progress, where: Where, timeoutMs: number): ConnectorError {
  if (!progress.connected) {
    return new ConnectorError('ERR_NOT_SENT', `${where.origin} could not be reached within ${timeoutMs / 1000} s`, {
      sent: 'no',
    });
  }
  const what = progress.answered ? 'did not finish its response' : `did not respond to ${where.method}`;
  return new ConnectorError('ERR_TIMEOUT', `${where.origin} ${what} within ${timeoutMs / 1000} s`, { sent: 'maybe' });
}

export function canceled(progress: Progress, where: Where): ConnectorError {
  return new ConnectorError('ERR_CANCELED', `${where.method} to ${where.origin} was canceled`, {
    sent: progress.connected ? 'maybe' : 'no',
  });
}

export function tooLarge(where: Where, maxBytes: number): ConnectorError {
  return new ConnectorError(
    'ERR_RESPONSE_TOO_LARGE',
    `the response of ${where.origin} is larger than ${maxBytes} bytes`,
    {
      hint: 'Request less data: fewer columns, a row limit, a smaller page, or a result as an artifact.',
      sent: 'answered',
    },
  );
}

export function privateAddress(host: string): ConnectorError {
  return new ConnectorError('ERR_HOST_NOT_ALLOWED', `"${host}" is at a private, loopback or link-local address`, {
    hint: 'If this is intended (a private link or a local workspace), ask an operator to add the host to PENSTOCK_ALLOWED_HOSTS.',
    sent: 'no',
  });
}

/** A redirect is never followed with credentials. `explain` knows what some of them say. */
export function redirected(
  status: number,
  location: string | undefined,
  where: Where & { explain?: ((origin: string, target: URL) => ConnectorError | undefined) | undefined },
): ConnectorError {
  const target = location === undefined ? null : URL.parse(location, where.origin);
  const known = target === null ? undefined : where.explain?.(where.origin, target);
  if (known !== undefined) return known;
  return new ConnectorError(
    'ERR_REDIRECTED',
    `${where.origin} redirected the request to ${target === null ? 'a different location' : `"${target.origin}"`}`,
    {
      hint: 'Credentials are never sent to a redirect target. Check that the workspace URL is the final one.',
      upstream: { status },
      sent: 'answered',
    },
  );
}

function notConnected(cause: SystemError, where: Where): ConnectorError {
  const { words, hint } = connectWords(cause.code ?? '');
  return new ConnectorError('ERR_NOT_SENT', `${where.origin} could not be reached: ${words}`, {
    hint,
    sent: 'no',
    cause,
  });
}

function connectWords(code: string): { words: string; hint: string } {
  if (code === 'ERR_PROXY_TUNNEL' || code === 'ERR_PROXY_INVALID_CONFIG') {
    return {
      words: 'the proxy of HTTPS_PROXY could not connect to it',
      hint: 'Check HTTPS_PROXY, its user and password, and that the proxy allows this host. List hosts that do not need the proxy in NO_PROXY.',
    };
  }
  if (code === 'ENOTFOUND') return { words: 'the host does not exist', hint: 'Check the workspace URL.' };
  if (code === 'EAI_AGAIN')
    return { words: 'the host name could not be resolved', hint: 'Check the DNS configuration of this host.' };
  if (code === 'ECONNREFUSED')
    return { words: 'the connection was refused', hint: 'Check host and port, and that the service is running.' };
  if (code === 'ETIMEDOUT')
    return {
      words: 'the connection timed out',
      hint: 'Check the network, firewalls and the IP access list of the workspace.',
    };
  if (TLS_CODE.test(code)) {
    return {
      words: `the secure connection failed (${code})`,
      hint: 'Check the certificate. Behind a proxy with its own certificate authority, start Penstock with NODE_EXTRA_CA_CERTS=/path/to/ca.pem.',
    };
  }
  return {
    words: code === '' ? 'no connection' : `no connection (${code})`,
    hint: 'Check the network and the workspace URL.',
  };
}

/** A stream that ends early (Z_BUF_ERROR) was cut on its way; anything else of zlib is damaged. */
function isUnreadable(code: string): boolean {
  return (
    (code.startsWith('Z_') && code !== 'Z_BUF_ERROR') ||
    code.startsWith('ERR_BROTLI') ||
    code.startsWith('ERR__ERROR_FORMAT') ||
    code.startsWith('ZSTD_')
  );
}

/** The first cause, without got's own errors: their `options` carry the request's headers, and with them the token. */
function innermost(thrown: unknown): SystemError {
  let error: SystemError = thrown instanceof Error ? thrown : new Error(String(thrown));
  while (error.cause instanceof Error) error = error.cause;
  const { code } = error;
  return 'options' in error ? Object.assign(new Error(error.message), { code }) : error;
}
