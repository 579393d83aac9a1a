import { ConnectorError } from '../../../connector/errors.ts';
import { checkHost } from '../../../connector/hosts.ts';
import { countInWindow } from '../../access/rates.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import type { AuthenticationRecord, LinkedAccountRecord } from '../records/authentication-record.ts';
import { headersOf } from '../records/authentication-record.ts';
import { needsReauth, openSecret } from '../records/authentication-secret.ts';
import type { Resolved } from '../records/token-cache.ts';
import { confirmRefused } from './confirm-refused.ts';
import { refreshToken } from './refresh.ts';

const BEARER = 'Bearer ';
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
  if (record.value.kind === 'pat') {
    if (record.value.status !== 'active') throw needsReauth(record.value);
    const known = ctx.tokens.resolved.get(record);
    if (known?.account === account) return known.resolved;
    return toResolved(ctx, { account, record, token: openSecret(ctx, record).token! });
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
 * For a request that the service refused with 401, or with Databricks' 403 for an expired token: other headers to send it
 * with once more. A token that another process has renewed meanwhile is taken without a request.
 * @throws ConnectorError ERR_AUTH_FAILED for a personal access token and when new tokens are refused too,
 * ERR_NEEDS_REAUTH when the grant is dead, and as `resolveAuthentication`
 */
export async function refreshAuthentication(ctx: Context, resolved: Resolved): Promise<Resolved> {
  const { tenant, linkedAccountId, authenticationId } = resolved;
  const { account, record } = await findRecords(ctx, { tenant, linkedAccountId, authenticationId });
  const rejected = resolved.headers.authorization.slice(BEARER.length);
  if (record.value.kind === 'pat') {
    const current = openSecret(ctx, record).token!;
    if (current !== rejected) return toResolved(ctx, { account, record, token: current });
    await confirmRefused(ctx, record, rejected);
    throw refused(record.value, 'Store a new token. The id of the authentication stays the same.');
  }
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

/** The same object for the same records and token, so that a run costs neither opening a seal nor building it. */
function toResolved(
  ctx: Context,
  parts: { account: Stored<LinkedAccountRecord>; record: Stored<AuthenticationRecord>; token: string },
): Resolved {
  const { record, token } = parts;
  const authorization = `${BEARER}${token}`;
  const known = ctx.tokens.resolved.get(record);
  if (known?.account === parts.account && known.resolved.headers.authorization === authorization) return known.resolved;
  const { value: account, version: accountVersion } = parts.account;
  const { value } = record;
  // Once per version of the record: an operator who takes a host off the list takes it away from what is stored, too.
  checkHost(value.host, { connector: connectorOf(ctx, value.connector), allowedHosts: [...ctx.config.allowedHosts] });
  const resolved: Resolved = Object.freeze({
    tenant: value.tenant,
    linkedAccountId: account.id,
    authenticationId: value.id,
    connector: value.connector,
    origin: value.host,
    headers: headersOf(value, token),
    version: `${accountVersion}.${record.version}`,
    account: {
      host: new URL(value.host).host,
      origin: value.host,
      ...(value.account_id === undefined ? {} : { account_id: value.account_id }),
      ...(account.default_warehouse_id === undefined ? {} : { default_warehouse_id: account.default_warehouse_id }),
    },
    ...(account.limits === undefined ? {} : { limits: account.limits }),
  });
  ctx.tokens.resolved.set(record, { account: parts.account, resolved });
  return resolved;
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
