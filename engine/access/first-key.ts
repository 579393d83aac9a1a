import { ConnectorError } from '../../connector/errors.ts';
import { createApiKey, DELETED_KEY, hashOfKey, MIN_KEY_LENGTH } from './api-keys.ts';
import type { Context } from './context.ts';
import { ensureTenant } from './tenants.ts';

/** The tenant of anyone who runs the installation. */
export const FIRST_TENANT = 'default';

/**
 * Makes the tenant `default` and its admin key from PENSTOCK_API_KEY; called again, or by several processes at once, it changes
 * nothing. A first key that was deleted stays deleted.
 * @throws ConnectorError ERR_CONFIG for a key that is too short
 */
export async function ensureFirstKey(ctx: Context): Promise<void> {
  await ensureTenant(ctx, FIRST_TENANT);
  const key = ctx.config.apiKey;
  if (key === undefined) return;
  if (key.length < MIN_KEY_LENGTH) {
    throw new ConnectorError(
      'ERR_CONFIG',
      `PENSTOCK_API_KEY has ${key.length} characters; use at least ${MIN_KEY_LENGTH}`,
      {
        hint: 'Create one with: openssl rand -hex 32',
      },
    );
  }
  const found = await ctx.redis.get(ctx.keys.apiKeyHash(hashOfKey(key)));
  if (found === DELETED_KEY) {
    // Not an error: anyone who retires the first key should not have to change the environment of every process at once.
    ctx.log.warn(
      'the API key in PENSTOCK_API_KEY was deleted, so it is ignored; set a different key or remove the variable',
    );
    return;
  }
  if (found !== null) return;
  try {
    await createApiKey(ctx, { tenant: FIRST_TENANT, name: 'first key', role: 'admin', key });
  } catch (error) {
    // Another process made it between our look and our write.
    if (!(error instanceof ConnectorError && error.code === 'ERR_CONFLICT')) throw error;
  }
}
