import type { AuthorizationServer } from 'oauth4webapi';
import { ConnectorError } from '../connector/errors.ts';
import type { Connector } from '../connector/manifest.ts';
import type { AuthenticationRecord, AuthenticationSecret } from './authentication-record.ts';
import type { Context } from './context.ts';
import type { Grant, OAuthClient } from './oauth.ts';
import { findServer } from './oauth-server.ts';

/** Databricks' scope for every REST API; what its SDKs ask for. */
export const DEFAULT_SCOPES: readonly string[] = Object.freeze(['all-apis']);

/** Everything one token request for an authentication needs. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_NOT_FOUND */
export async function tokenCall(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
): Promise<{ server: AuthorizationServer; call: { client: OAuthClient; grant: Grant } }> {
  const connector = connectorOf(ctx, record.connector);
  const server = await findServer(ctx, { origin: record.host, accountId: record.account_id, connector });
  const client: OAuthClient = { id: record.client_id!, secret: secret.client_secret, shows: 'basic' };
  const grant: Grant = { kind: 'client_credentials', scope: (record.scopes ?? DEFAULT_SCOPES).join(' ') };
  return { server, call: { client, grant } };
}

/** @throws ConnectorError ERR_NOT_FOUND for a connector that has no manifests. */
export function connectorOf(ctx: Pick<Context, 'catalogue'>, id: string): Connector {
  const connector = ctx.catalogue.connectors.get(id);
  if (connector === undefined) {
    throw new ConnectorError('ERR_NOT_FOUND', `there is no connector "${id}"`, {
      errors: [{ pointer: '/connector', message: 'is not a connector', allowed: [...ctx.catalogue.connectors.keys()] }],
    });
  }
  return connector;
}
