import * as oauth from 'oauth4webapi';
import { ConnectorError } from '../../../connector/errors.ts';

/** A PKCE pair (RFC 7636): the verifier stays here, sealed; the server sees its SHA-256. */
export async function newPkce(): Promise<{ verifier: string; challenge: string }> {
  const verifier = oauth.generateRandomCodeVerifier();
  return { verifier, challenge: await oauth.calculatePKCECodeChallenge(verifier) };
}

/**
 * Checks the query of a callback: the state again, `iss` (RFC 9207, against mix-up), and whether the service refused.
 * @throws ConnectorError ERR_LOGIN_REFUSED in the service's words, ERR_LOGIN_INVALID for an answer of another server
 */
export function checkCallback(
  server: oauth.AuthorizationServer,
  given: { clientId: string; params: URLSearchParams; state: string },
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(server, { client_id: given.clientId }, given.params, given.state);
  } catch (error) {
    if (!(error instanceof oauth.AuthorizationResponseError)) {
      throw invalidLogin('the response does not come from the expected server');
    }
    const { error: code, error_description: message } = error;
    throw new ConnectorError(
      'ERR_LOGIN_REFUSED',
      `the service rejected the login (${message === undefined ? code : `${code}: ${message}`})`,
      {
        hint:
          code === 'access_denied'
            ? 'The user declined, or is not allowed to use the app.'
            : 'Check the redirect URL and the scopes of the OAuth app at the service.',
        upstream: { error_code: code, ...(message === undefined ? {} : { message }) },
      },
    );
  }
}

/** The error of every callback that does not belong to an active login. It says nothing that helps to guess. */
export function invalidLogin(reason: string): ConnectorError {
  return new ConnectorError('ERR_LOGIN_INVALID', `the login cannot be completed: ${reason}`, {
    hint: 'Start the login again.',
  });
}
