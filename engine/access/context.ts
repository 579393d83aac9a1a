import type { Context as SecretsContext } from '../secrets/context.ts';
import type { ApiKeyCache } from './api-key-cache.ts';
import type { TenantCache } from './tenant-cache.ts';

/**
 * What the access floor is given. Here belongs who may do what, and how often: tenants, API keys, roles, rates, the
 * audit log, idempotent answers. It knows no service and no run.
 */
export interface Context extends SecretsContext {
  apiKeys: ApiKeyCache;
  tenants: TenantCache;
}
