import { createBoundedCache } from '../connector/bounded-cache.ts';
import { ConnectorError } from '../connector/errors.ts';
import { isListed } from '../connector/hosts.ts';
import { createHttp } from '../connector/http.ts';
import { loadManifests } from '../connector/load-manifests.ts';
import { MANIFESTS, SERVICES } from '../services/registry.ts';
import { openApiKeyCache } from './access/api-key-cache.ts';
import { openTenantCache } from './access/tenant-cache.ts';
import { openArtifacts } from './artifacts/artifacts.ts';
import { openCatalogs } from './connectors/catalogs.ts';
import type { Context } from './context.ts';
import { createServerCache } from './credentials/oauth/server-cache.ts';
import { keepConnections } from './credentials/records/kept-connections.ts';
import { openTokenCache } from './credentials/records/token-cache.ts';
import { openExpressions } from './expression-threads/expressions.ts';
import { systemClock } from './process/clock.ts';
import type { Config } from './process/config.ts';
import { createLogger } from './process/log.ts';
import { openPollLists } from './queue/poll-lists.ts';
import { openQueues } from './queue/queues.ts';
import { openThrottle } from './queue/throttle.ts';
import { createTurns } from './queue/turns.ts';
import { RUN_HANDLERS } from './run-handlers.ts';
import { type DataKeyring, openDataKeyring } from './secrets/data-keyring.ts';
import { checkKeyring } from './secrets/key-checks.ts';
import { createKeyring } from './secrets/seal.ts';
import { openMeters } from './store/meters.ts';
import { openRecordChanges } from './store/record-changes.ts';
import { isRedisUnavailable, openRedis, type WhenUnavailable, whenReady } from './store/redis.ts';
import { createKeys } from './store/redis-keys.ts';
import { ensureSchema } from './store/schema-version.ts';

/** Redis that takes longer to start than this is not starting. */
const READY_TIMEOUT_MS = 15_000;
/** What is still to be said to Redis at the end has this long: a worker that took eight seconds to park its runs leaves within ten. */
const CLOSE_MS = 500;
/** Hosts; an entry is about 100 bytes, and no host is longer than this with its scheme and port. */
const MAX_REMEMBERED_CHARACTERS = 2_000_000;
const MAX_REMEMBERED_LENGTH = 300;

/**
 * Opens everything one process needs. A worker waits while Redis is unavailable, the API refuses at once.
 * The caller ends it with `closeContext`.
 * @throws ConnectorError ERR_CONFIG (also for an encryption key that is wrong or missing), ERR_SCHEMA_VERSION, ERR_REDIS_UNAVAILABLE, ERR_MANIFEST_INVALID
 */
export async function openContext(
  config: Config,
  role: 'api' | 'worker',
  given: Partial<Context> = {},
): Promise<Context> {
  if (config.redisUrl === undefined) {
    throw new ConnectorError('ERR_CONFIG', 'REDIS_URL is not set', {
      hint: 'Set it to a Redis URL such as redis://127.0.0.1:6379, or use "npm start", which starts its own Redis.',
    });
  }
  if (config.encryptionKeys === undefined) {
    throw new ConnectorError('ERR_CONFIG', 'PENSTOCK_ENCRYPTION_KEYS is not set', {
      hint: 'Set it to id:base64 of 32 random bytes, such as the output of: echo "k1:$(openssl rand -base64 32)". Keep it: without it, the encrypted data cannot be read.',
    });
  }
  const whenAway: WhenUnavailable = role === 'api' ? 'fail' : 'wait';
  const keyring = given.keyring ?? createKeyring(config.encryptionKeys);
  const manifests =
    given.manifests ?? (await loadManifests(MANIFESTS, { services: SERVICES, own: config.connectorFolders }));
  const artifacts = given.artifacts ?? openArtifacts(config.artifactsUrl, config.aws);
  const redis = openRedis(config.redisUrl, whenAway);
  const keys = createKeys(config.prefix);
  const clock = given.clock ?? systemClock;
  const log = given.log ?? createLogger(config.logLevel);
  let dataKeyring: DataKeyring;
  try {
    await whenReady(redis, config.redisUrl, READY_TIMEOUT_MS);
    await ensureSchema({ redis, keys, clock, log });
    await checkKeyring({ redis, keys, keyring, clock });
    dataKeyring = await openDataKeyring({ redis, keys, keyring, clock });
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const changes = openRecordChanges({ keys, subscriber: openRedis(config.redisUrl, 'wait') });
  const isAllowed = remember((origin) => isListed(origin, config.allowedHosts));
  return {
    config,
    redis,
    keys,
    clock,
    manifests,
    catalogs: openCatalogs({ redis, keys }, manifests),
    keyring,
    dataKeyring,
    artifacts,
    expressions: given.expressions ?? openExpressions(),
    log,
    http:
      given.http ??
      createHttp({ allowPrivate: remember((host) => isAllowedPrivate(host, isAllowed)), proxies: config.proxies }),
    changes,
    apiKeys: openApiKeyCache(changes),
    tenants: openTenantCache({ redis, keys, clock, changes }),
    tokens: openTokenCache({ redis, keys, clock, changes }),
    servers: createServerCache(),
    connections: keepConnections(clock),
    handlers: RUN_HANDLERS,
    queues: openQueues(redis, config.prefix, config.tracing),
    throttle: openThrottle({ redis, keys }),
    pollLists: given.pollLists ?? openPollLists(),
    turns: given.turns ?? createTurns(),
    meters: given.meters ?? openMeters({ redis, keys }),
    isListed: isAllowed,
  };
}

/** Ends what `openContext` began. Commands in flight are answered first, unless Redis is unavailable. */
export async function closeContext(ctx: Context): Promise<void> {
  ctx.throttle.close();
  await ctx.expressions.close();
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([closeRedisUsers(ctx), tooLong]);
  clearTimeout(timer);
  await ctx.connections.close();
  ctx.http.close();
  ctx.redis.disconnect();
}

async function closeRedisUsers(ctx: Context): Promise<void> {
  try {
    await Promise.all([ctx.meters.close(), ctx.tokens.close().then(() => ctx.changes.close()), ctx.queues.close()]);
  } catch (error) {
    // Also of commands that the disconnect ends: the process leaves, and nothing of it was promised to anybody.
    if (!isRedisUnavailable(error)) throw error;
  }
}

/** Private and loopback addresses are reached only where the operator listed them. */
function isAllowedPrivate(host: string, isAllowed: (origin: string) => boolean): boolean {
  return ['https', 'http'].some((scheme) => isAllowed(`${scheme}://${host}`));
}

/** Answers are kept, since parsing URLs for every request costs more than the request's own. */
function remember(answer: (text: string) => boolean): (text: string) => boolean {
  const known = createBoundedCache<boolean>(MAX_REMEMBERED_CHARACTERS);
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = answer(text);
      if (text.length > MAX_REMEMBERED_LENGTH) return found;
      known.set(text, found);
    }
    return found;
  };
}
