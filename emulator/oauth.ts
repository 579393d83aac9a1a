import { timingSafeEqual } from 'node:crypto';
import { ApiError } from './errors.ts';
import type { Answer, Call, Route } from './router.ts';
import type { Identity } from './tokens.ts';
import type { Workspace } from './workspace.ts';

/** A client that may ask for tokens. */
export interface OAuthClient {
  id: string;
  secret?: string;
  identity: Identity;
}

/** Token endpoint, discovery, and who a request is from. */
export interface OAuth {
  routes: Route[];
  /** The owner of the token in an `Authorization` header. @throws ApiError 401 or 403, as Databricks words it. */
  authenticate(header: string | undefined): Identity;
}

/** Opens OAuth with one personal access token and one service principal. */
export function createOAuth(
  workspace: Workspace,
  options: { token: string; client: OAuthClient; lifetimeSeconds: number },
): OAuth {
  const clients = new Map([[options.client.id, options.client]]);

  const tokenEndpoint = (call: Call): Answer => {
    const form = call.body as Record<string, string>;
    const client = authenticateClient(call.request.headers.authorization, form, clients);
    if (form.grant_type === undefined) throw oauthError(400, 'invalid_request', 'grant_type is missing');
    if (form.grant_type !== 'client_credentials')
      throw oauthError(400, 'unsupported_grant_type', `The grant type '${form.grant_type}' is not supported`);
    const scope = form.scope ?? 'all-apis';
    const expiresAt = workspace.now() + options.lifetimeSeconds * 1000;
    const access_token = workspace.signer.sign({
      use: 'access',
      subject: client.identity.id,
      expiresAt,
      client: client.id,
      scope,
      grant: form.grant_type,
    });
    return {
      json: { access_token, scope, token_type: 'Bearer', expires_in: options.lifetimeSeconds },
      headers: { 'cache-control': 'no-store' },
    };
  };

  const metadata = (base: string) => ({
    issuer: base,
    authorization_endpoint: `${base}/v1/authorize`,
    token_endpoint: `${base}/v1/token`,
    jwks_uri: `${base}/jwks.json`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['client_credentials', 'authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    subject_types_supported: ['public'],
    scopes_supported: ['all-apis', 'offline_access', 'openid', 'email', 'profile', 'sql'],
  });
  const accountBase = (id: unknown) => {
    if (id !== workspace.accountId) throw new ApiError(404, 'NOT_FOUND', `Account ${id} was not found.`);
    return `${workspace.url()}/oidc/accounts/${id}`;
  };

  const routes: Route[] = [
    { method: 'POST', template: '/oidc/v1/token', open: true, body: 'form', errors: 'oauth', handle: tokenEndpoint },
    {
      method: 'POST',
      template: '/oidc/accounts/{account_id}/v1/token',
      open: true,
      body: 'form',
      errors: 'oauth',
      handle: (call) => {
        accountBase(call.params.account_id);
        return tokenEndpoint(call);
      },
    },
    {
      method: 'GET',
      template: '/oidc/.well-known/oauth-authorization-server',
      open: true,
      handle: () => ({ json: metadata(`${workspace.url()}/oidc`) }),
    },
    {
      method: 'GET',
      template: '/oidc/accounts/{account_id}/.well-known/oauth-authorization-server',
      open: true,
      handle: ({ params }) => ({ json: metadata(accountBase(params.account_id)) }),
    },
    {
      method: 'GET',
      template: '/.well-known/databricks-config',
      open: true,
      handle: () => ({
        json: {
          oidc_endpoint: `${workspace.url()}/oidc`,
          account_id: workspace.accountId,
          workspace_id: workspace.id,
          cloud: 'AWS',
          host_type: 'unified',
        },
      }),
    },
  ];

  return {
    routes,
    authenticate(header) {
      const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
      if (token === undefined) throw credentialMissing();
      if (same(token, options.token)) return workspace.admin;
      const claims = workspace.signer.read(token);
      const owner =
        claims?.use === 'access'
          ? [...clients.values()].find((client) => client.identity.id === claims.subject)
          : undefined;
      if (claims === undefined || owner === undefined) throw invalidToken();
      if (workspace.now() >= claims.expiresAt) throw tokenExpired();
      return owner.identity;
    },
  };
}

/** 401 for a request without a usable credential. */
export function credentialMissing(): ApiError {
  return new ApiError(401, 401, 'Credential was not sent or was of an unsupported type for this API.');
}

/** 403 for a token that is not known; Databricks answers 403, not 401. */
export function invalidToken(): ApiError {
  return new ApiError(403, 403, 'Invalid access token.');
}

/** What an expired OAuth token gets. */
export function tokenExpired(): ApiError {
  return new ApiError(403, 403, 'Invalid access token.');
}

function oauthError(status: number, code: string, message: string): ApiError {
  return new ApiError(status, code, message, {
    headers: { 'cache-control': 'no-store', ...(status === 401 ? { 'www-authenticate': 'Basic' } : {}) },
  });
}

function authenticateClient(
  header: string | undefined,
  form: Record<string, string>,
  clients: Map<string, OAuthClient>,
): OAuthClient {
  const basic = /^Basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  const [id, ...secret] =
    basic === undefined
      ? [form.client_id ?? '', form.client_secret ?? '']
      : Buffer.from(basic, 'base64').toString().split(':');
  const client = clients.get(decodeURIComponent(id ?? ''));
  if (client?.secret === undefined || !same(decodeURIComponent(secret.join(':')), client.secret)) {
    throw oauthError(401, 'invalid_client', 'Client authentication failed');
  }
  return client;
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
