import type { AuthorizationServer } from 'oauth4webapi';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Connector } from '../../../connector/manifest.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import type { AuthenticationRecord, AuthenticationSecret } from '../records/authentication-record.ts';
import type { Grant, OAuthClient } from './oauth.ts';
import { findOAuthApp, type OAuthAppRecord, openAppSecret } from './oauth-app-record.ts';
import { findServer } from './oauth-server.ts';

/** Databricks' scope for every REST API; what its SDKs ask for. */
const DEFAULT_SCOPES: readonly string[] = Object.freeze(['all-apis']);

/** Everything one token request for an authentication needs. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_NOT_FOUND */
export async function tokenCall(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
): Promise<{ server: AuthorizationServer; call: { client: OAuthClient; grant: Grant } }> {
  if (record.kind === 'oauth_u2m') {
    const { server, client } = await appClient(ctx, await findOAuthApp(ctx, record.tenant, record.oauth_app!));
    return { server, call: { client, grant: { kind: 'refresh_token', refreshToken: secret.refresh_token! } } };
  }
  const server = await findServer(ctx, {
    origin: record.host,
    accountId: record.account_id,
    connector: connectorOf(ctx, record.connector),
  });
  const client: OAuthClient = { id: record.client_id!, secret: secret.client_secret, shows: 'basic' };
  const grant: Grant = { kind: 'client_credentials', scope: (record.scopes ?? DEFAULT_SCOPES).join(' ') };
  return { server, call: { client, grant } };
}

/** The server of an OAuth app and how the app shows itself there. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export async function appClient(
  ctx: Context,
  app: Stored<OAuthAppRecord>,
): Promise<{ server: AuthorizationServer; client: OAuthClient }> {
  const { value } = app;
  const server = await findServer(ctx, {
    origin: value.host,
    accountId: value.account_id,
    connector: connectorOf(ctx, value.connector),
  });
  const methods = server.token_endpoint_auth_methods_supported;
  // In the body, as Databricks' SDKs do, unless the server says that it takes Basic alone.
  const shows = methods === undefined || methods.includes('client_secret_post') ? 'body' : 'basic';
  return { server, client: { id: value.client_id, secret: openAppSecret(ctx, app), shows } };
}

/** @throws ConnectorError ERR_NOT_FOUND for a connector that has no manifests. */
export function connectorOf(ctx: Pick<Context, 'manifests'>, id: string): Connector {
  const connector = ctx.manifests.connectors.get(id);
  if (connector === undefined) {
    throw new ConnectorError('ERR_NOT_FOUND', `there is no connector "${id}"`, {
      errors: [{ pointer: '/connector', message: 'is not a connector', allowed: [...ctx.manifests.connectors.keys()] }],
    });
  }
  return connector;
}
