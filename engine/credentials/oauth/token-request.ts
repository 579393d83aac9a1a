import type { Context } from '../context.ts';
import { accountFields, modeOf } from '../records/auth-account.ts';
import type {
  AuthenticationRecord,
  AuthenticationSecret,
  LinkedAccountRecord,
} from '../records/authentication-record.ts';
import { assumeRole } from './assume-role.ts';
import { requestToken, type TokenAnswer } from './oauth.ts';
import { connectorOf, tokenCall } from './oauth-client.ts';

/** One request for an access token, ready to be sent. */
export interface TokenRequest {
  /** What is exchanged, for metrics; a refresh token may be good for one use only. */
  kind: 'client_credentials' | 'refresh_token' | 'jwt_bearer' | 'authorization_code' | 'assume_role';
  /** Never retried. @throws as `requestToken` and `assumeRole` */
  send(): Promise<TokenAnswer>;
}

/** The request that gets an access token for an authentication, of the linked account that is given or stored. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_NOT_FOUND */
export async function tokenRequest(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
  given?: LinkedAccountRecord,
): Promise<TokenRequest> {
  const connector = connectorOf(ctx, record.connector);
  const { manifest: mode } = modeOf(connector, record.kind);
  if (mode.assume_role !== undefined) {
    const linked = given ?? (await ctx.tokens.accounts.get(record.linked_account))?.value;
    const account = accountFields(connector, linked, record);
    return { kind: 'assume_role', send: () => assumeRole(ctx, { connector, mode, account, secret }) };
  }
  const { server, call } = await tokenCall(ctx, record, secret);
  return { kind: call.grant.kind, send: () => requestToken(ctx, server, call) };
}
