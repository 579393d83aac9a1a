import type { AuthorizationServer } from 'oauth4webapi';
import type { AuthMode } from '../../../connector/auth-mode.ts';
import { fillText, fillTexts } from '../../../connector/auth-text.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { accountFields, fieldsOf, modeOf } from '../records/auth-account.ts';
import type { AuthenticationRecord, AuthenticationSecret } from '../records/authentication-record.ts';
import { signAssertion } from './assertion.ts';
import type { TokenCall } from './oauth.ts';
import { findOAuthApp, type OAuthAppRecord, openAppSecret } from './oauth-app-record.ts';
import { findServer } from './oauth-server.ts';

/** What identifies a client, and what its answers look like. */
export type ClientCall = Omit<TokenCall, 'grant'>;

/** Everything one token request for an authentication needs. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_NOT_FOUND */
export async function tokenCall(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
): Promise<{ server: AuthorizationServer; call: TokenCall }> {
  const connector = connectorOf(ctx, record.connector);
  const mode = modeOf(connector, record.kind);
  const { manifest } = mode;
  if (mode.family === 'login') {
    const { server, call } = await appClient(ctx, await findOAuthApp(ctx, record.tenant, record.oauth_app!));
    return { server, call: { ...call, grant: { kind: 'refresh_token', refreshToken: secret.refresh_token! } } };
  }
  const linked = await ctx.tokens.accounts.get(record.linked_account);
  const account = accountFields(connector, linked?.value, record);
  const server = await findServer(ctx, { connector, mode: manifest, account });
  const scopes = { account, auth: { ...account, ...secret } };
  const parameters = fillTexts(manifest.token_parameters ?? {}, scopes);
  const { answer } = manifest;
  if (manifest.kind === 'jwt_bearer') {
    const assertion = signAssertion(manifest.assertion!, {
      scopes,
      now: ctx.clock.now(),
      audience: server.token_endpoint!,
    });
    // The assertion says who asks; the client id is not sent.
    const client = { id: 'assertion', secret: undefined, shows: 'none' as const };
    const grant = { kind: 'jwt_bearer' as const, assertion, sent: manifest.assertion!.sent };
    return { server, call: { answer, client, parameters, grant } };
  }
  const client = {
    id: record.client_id!,
    secret: secret.client_secret,
    shows: manifest.client_auth ?? 'basic',
    key: secret.private_key,
    keyId: fillText('{auth.key_id}', scopes),
  };
  const scope = (record.scopes ?? manifest.scopes?.default ?? []).join(manifest.scopes?.separator ?? ' ');
  return { server, call: { answer, client, parameters, grant: { kind: 'client_credentials', scope } } };
}

/** The server of an OAuth app and how the app shows itself there. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export async function appClient(
  ctx: Context,
  app: Stored<OAuthAppRecord>,
): Promise<{ server: AuthorizationServer; mode: AuthMode; call: ClientCall }> {
  const { value } = app;
  const connector = connectorOf(ctx, value.connector);
  const mode = modeOf(connector, value.mode ?? loginModeOf(connector).id);
  const { manifest } = mode;
  const account = appFields(connector, value);
  const server = await findServer(ctx, { connector, mode: manifest, account });
  const methods = server.token_endpoint_auth_methods_supported;
  const wanted = manifest.client_auth ?? 'body';
  // In the body, unless the server says that it takes Basic alone.
  const isBasic = wanted === 'body' && methods !== undefined && !methods.includes('client_secret_post');
  const secret = openAppSecret(ctx, app);
  const client = {
    id: value.client_id,
    shows: isBasic ? ('basic' as const) : wanted,
    // An app that signs has its private key in the place of the secret.
    ...(wanted === 'private_key_jwt'
      ? { secret: undefined, key: secret, keyId: fillText('{account.key_id}', { account }) }
      : { secret }),
  };
  return {
    server,
    mode,
    call: {
      client,
      parameters: fillTexts(manifest.token_parameters ?? {}, { account }),
      answer: manifest.answer,
    },
  };
}

/** What the URLs of an app's login read as `{account.x}`. */
function appFields(connector: Connector, app: OAuthAppRecord): JsonObject {
  return accountFields(connector, undefined, {
    ...fieldsOf(app),
    host: app.host,
    ...(app.fields === undefined ? {} : { fields: app.fields }),
  } as never);
}

/** The login of a connector that OAuth apps are for. @throws ConnectorError ERR_INPUT_INVALID when it has none */
export function loginModeOf(connector: Connector): AuthMode {
  const mode = [...connector.modes.values()].find(({ family }) => family === 'login');
  if (mode !== undefined) return mode;
  throw new ConnectorError('ERR_INPUT_INVALID', `${connector.manifest.title} has no login with an OAuth app`, {
    errors: [{ pointer: '/template', message: 'is a connector without a login' }],
    sent: 'no',
  });
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
