import type { Connector } from '../../connector/manifest.ts';
import type { AccountLimits, LinkedAccountRecord } from '../credentials/records/authentication-record.ts';
import type { Context } from './context.ts';
import type { Place } from './place.ts';

/**
 * What a workspace may be asked at most: the account's own limits, else its connector's. A host that the operator listed
 * (an emulator, a proxy) has none but the account's own.
 */
export function placeOf(
  ctx: Context,
  to: Pick<Place, 'tenant' | 'origin' | 'authentication'> & {
    limits?: AccountLimits | undefined;
    connector: Connector;
  },
): Place {
  const usual = ctx.isListed(to.origin) ? undefined : to.connector.manifest.limits;
  return {
    tenant: to.tenant,
    origin: to.origin,
    authentication: to.authentication,
    perSecond: to.limits?.per_second ?? usual?.per_second,
    concurrent: to.limits?.concurrent ?? usual?.concurrent,
  };
}

/** Most runs of an account that can be in flight at once; 0 for no limit of its own. Each has one request open at most. */
export async function maxInFlight(
  ctx: Context,
  account: LinkedAccountRecord | undefined,
  authentication: string | undefined,
): Promise<number> {
  if (account === undefined) return 0;
  const connector = ctx.manifests.connectors.get(account.connector);
  const found = ctx.tokens.authentications.get(authentication ?? account.default_authentication ?? '');
  const record = found instanceof Promise ? await found : found;
  if (connector === undefined || record === undefined) return account.limits?.concurrent ?? 0;
  return (
    placeOf(ctx, { tenant: account.tenant, origin: record.value.host, limits: account.limits, connector }).concurrent ??
    0
  );
}
