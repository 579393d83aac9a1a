import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { onTestFinished } from 'vitest';

/** An OAuth server that was not written here (oidc-provider), at the paths of a Databricks workspace, with SCIM Me beside it. */
export interface OidcServer {
  origin: string;
  /** Token requests that reached the server's own work, by grant. */
  tokenRequests: string[];
  /** Token requests that arrived, those that were held and dropped included. */
  received: number;
  /** Signs in as this user from here on. */
  user: string;
  /** Set to hold token requests back until it resolves; the request is dropped when its client leaves meanwhile. */
  hold: (() => Promise<void>) | undefined;
  /** Set to hold discovery back until it resolves. */
  holdDiscovery: (() => Promise<void>) | undefined;
  /** Set to hold answers back after the server has done its work. */
  holdAnswer: (() => Promise<void>) | undefined;
  /** Set to refuse token requests with this error. */
  refuse: string | undefined;
  /** Whether a refresh token is good for one use, and a second use ends its grant; true to begin with. */
  rotates: boolean;
  /** Grants the server has revoked, for instance because a refresh token was used twice. */
  revokedGrants: number;
  clients: { public: string; confidential: { id: string; secret: string }; service: { id: string; secret: string } };
}

export const ACCOUNT_ID = '11111111-2222-3333-4444-555555555555';
const SECRET = 'confidential-secret-of-the-oauth-app';
/** Of the client that shows who it is by a signed assertion. */
export const KEY_PAIR = generateKeyPairSync('rsa', { modulusLength: 2048 });
const REDIRECTS = ['http://127.0.0.1:3000/oauth/callback', 'http://localhost:8020'];

/** Starts the server on a free port; it is closed when the test ends. Every refresh token is good for one use. */
export async function startOidcServer(): Promise<OidcServer> {
  const server = createServer(
    (request, response) => void handle(request, response).catch((error: unknown) => fail(response, error)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = withoutWarnings(() => createProvider(`${origin}/oidc`, () => state.rotates));
  const callback = provider.callback();
  const state: OidcServer = {
    origin,
    tokenRequests: [],
    received: 0,
    user: 'someone@example.com',
    hold: undefined,
    holdDiscovery: undefined,
    holdAnswer: undefined,
    refuse: undefined,
    rotates: true,
    revokedGrants: 0,
    clients: {
      public: 'public-app',
      confidential: { id: 'confidential-app', secret: SECRET },
      service: { id: 'service-app', secret: SECRET },
    },
  };
  const note = (context: unknown) => {
    state.tokenRequests.push(String((context as { oidc: { params: { grant_type?: string } } }).oidc.params.grant_type));
  };
  provider.on('grant.success', note);
  provider.on('grant.error', note);
  provider.on('grant.revoked', () => {
    state.revokedGrants += 1;
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, origin);
    if (url.pathname === '/api/2.0/preview/scim/v2/Me') return answerMe(request, response);
    if (url.pathname === `/api/2.0/accounts/${ACCOUNT_ID}/workspaces`) return answerWorkspaces(request, response);
    if (!url.pathname.startsWith('/oidc/'))
      return json(response, 404, { error_code: 'ENDPOINT_NOT_FOUND', message: `No API found for ${url.pathname}` });
    if (url.pathname.startsWith('/oidc/interaction/')) return interact(request, response);
    // An account's paths are served too; their discovery names another issuer, so a client must use the fixed endpoints.
    const path = url.pathname.replace(`/oidc/accounts/${ACCOUNT_ID}/`, '/oidc/');
    request.url = `${path.slice('/oidc'.length).replace('oauth-authorization-server', 'openid-configuration')}${url.search}`;
    Object.assign(request, { originalUrl: `/oidc${request.url}` });
    if (request.url.startsWith('/.well-known/')) await state.holdDiscovery?.();
    if (request.url.startsWith('/v1/token')) {
      state.received += 1;
      await state.hold?.();
      if (response.destroyed) return;
      if (state.refuse !== undefined) return json(response, 400, { error: state.refuse, error_description: 'no' });
      if (state.holdAnswer !== undefined) holdEnd(response, state.holdAnswer);
    }
    await callback(request, response);
  }

  async function answerMe(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
    if (found === undefined) return json(response, 401, { error_code: '401', message: 'Invalid access token' });
    json(
      response,
      200,
      { id: '1', userName: found.accountId ?? found.clientId },
      { 'x-databricks-org-id': '1234567890123456' },
    );
  }

  async function answerWorkspaces(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((await provider.ClientCredentials.find(token)) === undefined)
      return json(response, 401, { error_code: '401', message: 'Invalid access token' });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      '[{"workspace_id":9007199254740993,"workspace_name":"production","deployment_name":"dbc-1","workspace_status":"RUNNING"}]',
    );
  }

  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: state.user } });
    const grant = new provider.Grant({ accountId: session!.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope ?? '');
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return state;
}

/** Follows a login as a browser does, cookies included, and returns where it is sent back to. */
export async function browse(url: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let next = new URL(url);
  for (let hop = 0; hop < 12; hop += 1) {
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`no redirect from ${next.href}: ${response.status} ${await response.text()}`);
    next = new URL(location, next);
    if (REDIRECTS.some((redirect) => next.href.startsWith(redirect))) return next;
  }
  throw new Error('too many redirects');
}

function createProvider(issuer: string, rotates: () => boolean): Provider {
  const app = {
    application_type: 'native',
    redirect_uris: REDIRECTS,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
  const jwks = {
    keys: [{ ...KEY_PAIR.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }],
  };
  return new Provider(issuer, {
    clients: [
      { ...app, client_id: 'public-app', token_endpoint_auth_method: 'none' },
      {
        ...app,
        client_id: 'confidential-app',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        client_id: 'service-app',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_basic',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
      { ...app, client_id: 'signing-app', token_endpoint_auth_method: 'private_key_jwt', jwks },
      {
        client_id: 'key-app',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    scopes: ['openid', 'offline_access', 'all-apis', 'sql'],
    routes: { authorization: '/v1/authorize', token: '/v1/token', revocation: '/v1/revoke' },
    interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/oidc/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      clientCredentials: { enabled: true },
    },
    pkce: { required: () => true },
    cookies: { keys: ['test'] },
    rotateRefreshToken: rotates,
    // offline_access asks for prompt=consent in OpenID Connect; Databricks gives a refresh token for the scope alone.
    issueRefreshToken: async (_ctx: unknown, client: { grantTypeAllowed(grant: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    findAccount: async (_ctx: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ sub }) }),
    ttl: {
      AccessToken: 3600,
      ClientCredentials: 3600,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 3600,
      Interaction: 600,
      AuthorizationCode: 60,
      IdToken: 3600,
    },
  });
}

function holdEnd(response: ServerResponse, hold: () => Promise<void>): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = ((...args: unknown[]) => {
    void hold().then(() => end(...args));
    return response;
  }) as ServerResponse['end'];
}

/** oidc-provider warns of keys and storage that are for development only, which is what this is. */
function withoutWarnings<T>(make: () => T): T {
  const { warn, info } = console;
  console.warn = console.info = () => {};
  try {
    return make();
  } finally {
    Object.assign(console, { warn, info });
  }
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, error: unknown): void {
  if (!response.headersSent) json(response, 500, { error_code: 'INTERNAL_ERROR', message: String(error) });
}
