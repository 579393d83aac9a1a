import { ConnectorError } from '../connector/errors.ts';
import { isListed } from '../connector/hosts.ts';
import { createHttp } from '../connector/http.ts';
import { loadCatalogue } from '../connector/manifest.ts';
import { openArtifacts } from './artifacts.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { createLogger } from './log.ts';
import { openQueues } from './queue.ts';
import { createKeys, openRedis, type WhenAway, whenReady } from './redis.ts';
import { createKeyring } from './seal.ts';
import { openTokenCache } from './token-cache.ts';

export const MANIFESTS = new URL('../manifests/', import.meta.url);

/** Redis that takes longer to start than this is not starting. */
const READY_TIMEOUT_MS = 15_000;

/**
 * Opens everything one process needs. A worker waits for a Redis that is away, the API refuses at once.
 * The caller ends it with `closeContext`.
 * @throws ConnectorError ERR_CONFIG, ERR_REDIS_UNAVAILABLE, ERR_MANIFEST_INVALID
 */
export async function openContext(
  config: Config,
  role: 'api' | 'worker',
  given: Partial<Context> = {},
): Promise<Context> {
  if (config.redisUrl === undefined) {
    throw new ConnectorError('ERR_CONFIG', 'REDIS_URL is not set', {
      hint: 'Set it to a Redis such as redis://127.0.0.1:6379, or use "npm start", which runs its own.',
    });
  }
  if (config.encryptionKeys === undefined) {
    throw new ConnectorError('ERR_CONFIG', 'PENSTOCK_ENCRYPTION_KEYS is not set', {
      hint: 'Set it to id:base64 of 32 random bytes, such as the output of: echo "k1:$(openssl rand -base64 32)". Keep it: what it sealed opens with nothing else.',
    });
  }
  const whenAway: WhenAway = role === 'api' ? 'fail' : 'wait';
  const keyring = given.keyring ?? createKeyring(config.encryptionKeys);
  const catalogue = given.catalogue ?? (await loadCatalogue(MANIFESTS));
  const artifacts = given.artifacts ?? openArtifacts(config.artifactsUrl);
  const redis = openRedis(config.redisUrl, whenAway);
  try {
    await whenReady(redis, config.redisUrl, READY_TIMEOUT_MS);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const keys = createKeys(config.prefix);
  const clock = given.clock ?? systemClock;
  return {
    config,
    redis,
    keys,
    clock,
    catalogue,
    keyring,
    artifacts,
    log: given.log ?? createLogger(config.logLevel),
    http: given.http ?? createHttp({ allowPrivate: (host) => isAllowedPrivate(host, config.allowedHosts) }),
    tokens: openTokenCache({ redis, keys, clock, subscriber: openRedis(config.redisUrl, 'wait') }),
    queues: openQueues(redis, config.prefix),
  };
}

/** Ends what `openContext` began. Commands in flight are answered first. */
export async function closeContext(ctx: Context): Promise<void> {
  await ctx.tokens.close();
  await ctx.queues.close();
  ctx.http.close();
  ctx.redis.disconnect();
}

/** Private and loopback addresses are reached only where the operator listed them. */
function isAllowedPrivate(host: string, allowedHosts: readonly string[]): boolean {
  return ['https', 'http'].some((scheme) => isListed(`${scheme}://${host}`, allowedHosts));
}
