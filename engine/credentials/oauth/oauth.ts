import { webcrypto } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import type { AnswerManifest } from '../../../connector/auth-mode.ts';
import type { Context } from '../context.ts';
import { readPrivateKey } from './assertion.ts';
import { type Refusal, toTokenFailure } from './oauth-failure.ts';
import { readAnswer } from './token-answer.ts';

export type { AuthorizationServer } from 'oauth4webapi';

/** How a client shows who it is: by Basic, in the body, by a signed assertion, or a public one by its id alone. */
export interface OAuthClient {
  id: string;
  secret: string | undefined;
  shows: 'basic' | 'body' | 'none' | 'private_key_jwt';
  /** Of `private_key_jwt`: PEM, and the id by which the server knows it. */
  key?: string | undefined;
  keyId?: string | undefined;
}

/** One token request. */
export interface TokenCall {
  client: OAuthClient;
  grant: Grant;
  /** Further parameters, such as an audience. */
  parameters?: Readonly<Record<string, string>>;
  /** Where things are in an answer that is not RFC 6749's. */
  answer?: AnswerManifest | undefined;
}

/** What to ask the token endpoint for. */
export type Grant =
  | { kind: 'client_credentials'; scope: string }
  | { kind: 'refresh_token'; refreshToken: string }
  /** A signed assertion, as a parameter or as the token of the request. */
  | { kind: 'jwt_bearer'; assertion: string; sent: 'form' | 'bearer' }
  | { kind: 'authorization_code'; callback: URLSearchParams; redirectUri: string; verifier: string };

export interface TokenAnswer {
  accessToken: string;
  /** From the moment the request was sent. */
  lifeMs: number;
  /** Absent when the service keeps the old one. */
  refreshToken: string | undefined;
  /** What was granted, when the service says so. */
  scope: string | undefined;
  /** Whether the answer says when it ends. */
  hasEnd: boolean;
  /** Who signed in, where the answer says so. */
  userName: string | undefined;
}

/** What the protocol needs of the running system. */
export type OAuthIo = Pick<Context, 'http' | 'clock'>;

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOKEN_TIMEOUT_MS = 15_000;
const TOKEN_MAX_BYTES = 262_144;
/** For an answer without `expires_in`. */
const DEFAULT_LIFE_MS = 3_600_000;
/** Ten years. What a service says beyond is renewed early; Redis and dates take no number of any size. */
const MAX_LIFE_MS = 315_576_000_000;

/**
 * One token request. Never retried here: a refresh token may be good for one use only.
 * @throws ConnectorError ERR_NEEDS_REAUTH for `invalid_grant`; ERR_AUTH_FAILED when the client is refused;
 * ERR_UPSTREAM of kind `temporary` for 429 and 5xx; ERR_NOT_SENT, ERR_NO_ANSWER, ERR_TIMEOUT; ERR_RESPONSE_INVALID
 */
export async function requestToken(
  io: OAuthIo,
  server: oauth.AuthorizationServer,
  call: TokenCall,
): Promise<TokenAnswer> {
  const { client, grant, parameters = {} } = call;
  const wire = createWire(io, call.answer);
  const options = { [oauth.customFetch]: wire.fetch, [oauth.allowInsecureRequests]: isInsecure(server.token_endpoint) };
  const party: oauth.Client = { client_id: client.id };
  const auth = await clientAuth(client);
  const sentAt = performance.now();
  try {
    const answer = await exchange(server, {
      party,
      auth,
      grant,
      options: { ...options, additionalParameters: { ...parameters } },
    });
    const spentMs = performance.now() - sentAt;
    const lifeMs = answer.expires_in === undefined ? DEFAULT_LIFE_MS : Math.min(answer.expires_in * 1000, MAX_LIFE_MS);
    return {
      accessToken: answer.access_token,
      // What the request took is taken off: the service began to count before the answer arrived.
      lifeMs: Math.max(0, lifeMs - spentMs),
      refreshToken: answer.refresh_token,
      scope: answer.scope,
      hasEnd: answer.expires_in !== undefined,
      userName: typeof answer.user_name === 'string' ? answer.user_name : undefined,
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
      await clientAuth(call.client),
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
      const asked: Record<string, string> = grant.scope === '' ? {} : { scope: grant.scope };
      const parameters = { ...asked, ...(options.additionalParameters as Record<string, string>) };
      const response = await oauth.clientCredentialsGrantRequest(server, party, auth, parameters, options);
      return oauth.processClientCredentialsResponse(server, party, response);
    }
    case 'refresh_token': {
      const response = await oauth.refreshTokenGrantRequest(server, party, auth, grant.refreshToken, options);
      return oauth.processRefreshTokenResponse(server, party, response);
    }
    case 'jwt_bearer': {
      const isForm = grant.sent === 'form';
      const response = await oauth.genericTokenEndpointRequest(
        server,
        party,
        isForm ? nothing : bearer(grant.assertion),
        JWT_BEARER,
        isForm ? { assertion: grant.assertion } : {},
        options,
      );
      return oauth.processGenericTokenEndpointResponse(server, party, response);
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
 * Basic credentials are percent-encoded but for `-`, `_` and `.`, as common SDKs send them; oauth4webapi's own
 * ClientSecretBasic encodes those too, which servers that do not decode would refuse for every UUID.
 */
async function clientAuth(client: OAuthClient): Promise<oauth.ClientAuth> {
  const { secret } = client;
  if (client.shows === 'private_key_jwt') {
    const key = await importKey(client.key ?? '');
    const kid = client.keyId;
    return oauth.PrivateKeyJwt(kid === undefined ? key : { key, kid });
  }
  if (secret === undefined || client.shows === 'none') return oauth.None();
  if (client.shows === 'body') return oauth.ClientSecretPost(secret);
  return (_server, party, _body, headers) => {
    const pair = `${encodeURIComponent(party.client_id)}:${encodeURIComponent(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };
}

/** The key for oauth4webapi: RSA signs with RS256, EC on P-256 with ES256. @throws ConnectorError ERR_AUTH_FAILED */
async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = readPrivateKey(pem);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

/** The assertion is a parameter. */
const nothing: oauth.ClientAuth = () => undefined;

/** The assertion is the token of the request. */
function bearer(assertion: string): oauth.ClientAuth {
  return (_server, _party, body, headers) => {
    for (const name of [...body.keys()]) body.delete(name);
    headers.set('authorization', `Bearer ${assertion}`);
  };
}

/** Our HTTP under oauth4webapi: the same limits, host rules and time limits as every other call. */
function createWire(io: OAuthIo, answer: AnswerManifest | undefined = undefined) {
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
        headers: { ...options.headers, accept: 'application/json' },
        ...(options.body == null ? {} : { body: options.body.toString() }),
        timeoutMs: TOKEN_TIMEOUT_MS,
        maxBytes: TOKEN_MAX_BYTES,
      });
      const text = response.body.toString('utf8');
      last = { status: response.status, text, retryAfter: response.headers['retry-after'] };
      const type = response.headers['content-type'];
      const read = readAnswer({ status: response.status, text, now: io.clock.now() }, answer);
      last.status = read.status;
      return new Response(read.text === '' ? null : read.text, {
        status: read.status,
        headers: typeof type === 'string' ? { 'content-type': type } : {},
      });
    },
  };
}

function secretsOf(call: Pick<TokenCall, 'client' | 'grant'>): (string | undefined)[] {
  const { grant } = call;
  const own =
    grant.kind === 'refresh_token'
      ? [grant.refreshToken]
      : grant.kind === 'authorization_code'
        ? [grant.verifier, grant.callback.get('code') ?? undefined]
        : grant.kind === 'jwt_bearer'
          ? [grant.assertion]
          : [];
  // As it is in a Basic header, too.
  const basic = Buffer.from(`${call.client.id}:${call.client.secret ?? ''}`).toString('base64');
  return [call.client.secret, call.client.key, basic, ...own];
}

/** Only loopback HTTP that the operator listed gets past `checkHost`, which every server went through. */
function isInsecure(url: string | undefined): boolean {
  return url?.startsWith('http:') ?? false;
}
