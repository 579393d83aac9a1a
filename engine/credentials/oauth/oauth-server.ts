import type { AuthorizationServer } from 'oauth4webapi';
import { checkHost } from '../../../connector/hosts.ts';
import type { Connector } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';

/** Where an authorization server is: a workspace host, or an account on an account host. */
export interface ServerPlace {
  origin: string;
  accountId: string | undefined;
  connector: Connector;
}

const DISCOVERY_TIMEOUT_MS = 5000;
const DISCOVERY_MAX_BYTES = 262_144;
const KNOWN_MS = 3_600_000;
/** A discovery that failed is tried again soon; until then the fixed endpoints serve. */
const UNKNOWN_MS = 60_000;
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint'] as const;

/**
 * The endpoints of a place: discovered (RFC 8414, at the suffix form Databricks uses), else the fixed ones that its SDKs fall back to.
 * A document whose issuer is not the one asked for is not used (RFC 8414 section 3.3).
 * @throws ConnectorError ERR_HOST_NOT_ALLOWED when a discovered endpoint may not receive credentials.
 */
export async function findServer(
  ctx: Pick<Context, 'http' | 'config' | 'clock' | 'log' | 'servers'>,
  place: ServerPlace,
): Promise<AuthorizationServer> {
  const issuer = issuerOf(place);
  const known = ctx.servers.get(issuer);
  if (known !== undefined && ctx.clock.now() < known.until) return known.server;
  const found = await discover(ctx, issuer);
  const server = found ?? fixedServer(issuer);
  for (const name of ENDPOINTS) {
    const url = server[name];
    if (url !== undefined)
      checkHost(new URL(url).origin, { connector: place.connector, allowedHosts: [...ctx.config.allowedHosts] });
  }
  const until = ctx.clock.now() + (found === undefined ? UNKNOWN_MS : KNOWN_MS);
  ctx.servers.set(issuer, { server, until }, JSON.stringify(server).length);
  return server;
}

/** The issuer identifier of a place. */
function issuerOf(place: Pick<ServerPlace, 'origin' | 'accountId'>): string {
  return place.accountId === undefined
    ? `${place.origin}/oidc`
    : `${place.origin}/oidc/accounts/${encodeURIComponent(place.accountId)}`;
}

function fixedServer(issuer: string): AuthorizationServer {
  return { issuer, authorization_endpoint: `${issuer}/v1/authorize`, token_endpoint: `${issuer}/v1/token` };
}

async function discover(ctx: Pick<Context, 'http' | 'log'>, issuer: string): Promise<AuthorizationServer | undefined> {
  try {
    const response = await ctx.http.send({
      method: 'GET',
      url: `${issuer}/.well-known/oauth-authorization-server`,
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
