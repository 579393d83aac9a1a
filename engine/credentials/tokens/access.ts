import type { Access } from '../../../connector/access.ts';
import type { Context } from '../context.ts';
import type { Credential, Resolved } from '../records/token-cache.ts';

/** A credential for code that does not speak HTTP. */
export function accessOf(
  ctx: Pick<Context, 'isListed' | 'connections' | 'http'>,
  credential: Credential & Partial<Resolved>,
): Access {
  const { hostname, host, origin } = new URL(credential.baseUrls.api!);
  const { authenticationId: id, version, limits } = credential;
  return {
    ...(limits?.concurrent === undefined ? {} : { concurrent: limits.concurrent }),
    ...(id === undefined ? {} : { keep: (open) => ctx.connections.of({ id, version: version! }, open) }),
    hostname: hostname.replace(/^\[|\]$/g, ''),
    origin,
    rules: credential.connector.manifest.errors ?? [],
    http: ctx.http,
    account: credential.account,
    secrets: credential.fields,
    isListed: ctx.isListed(`https://${host}`) || ctx.isListed(`http://${host}`),
  };
}
