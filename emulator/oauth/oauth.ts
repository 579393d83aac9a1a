import { ApiError, invalid } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Identity } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import { authorize } from './authorize.ts';
import { createClients, type OAuthClient } from './clients.ts';
import { credentialMissing, invalidToken } from './errors.ts';
import { createGrants, type GrantOptions } from './grants.ts';
import { createPersonalTokens } from './personal-tokens.ts';

/** Logins and tokens of the workspace and of its account. */
export interface OAuth {
  routes: Route[];
  /** The owner of the token in an `Authorization` header. @throws ApiError 401 or 403, as Databricks words it. */
  authenticate(header: string | undefined): Identity;
}

/** What OAuth is set up with. */
export interface OAuthOptions {
  token: string;
  clients: OAuthClient[];
  grants: GrantOptions;
  /** Users and service principals by SCIM id. */
  identity(id: string): Identity | undefined;
  /** A service principal by its application id. */
  principalOf(applicationId: string): Identity | undefined;
  users(): { id: string; userName: string }[];
}

/** Opens OAuth with one personal access token and the given clients; more clients come through `/__emulator/oauth_apps`. */
export function createOAuth(workspace: Workspace, options: OAuthOptions): OAuth {
  const clients = createClients();
  for (const client of options.clients) clients.add(client);
  const grants = createGrants(workspace, options.grants);
  const personal = createPersonalTokens(workspace, options.token, options.identity, options.principalOf);
  const consent = { workspace, clients, grants, users: options.users };

  const token = ({ request, body }: Call): Answer => {
    const form = body as Record<string, string>;
    return grants.exchange(clients.authenticate(request.headers.authorization, form), form);
  };
  const revoke = ({ request, body }: Call): Answer => {
    const form = body as Record<string, string>;
    grants.revoke(clients.authenticate(request.headers.authorization, form), form.token ?? '');
    return {};
  };
  const addApp = ({ body }: Call): Answer => {
    const { client_id, client_secret, redirect_uris, ...unknown } = body;
    if (typeof client_id !== 'string' || Object.keys(unknown).length > 0)
      throw invalid(
        'Give {"client_id": …, "client_secret"?: …, "redirect_uris"?: [...]}; without redirect_uris any loopback address is allowed.',
      );
    clients.add({
      id: client_id,
      ...(typeof client_secret === 'string' ? { secret: client_secret } : {}),
      redirects: Array.isArray(redirect_uris) ? redirect_uris.map(String) : 'loopback',
    });
    return {};
  };

  // the same endpoints for the workspace and for its account
  const endpoints = (prefix: string, check: (call: Call) => string): Route[] => {
    const open = (method: string, path: string, handle: Route['handle'], more: Partial<Route> = {}): Route => ({
      method,
      template: prefix + path,
      open: true,
      handle: (call) => {
        check(call);
        return handle(call);
      },
      ...more,
    });
    const form = { body: 'form', errors: 'oauth' } as const;
    return [
      open('POST', '/v1/token', token, form),
      open('POST', '/v1/revoke', revoke, form),
      open('GET', '/v1/authorize', (call) => authorize(call, consent)),
      open('POST', '/v1/authorize', (call) => authorize(call, consent), { body: 'form' }),
      open('GET', '/.well-known/oauth-authorization-server', (call) => ({ json: metadata(check(call)) })),
    ];
  };
  const account = ({ params }: Call) => {
    if (params.account_id !== workspace.accountId)
      throw new ApiError(404, 'NOT_FOUND', `Account ${params.account_id} was not found.`);
    return `${workspace.url()}/oidc/accounts/${params.account_id}`;
  };

  return {
    routes: [
      ...endpoints('/oidc', () => `${workspace.url()}/oidc`),
      ...endpoints('/oidc/accounts/{account_id}', account),
      ...personal.routes,
      { method: 'POST', template: '/__emulator/oauth_apps', open: true, handle: addApp },
      {
        method: 'GET',
        template: '/.well-known/databricks-config',
        open: true,
        handle: () => ({ json: hostMetadata(workspace) }),
      },
    ],
    authenticate(header) {
      const given = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
      if (given === undefined) throw credentialMissing();
      const owner = personal.ownerOf(given);
      const claims = owner === undefined ? workspace.signer.read(given) : undefined;
      const dead = claims?.use !== 'access' || grants.isRevoked(claims) || workspace.now() >= claims.expiresAt;
      const identity =
        owner !== undefined ? options.identity(owner) : dead ? undefined : options.identity(claims.subject);
      if (identity === undefined) throw invalidToken();
      return identity;
    },
  };
}

function metadata(base: string): object {
  return {
    issuer: base,
    authorization_endpoint: `${base}/v1/authorize`,
    token_endpoint: `${base}/v1/token`,
    revocation_endpoint: `${base}/v1/revoke`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['client_credentials', 'authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    scopes_supported: ['all-apis', 'offline_access', 'openid', 'email', 'profile', 'sql'],
  };
}

function hostMetadata(workspace: Workspace): object {
  const { accountId, id } = workspace;
  return {
    oidc_endpoint: `${workspace.url()}/oidc`,
    account_id: accountId,
    workspace_id: id,
    cloud: 'AWS',
    host_type: 'unified',
  };
}
