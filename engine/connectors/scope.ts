import { ConnectorError } from '../../connector/errors.ts';
import type { Context, Scope } from './context.ts';

/**
 * The context with the manifests that a tenant has now. For a tenant without connectors of its own, it is the context itself, without a
 * promise while this process knows the tenant. Another process' change is known within milliseconds, and within 30 seconds where Redis'
 * message was missed.
 */
export function scopeOf<C extends Context>(ctx: C, tenant: string): C | Promise<C> {
  const found = ctx.tenants.get(tenant);
  if (found instanceof Promise) return found.then((known) => inCatalog(ctx, tenant, known?.catalog));
  return inCatalog(ctx, tenant, found?.catalog);
}

/**
 * The context with the manifests with which a run began. Where they are no longer kept, which no run that is open should see, those that
 * the tenant has now.
 */
export function scopeOfRun<C extends Context>(ctx: C, run: { tenant: string; catalog?: number }): C | Promise<C> {
  const found = inCatalog(ctx, run.tenant, run.catalog);
  if (!(found instanceof Promise)) return found;
  return found.catch((error: unknown) => {
    if (!(error instanceof ConnectorError) || error.code !== 'ERR_NOT_FOUND') throw error;
    ctx.log.warn({ tenant: run.tenant, catalog: run.catalog }, 'the connectors of a run are not kept');
    return scopeOf(ctx, run.tenant);
  });
}

function inCatalog<C extends Context>(ctx: C, tenant: string, catalog: number | undefined): C | Promise<C> {
  const { scope, catalogs } = ctx;
  if (catalog === undefined) return scope === undefined ? ctx : scoped(ctx, undefined, catalogs.builtIn);
  if (scope?.tenant === tenant && scope.catalog === catalog) return ctx;
  const wanted = { tenant, catalog };
  const manifests = catalogs.get(tenant, catalog);
  if (manifests instanceof Promise) return manifests.then((loaded) => scoped(ctx, wanted, loaded));
  return scoped(ctx, wanted, manifests);
}

function scoped<C extends Context>(ctx: C, wanted: Scope | undefined, manifests: C['manifests']): C {
  const { scope: _, ...rest } = ctx;
  // Of a tenant that has removed all of its connectors, nothing is different.
  const isOwn = wanted !== undefined && manifests !== ctx.catalogs.builtIn;
  return { ...rest, manifests, ...(isOwn ? { scope: wanted } : {}) } as C;
}
