import { ConnectorError } from '../../../connector/errors.ts';
import { countInWindow } from '../../access/rates.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { modeOf } from '../records/auth-account.ts';
import type { AuthenticationRecord, LinkedAccountRecord } from '../records/authentication-record.ts';
import { needsReauth, openSecret } from '../records/authentication-secret.ts';
import type { Resolved } from '../records/token-cache.ts';
import { confirmRefused } from './confirm-refused.ts';
import { credentialOf } from './credential.ts';
import { refreshToken } from './refresh.ts';

/** More tokens than this refused within a minute are not cured by yet another one. */
const FORCED_PER_MINUTE = 5;
/** While another process renews, this one looks again only so often. */
const AHEAD_AGAIN_MS = 1000;
const MINUTE_MS = 60_000;

/**
 * The headers and host of a linked account's authentication, or of its default one. Costs no round trip while this process
 * holds a fresh version; an access token near its end is renewed in the background while it still serves.
 * @throws ConnectorError ERR_NOT_FOUND (also for another tenant's ids), ERR_NO_AUTHENTICATION, ERR_NEEDS_REAUTH,
 * ERR_AUTH_FAILED, ERR_NOT_SENT of kind `temporary` while the token endpoint is away, ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN
 */
export async function resolveAuthentication(
  ctx: Context,
  tenant: string,
  linkedAccountId: string,
  authenticationId?: string,
): Promise<Resolved> {
  const { account, record } = await findRecords(ctx, { tenant, linkedAccountId, authenticationId });
  if (isStatic(ctx, record.value)) {
    if (record.value.status !== 'active') throw needsReauth(record.value);
    const known = ctx.tokens.resolved.get(record);
    if (known?.account === account && known.connector === connectorOf(ctx, record.value.connector))
      return known.resolved;
    return toResolved(ctx, { account, record, token: openSecret(ctx, record).access_token });
  }
  if (record.value.status === 'revoked') throw needsReauth(record.value);
  const held = ctx.tokens.accessTokens.get(record.value.id);
  const now = ctx.clock.now();
  if (held !== undefined && held.secretVersion === record.value.secret_version && now < held.unusableAt) {
    if (now >= held.refreshAt) {
      held.refreshAt = now + AHEAD_AGAIN_MS;
      renewAhead(ctx, record.value);
    }
    return toResolved(ctx, { account, record, token: held.text });
  }
  const token = await refreshToken(ctx, record.value.id, { mode: 'wait' });
  return toResolved(ctx, { account, record, token: token!.text });
}

/**
 * For a request that the service refused with 401, or as the service does for an expired token: another credential to send it
 * with once more. A token that another process has renewed meanwhile is taken without a request.
 * @throws ConnectorError ERR_AUTH_FAILED for a personal access token and when new tokens are refused too,
 * ERR_NEEDS_REAUTH when the grant is dead, and as `resolveAuthentication`
 */
export async function refreshAuthentication(ctx: Context, resolved: Resolved): Promise<Resolved> {
  const { tenant, linkedAccountId, authenticationId } = resolved;
  const { account, record } = await findRecords(ctx, { tenant, linkedAccountId, authenticationId });
  if (isStatic(ctx, record.value)) {
    if (record.value.secret_version !== resolved.secretVersion)
      return toResolved(ctx, { account, record, token: openSecret(ctx, record).access_token });
    await confirmRefused(ctx, record, resolved);
    throw refused(record.value, hintOf(record.value));
  }
  const rejected = resolved.token!;
  const held = ctx.tokens.accessTokens.get(record.value.id);
  if (held?.text === rejected) {
    ctx.tokens.accessTokens.delete(record.value.id);
    if (ctx.clock.now() < held.expiresAt) await limitForced(ctx, record.value);
  }
  const token = await refreshToken(ctx, record.value.id, { mode: 'wait', rejected });
  return toResolved(ctx, { account, record, token: token!.text });
}

async function findRecords(
  ctx: Context,
  wanted: { tenant: string; linkedAccountId: string; authenticationId: string | undefined },
): Promise<{ account: Stored<LinkedAccountRecord>; record: Stored<AuthenticationRecord> }> {
  const foundAccount = ctx.tokens.accounts.get(wanted.linkedAccountId);
  const account = foundAccount instanceof Promise ? await foundAccount : foundAccount;
  if (account === undefined || account.value.tenant !== wanted.tenant) {
    throw new ConnectorError('ERR_NOT_FOUND', `there is no linked account "${wanted.linkedAccountId}"`, { sent: 'no' });
  }
  const id = wanted.authenticationId ?? account.value.default_authentication;
  if (id === undefined) {
    throw new ConnectorError(
      'ERR_NO_AUTHENTICATION',
      `the linked account "${account.value.name}" has no authentication`,
      {
        hint: 'Add one with "penstock auth add", or send the owner a connect link.',
        sent: 'no',
      },
    );
  }
  const foundRecord = ctx.tokens.authentications.get(id);
  const record = foundRecord instanceof Promise ? await foundRecord : foundRecord;
  if (
    record === undefined ||
    record.value.tenant !== wanted.tenant ||
    record.value.linked_account !== account.value.id
  ) {
    throw new ConnectorError(
      'ERR_NOT_FOUND',
      `the linked account "${account.value.name}" has no authentication "${id}"`,
      { sent: 'no' },
    );
  }
  return { account, record };
}

/** Whether what is stored is what is sent. */
function isStatic(ctx: Context, { connector, kind, lasting }: AuthenticationRecord): boolean {
  return lasting === true || modeOf(connectorOf(ctx, connector), kind).family === 'static';
}

function hintOf({ oauth_app }: AuthenticationRecord): string {
  if (oauth_app !== undefined) return 'Sign in again. The id of the authentication stays the same.';
  return 'Store a new token. The id of the authentication stays the same.';
}

/** The same object for the same records and token, so that a run costs neither opening a seal nor building it. */
function toResolved(
  ctx: Context,
  parts: { account: Stored<LinkedAccountRecord>; record: Stored<AuthenticationRecord>; token: string | undefined },
): Resolved {
  const { record, token } = parts;
  const { value } = record;
  const known = ctx.tokens.resolved.get(record);
  const connector = connectorOf(ctx, value.connector);
  if (known?.account === parts.account && known.connector === connector && known.resolved.token === token)
    return known.resolved;
  const { value: account, version: accountVersion } = parts.account;
  const isSent = modeOf(connector, value.kind).family === 'static';
  // Once per version of the record: an operator who takes a host off the list takes it away from what is stored, too.
  const secret = isSent ? openSecret(ctx, record) : {};
  const credential = credentialOf(ctx, { connector, account, record: value, secret, token });
  const { origin } = new URL(credential.baseUrls.api!);
  if (origin !== value.host) throw movedAway(value, origin);
  const resolved: Resolved = Object.freeze({
    ...credential,
    tenant: value.tenant,
    linkedAccountId: account.id,
    authenticationId: value.id,
    origin,
    secretVersion: value.secret_version,
    version: `${accountVersion}.${record.version}`,
    ...(account.limits === undefined ? {} : { limits: account.limits }),
  });
  ctx.tokens.resolved.set(record, { account: parts.account, connector, resolved });
  return resolved;
}

/** A credential serves the host that it was stored for: a change of where an account is needs a new one. */
function movedAway(record: AuthenticationRecord, origin: string): ConnectorError {
  return new ConnectorError(
    'ERR_HOST_NOT_ALLOWED',
    `the authentication "${record.name}" was stored for ${record.host}, and its linked account is now at ${origin}`,
    { hint: 'Store an authentication for the new address.', sent: 'no' },
  );
}

/** Nobody waits for it; what fails is written down by the refresh itself and met again when the token has ended. */
function renewAhead(ctx: Context, record: AuthenticationRecord): void {
  refreshToken(ctx, record.id, { mode: 'try' }).catch((error: unknown) => {
    ctx.log.debug(
      { authentication: record.id, reason: (error as Error).message },
      'renewing a token before its expiration failed',
    );
  });
}

/** A service that refuses every token must not be asked for one by every run. */
async function limitForced(ctx: Context, record: AuthenticationRecord): Promise<void> {
  const { count } = await countInWindow(ctx, ctx.keys.rate('forced-refresh', record.id), MINUTE_MS);
  if (count > FORCED_PER_MINUTE)
    throw refused(
      record,
      'New tokens are rejected too. Check that the user or service principal has access to this workspace.',
    );
}

function refused(record: AuthenticationRecord, hint: string): ConnectorError {
  return new ConnectorError(
    'ERR_AUTH_FAILED',
    `"${new URL(record.host).host}" does not accept the authentication "${record.name}"`,
    { hint, sent: 'answered' },
  );
}
