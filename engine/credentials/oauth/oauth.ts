import * as oauth from 'oauth4webapi';
import type { Context } from '../context.ts';
import { type Refusal, toTokenFailure } from './oauth-failure.ts';

export type { AuthorizationServer } from 'oauth4webapi';

/** How a client shows who it is: a service principal by Basic, an OAuth app in the body, a public app by its id alone. */
export interface OAuthClient {
  id: string;
  secret: string | undefined;
  shows: 'basic' | 'body';
}

/** What to ask the token endpoint for. */
export type Grant =
  | { kind: 'client_credentials'; scope: string }
  | { kind: 'refresh_token'; refreshToken: string }
  | { kind: 'authorization_code'; callback: URLSearchParams; redirectUri: string; verifier: string };

export interface TokenAnswer {
  accessToken: string;
  /** From the moment the request was sent. */
  lifeMs: number;
  /** Absent when the service keeps the old one. */
  refreshToken: string | undefined;
  /** What was granted, when the service says so. */
  scope: string | undefined;
}

/** What the protocol needs of the running system. */
export type OAuthIo = Pick<Context, 'http' | 'clock'>;

const TOKEN_TIMEOUT_MS = 15_000;
const TOKEN_MAX_BYTES = 262_144;
/** Databricks' lifetime, for an answer without `expires_in`. */
const DEFAULT_LIFE_MS = 3_600_000;

/**
 * One token request. Never retried here: a refresh token may be good for one use only.
 * @throws ConnectorError ERR_NEEDS_REAUTH for `invalid_grant`; ERR_AUTH_FAILED when the client is refused;
 * ERR_UPSTREAM of kind `temporary` for 429 and 5xx; ERR_NOT_SENT, ERR_NO_ANSWER, ERR_TIMEOUT; ERR_RESPONSE_INVALID
 */
export async function requestToken(
  io: OAuthIo,
  server: oauth.AuthorizationServer,
  call: { client: OAuthClient; grant: Grant },
): Promise<TokenAnswer> {
  const { client, grant } = call;
  const wire = createWire(io);
  const options = { [oauth.customFetch]: wire.fetch, [oauth.allowInsecureRequests]: isInsecure(server.token_endpoint) };
  const party: oauth.Client = { client_id: client.id };
  const auth = clientAuth(client);
  const sentAt = performance.now();
  try {
    const answer = await exchange(server, { party, auth, grant, options });
    const spentMs = performance.now() - sentAt;
    const lifeMs = answer.expires_in === undefined ? DEFAULT_LIFE_MS : answer.expires_in * 1000;
    return {
      accessToken: answer.access_token,
      // What the request took is taken off: the service began to count before the answer arrived.
      lifeMs: Math.max(0, lifeMs - spentMs),
      refreshToken: answer.refresh_token,
      scope: answer.scope,
    };
  } catch (error) {
    throw toTokenFailure(error, wire.last(), { server, secrets: secretsOf(call), now: io.clock.now() });
  }
}

/** Asks the service to forget a token (RFC 7009). Returns false when it offers no revocation. @throws as `requestToken` */
export async function revokeToken(
  io: OAuthIo,
  server: oauth.AuthorizationServer,
  call: { client: OAuthClient; token: string },
): Promise<boolean> {
  if (server.revocation_endpoint === undefined) return false;
  const wire = createWire(io);
  try {
    const response = await oauth.revocationRequest(
      server,
      { client_id: call.client.id },
      clientAuth(call.client),
      call.token,
      {
        [oauth.customFetch]: wire.fetch,
        [oauth.allowInsecureRequests]: isInsecure(server.revocation_endpoint),
      },
    );
    await oauth.processRevocationResponse(response);
    return true;
  } catch (error) {
    throw toTokenFailure(error, wire.last(), {
      server,
      secrets: [call.token, call.client.secret],
      now: io.clock.now(),
    });
  }
}

async function exchange(
  server: oauth.AuthorizationServer,
  call: { party: oauth.Client; auth: oauth.ClientAuth; grant: Grant; options: oauth.TokenEndpointRequestOptions },
): Promise<oauth.TokenEndpointResponse> {
  const { party, auth, grant, options } = call;
  switch (grant.kind) {
    case 'client_credentials': {
      const response = await oauth.clientCredentialsGrantRequest(server, party, auth, { scope: grant.scope }, options);
      return oauth.processClientCredentialsResponse(server, party, response);
    }
    case 'refresh_token': {
      const response = await oauth.refreshTokenGrantRequest(server, party, auth, grant.refreshToken, options);
      return oauth.processRefreshTokenResponse(server, party, response);
    }
    case 'authorization_code': {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        party,
        auth,
        grant.callback,
        grant.redirectUri,
        grant.verifier,
        options,
      );
      return oauth.processAuthorizationCodeResponse(server, party, response);
    }
    default:
      return grant satisfies never;
  }
}

/**
 * Basic credentials are percent-encoded but for `-`, `_` and `.`, as Databricks' SDKs send them; oauth4webapi's own
 * ClientSecretBasic encodes those too, which servers that do not decode would refuse for every UUID.
 */
function clientAuth(client: OAuthClient): oauth.ClientAuth {
  const { secret } = client;
  if (secret === undefined) return oauth.None();
  if (client.shows === 'body') return oauth.ClientSecretPost(secret);
  return (_server, party, _body, headers) => {
    const pair = `${encodeURIComponent(party.client_id)}:${encodeURIComponent(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };
}

/** Our HTTP under oauth4webapi: the same limits, host rules and time limits as every other call. */
function createWire(io: OAuthIo) {
  let last: Refusal | undefined;
  return {
    last: () => last,
    fetch: async (
      url: string,
      options: oauth.CustomFetchOptions<string, URLSearchParams | undefined | null>,
    ): Promise<Response> => {
      const response = await io.http.send({
        method: options.method,
        url,
        headers: { ...options.headers },
        ...(options.body == null ? {} : { body: options.body.toString() }),
        timeoutMs: TOKEN_TIMEOUT_MS,
        maxBytes: TOKEN_MAX_BYTES,
      });
      const text = response.body.toString('utf8');
      last = { status: response.status, text, retryAfter: response.headers['retry-after'] };
      const type = response.headers['content-type'];
      return new Response(text === '' ? null : text, {
        status: response.status,
        headers: typeof type === 'string' ? { 'content-type': type } : {},
      });
    },
  };
}

function secretsOf(call: { client: OAuthClient; grant: Grant }): (string | undefined)[] {
  const { grant } = call;
  const own =
    grant.kind === 'refresh_token'
      ? [grant.refreshToken]
      : grant.kind === 'authorization_code'
        ? [grant.verifier, grant.callback.get('code') ?? undefined]
        : [];
  // As it is in a Basic header, too.
  const basic = Buffer.from(`${call.client.id}:${call.client.secret ?? ''}`).toString('base64');
  return [call.client.secret, basic, ...own];
}

/** Only loopback HTTP that the operator listed gets past `checkHost`, which every server went through. */
function isInsecure(url: string | undefined): boolean {
  return url?.startsWith('http:') ?? false;
}
