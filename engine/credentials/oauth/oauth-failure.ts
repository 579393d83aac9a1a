import type { AuthorizationServer } from 'oauth4webapi';
import { ConnectorError, type Upstream } from '../../../connector/errors.ts';
import { readRetryAfter, readUpstream } from '../../../connector/upstream.ts';
import { scrub } from '../../secrets/scrub.ts';

/** What a token endpoint answered last. */
export interface Refusal {
  status: number;
  text: string;
  retryAfter: string | string[] | undefined;
}

/** Refusals that another try with the same credentials cannot cure. */
const CREDENTIAL_ERRORS = [
  'invalid_client',
  'unauthorized_client',
  'access_denied',
  'invalid_scope',
  'invalid_request',
  'unsupported_grant_type',
];

/** What a failed token request means, in the service's own words and without the secrets it may repeat. */
export function toTokenFailure(
  error: unknown,
  last: Refusal | undefined,
  call: { server: AuthorizationServer; secrets: readonly (string | undefined)[]; now: number },
): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const where = new URL(call.server.token_endpoint ?? call.server.issuer).host;
  if (last === undefined)
    return new ConnectorError('ERR_INTERNAL', `the token request to ${where} could not be sent`, { cause: error });
  const found = readUpstream(last.status, last.text);
  const code = scrub(found.error_code, call.secrets);
  const message = scrub(found.message, call.secrets);
  const upstream: Upstream = { status: last.status, error_code: code, message };
  const said = `${code}: ${message}`;
  // The parsed body is not passed on as the cause: it may repeat what was sent.
  if (code === 'invalid_grant' || message === 'Refresh token is invalid') {
    return new ConnectorError('ERR_NEEDS_REAUTH', `${where} no longer accepts the grant (${said})`, {
      hint: 'Sign in again, or store a new secret.',
      upstream,
      sent: 'answered',
    });
  }
  if (last.status === 429 || last.status >= 500) {
    const retryAfterMs = readRetryAfter(last.retryAfter, call.now);
    return new ConnectorError('ERR_UPSTREAM', `${where} could not issue a token (${said})`, {
      kind: 'temporary',
      upstream,
      retryAfterMs,
      sent: 'answered',
    });
  }
  if (last.status === 401 || last.status === 403 || CREDENTIAL_ERRORS.includes(code)) {
    return new ConnectorError('ERR_AUTH_FAILED', `${where} rejected the client (${said})`, {
      hint: 'Check the client id and secret, and that they belong to this workspace or account.',
      upstream,
      sent: 'answered',
    });
  }
  if (last.status >= 400)
    return new ConnectorError('ERR_UPSTREAM', `${where} rejected the token request (${said})`, {
      upstream,
      sent: 'answered',
    });
  return new ConnectorError(
    'ERR_RESPONSE_INVALID',
    `the response of ${where} to the token request is not a token response`,
    {
      hint: 'Check the address of the account, and the token URL of the login.',
      upstream: { status: last.status },
      sent: 'answered',
    },
  );
}
