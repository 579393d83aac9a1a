import type { AuthorizationServer } from 'oauth4webapi';
import type { AuthModeManifest } from '../../../connector/auth-mode.ts';
import { fillText, firstFilled } from '../../../connector/auth-text.ts';
import { literalHost, wholeHost } from '../../../connector/base-urls.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { checkHost } from '../../../connector/hosts.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';

/** Where an authorization server is: the login of a connector, for the fields of an account or an app. */
export interface ServerPlace {
  connector: Connector;
  mode: AuthModeManifest;
  /** What the URLs of the mode read as `{account.x}`. */
  account: JsonObject;
}

const DISCOVERY_TIMEOUT_MS = 5000;
const DISCOVERY_MAX_BYTES = 262_144;
const KNOWN_MS = 3_600_000;
/** A discovery that failed is tried again soon; until then the fixed endpoints serve. */
const UNKNOWN_MS = 60_000;
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint'] as const;
const DOCUMENTS = { oauth: 'oauth-authorization-server', openid: 'openid-configuration' };

/**
 * The endpoints of a place: discovered from its issuer (RFC 8414, with the document's name after the issuer's path), else the ones that
 * the mode names. A document whose issuer is not the one asked for is not used (RFC 8414 section 3.3).
 * @throws ConnectorError ERR_HOST_NOT_ALLOWED when an endpoint may not receive credentials.
 */
export async function findServer(
  ctx: Pick<Context, 'http' | 'config' | 'clock' | 'log' | 'servers'>,
  place: ServerPlace,
): Promise<AuthorizationServer> {
  const fixed = fixedServer(place);
  const { id, own } = place.connector;
  // Connectors of two tenants may have the same id, and other hosts.
  const owner = own === undefined ? '' : `${own.tenant} ${own.revision}`;
  const key = `${owner} ${id} ${place.mode.id} ${JSON.stringify(fixed)}`;
  const known = ctx.servers.get(key);
  if (known !== undefined && ctx.clock.now() < known.until) return known.server;
  const issuer = issuerOf(place);
  if (issuer !== undefined) checkEndpoint(ctx, place, issuer);
  const found = issuer === undefined ? undefined : await discover(ctx, issuer, place.mode);
  const server = found ?? fixed;
  if (server.token_endpoint === undefined) throw noServer(place);
  for (const name of ENDPOINTS) if (server[name] !== undefined) checkEndpoint(ctx, place, server[name]);
  const until = ctx.clock.now() + (found === undefined && issuer !== undefined ? UNKNOWN_MS : KNOWN_MS);
  ctx.servers.set(key, { server, until }, JSON.stringify(server).length);
  return server;
}

/** Where people sign in, of a login that has no address of its own. @throws ConnectorError ERR_HOST_INVALID when a field is missing */
export function loginOrigin(place: ServerPlace): string {
  const { issuer, token_endpoint: token } = fixedServer(place);
  const url = token ?? issuer;
  if (!URL.canParse(url)) throw noServer(place);
  return new URL(url).origin;
}

/** The endpoints must be at hosts of the connector, which the manifest writes out, or that the operator listed. */
function checkEndpoint(ctx: Pick<Context, 'config'>, { connector, mode }: ServerPlace, url: string): void {
  const written = [mode.authorize_url, mode.token_url, ...(mode.issuer ?? [])].map((text) =>
    text === undefined ? undefined : literalHost(text),
  );
  const pattern = mode.hosts === undefined ? undefined : wholeHost(mode.hosts);
  const isHost = (host: string) =>
    written.includes(host) ||
    pattern?.test(host) === true ||
    [...connector.baseUrls.values()].some((base) => base.isHost(host));
  checkHost(new URL(url).origin, { connector, isHost, allowedHosts: ctx.config.allowedHosts });
}

function issuerOf({ mode, account }: ServerPlace): string | undefined {
  return firstFilled(mode.issuer ?? [], { account: encoded(account) });
}

function fixedServer(place: ServerPlace): AuthorizationServer {
  const { mode, account } = place;
  const issuer = issuerOf(place);
  const url = (text: string | undefined) =>
    text === undefined ? undefined : fillText(text, { account: encoded(account), issuer });
  const [authorize, token] = [url(mode.authorize_url), url(mode.token_url)];
  for (const each of [authorize, token]) if (each !== undefined && !URL.canParse(each)) throw noServer(place);
  return {
    issuer: issuer ?? (token === undefined ? '' : new URL(token).origin),
    ...(authorize === undefined ? {} : { authorization_endpoint: authorize }),
    ...(token === undefined ? {} : { token_endpoint: token }),
  };
}

/** A value is one part of a path; an address stays as it is. */
function encoded(account: JsonObject): JsonObject {
  const entries = Object.entries(account).map(([name, value]): [string, JsonObject[string]] => [
    name,
    typeof value === 'string' && !/^https?:\/\//.test(value) ? encodeURIComponent(value) : value,
  ]);
  return Object.fromEntries(entries);
}

function noServer({ connector, mode }: ServerPlace): ConnectorError {
  return new ConnectorError('ERR_HOST_INVALID', `the token URL of ${connector.manifest.title} is missing`, {
    hint: `Set the fields that the login "${mode.title}" requires.`,
    sent: 'no',
  });
}

async function discover(
  ctx: Pick<Context, 'http' | 'log'>,
  issuer: string,
  { discovery = 'oauth' }: AuthModeManifest,
): Promise<AuthorizationServer | undefined> {
  try {
    const response = await ctx.http.send({
      method: 'GET',
      url: `${issuer.replace(/\/$/, '')}/.well-known/${DOCUMENTS[discovery]}`,
      headers: { accept: 'application/json' },
      timeoutMs: DISCOVERY_TIMEOUT_MS,
      maxBytes: DISCOVERY_MAX_BYTES,
    });
    if (response.status !== 200) return undefined;
    const document = JSON.parse(response.body.toString('utf8')) as AuthorizationServer;
    if (document.issuer !== issuer) {
      ctx.log.warn(
        { issuer, found: document.issuer },
        'OAuth discovery returned a different issuer; using the fixed endpoints',
      );
      return undefined;
    }
    const hasEndpoints = ENDPOINTS.every((name) => document[name] === undefined || URL.canParse(document[name]));
    return hasEndpoints && document.token_endpoint !== undefined ? document : undefined;
  } catch (error) {
    // Discovery is a courtesy: a host without it, or one that is away for now, is served by the fixed endpoints.
    ctx.log.debug({ issuer, reason: (error as Error).message }, 'OAuth discovery failed; using the fixed endpoints');
    return undefined;
  }
}
