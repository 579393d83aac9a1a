import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { tokenRequest } from '../oauth/token-request.ts';
import { modeOf } from '../records/auth-account.ts';
import type {
  AuthenticationRecord,
  AuthenticationSecret,
  LinkedAccountRecord,
} from '../records/authentication-record.ts';
import type { AccessToken } from '../records/token-cache.ts';
import { credentialOf } from '../tokens/credential.ts';
import { probe } from '../tokens/probe.ts';
import { acceptToken } from '../tokens/shared-token.ts';

/** What came of a test: what the service said, and the access token that was got for it, which is as good for the first run. */
export interface Tried {
  found?: Partial<Pick<AuthenticationRecord, 'user_name' | 'workspace_id' | 'granted_scopes' | 'tested_at'>>;
  token?: AccessToken;
  lifeMs?: number;
}

/**
 * Tests credentials before they are stored, for the linked account that is given or stored: gets a token where one is needed, and asks the service who this is.
 * @throws ConnectorError ERR_AUTH_FAILED when the service refuses them, ERR_UPSTREAM, ERR_NOT_SENT, ERR_NO_ANSWER,
 * ERR_TIMEOUT, ERR_RESPONSE_INVALID
 */
export async function tryCredentials(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
  given?: LinkedAccountRecord,
): Promise<Tried> {
  const connector = connectorOf(ctx, record.connector);
  const isSent = record.lasting === true || modeOf(connector, record.kind).family === 'static';
  const account = given ?? (await ctx.tokens.accounts.get(record.linked_account))?.value;
  const got: { text: string | undefined; tried: Tried } = isSent
    ? { text: secret.access_token, tried: {} }
    : await firstToken(ctx, record, { secret, account });
  const credential = credentialOf(ctx, { connector, account, record, secret, token: got.text });
  const identity = await probe(ctx, credential);
  return { ...got.tried, found: { ...got.tried.found, ...identity, tested_at: ctx.clock.now() } };
}

async function firstToken(
  ctx: Context,
  record: AuthenticationRecord,
  { secret, account }: { secret: AuthenticationSecret; account: LinkedAccountRecord | undefined },
): Promise<{ text: string; tried: Tried }> {
  const answer = await (await tokenRequest(ctx, record, secret, account)).send();
  const token = acceptToken(answer.accessToken, {
    lifeMs: answer.lifeMs,
    now: ctx.clock.now(),
    secretVersion: record.secret_version,
  });
  const granted = answer.scope === undefined ? {} : { granted_scopes: answer.scope.split(' ') };
  return { text: answer.accessToken, tried: { token, lifeMs: answer.lifeMs, found: granted } };
}
