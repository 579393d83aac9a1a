import { createHash, randomUUID } from 'node:crypto';
import type { Answer } from '../router.ts';
import type { TokenClaims } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import type { OAuthClient } from './clients.ts';
import { oauthError } from './errors.ts';

/** A code that waits to be exchanged. */
export interface Code {
  client: string;
  /** SCIM id of the user who agreed. */
  user: string;
  redirect: string;
  scope: string;
  challenge: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** How long tokens live, and what the use of a rotated refresh token does. */
export interface GrantOptions {
  accessSeconds: number;
  refreshSeconds: number;
  /** `refuse` leaves the newer tokens alone, `revoke` ends every token of the login, as RFC 9700 advises. */
  refreshReuse: 'refuse' | 'revoke';
}

/** Issues, refreshes and revokes tokens. */
export interface Grants {
  addCode(code: Code): string;
  /** The token endpoint's answer to a form. @throws ApiError in OAuth's shape. */
  exchange(client: OAuthClient, form: Record<string, string>): Answer;
  /** Ends a token; a refresh token takes its access tokens along. Unknown tokens are no error (RFC 7009). */
  revoke(client: OAuthClient, token: string): void;
  isRevoked(claims: TokenClaims): boolean;
}

/** Opens the grants of a workspace. */
export function createGrants(workspace: Workspace, options: GrantOptions): Grants {
  const codes = new Map<string, Code>();
  const revoked = workspace.store.collection<number>('revoked_tokens');

  const answer = (tokens: object): Answer => ({ json: tokens, headers: { 'cache-control': 'no-store' } });
  const expiry = (seconds: number) => workspace.now() + seconds * 1000;
  const access = (subject: string, client: string, scope: string, family: string) => ({
    access_token: workspace.signer.sign({
      use: 'access',
      subject,
      expiresAt: expiry(options.accessSeconds),
      client,
      scope,
      family,
    }),
    scope,
    token_type: 'Bearer',
    expires_in: options.accessSeconds,
  });
  const refresh = (subject: string, client: string, scope: string, family: string) =>
    scope.split(' ').includes('offline_access')
      ? {
          refresh_token: workspace.signer.sign({
            use: 'refresh',
            subject,
            expiresAt: expiry(options.refreshSeconds),
            client,
            scope,
            family,
          }),
        }
      : {};

  const clientCredentials = (client: OAuthClient, form: Record<string, string>): Answer => {
    if (client.identity === undefined)
      throw oauthError(400, 'unauthorized_client', 'The client may not use client_credentials');
    return answer(access(client.identity.id, client.id, form.scope ?? 'all-apis', randomUUID()));
  };

  const authorizationCode = (client: OAuthClient, form: Record<string, string>): Answer => {
    for (const name of ['code', 'redirect_uri', 'code_verifier']) {
      if (form[name] === undefined || form[name] === '') throw oauthError(400, 'invalid_request', `${name} is missing`);
    }
    const code = codes.get(form.code as string);
    // a code is good for one try, also when that fails
    codes.delete(form.code as string);
    if (code === undefined || code.client !== client.id || workspace.now() > code.expiresAt)
      throw oauthError(400, 'invalid_grant', 'The authorization code is invalid or expired');
    if (code.redirect !== form.redirect_uri)
      throw oauthError(400, 'invalid_grant', 'redirect_uri is not the one of the authorization request');
    const challenge = createHash('sha256')
      .update(form.code_verifier as string)
      .digest('base64url');
    if (challenge !== code.challenge)
      throw oauthError(400, 'invalid_grant', 'code_verifier does not match code_challenge');
    const family = randomUUID();
    return answer({
      ...access(code.user, client.id, code.scope, family),
      ...refresh(code.user, client.id, code.scope, family),
    });
  };

  // the token that was used is dead from now on: a client that loses the answer, or refreshes twice, has to log in again
  const refreshToken = (client: OAuthClient, form: Record<string, string>): Answer => {
    const claims = workspace.signer.read(form.refresh_token ?? '');
    const reused = claims !== undefined && revoked.has(claims.id);
    if (reused && options.refreshReuse === 'revoke') revoked.put(String(claims.family), workspace.now());
    if (
      claims?.use !== 'refresh' ||
      claims.client !== client.id ||
      reused ||
      isRevoked(claims) ||
      workspace.now() >= claims.expiresAt
    ) {
      throw oauthError(400, 'invalid_grant', 'Refresh token is invalid');
    }
    const granted = (claims.scope ?? '').split(' ');
    const asked = form.scope?.split(' ') ?? granted;
    if (asked.some((scope) => !granted.includes(scope)))
      throw oauthError(400, 'invalid_scope', 'scope exceeds what was granted');
    revoked.put(claims.id, workspace.now());
    const family = claims.family ?? '';
    const [subject, scope] = [claims.subject, asked.join(' ')];
    return answer({
      ...access(subject, client.id, scope, family),
      ...refresh(subject, client.id, claims.scope ?? '', family),
    });
  };

  const isRevoked = (claims: TokenClaims) =>
    revoked.has(claims.id) || (claims.family !== undefined && revoked.has(claims.family));

  return {
    isRevoked,
    addCode(code) {
      const text = randomUUID().replaceAll('-', '');
      codes.set(text, code);
      return text;
    },
    exchange(client, form) {
      switch (form.grant_type) {
        case undefined:
          throw oauthError(400, 'invalid_request', 'grant_type is missing');
        case 'client_credentials':
          return clientCredentials(client, form);
        case 'authorization_code':
          return authorizationCode(client, form);
        case 'refresh_token':
          return refreshToken(client, form);
        default:
          throw oauthError(400, 'unsupported_grant_type', `The grant type '${form.grant_type}' is not supported`);
      }
    },
    revoke(client, token) {
      const claims = workspace.signer.read(token);
      if (claims === undefined || claims.client !== client.id) return;
      revoked.put(claims.use === 'refresh' && claims.family !== undefined ? claims.family : claims.id, workspace.now());
    },
  };
}
