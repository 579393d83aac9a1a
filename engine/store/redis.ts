import { Cluster, type Redis, type RedisOptions } from 'ioredis';
import { ConnectorError } from '../../connector/errors.ts';
import { JoiningRedis } from './join-writes.ts';
import type { RedisClient } from './redis-client.ts';
import { hideCredentials, parseRedisUrl } from './redis-url.ts';
import { loadScripts } from './scripts.ts';

/** First reconnect after 50 ms, then doubling; never more than 2 s apart, so that a returning Redis is used at once. */
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;
/** A Redis that accepts a request and is silent for this long counts as unavailable: callers get an error instead of waiting. */
const COMMAND_TIMEOUT_MS = 5000;
/**
 * A connection that owes an answer for this long is given up and recreated: a machine that lost its power says no goodbye, and the system
 * would wait for a quarter of an hour. BullMQ lets a command block for ten seconds.
 */
const REDIS_TIMINGS: { readonly silentMs: number } = Object.freeze({ silentMs: 20_000 });

/**
 * What happens to a command while Redis is unavailable: `wait` keeps it until Redis is available again (workers: no active work is lost),
 * `fail` refuses it at once (the API: nothing is accepted that cannot be kept).
 */
export type WhenUnavailable = 'wait' | 'fail';

/**
 * Opens a client of what `parseRedisUrl` reads: one server, a Sentinel group or a Cluster, with TLS or without.
 * Connects in the background; await `whenReady`. The caller closes it with `quit` or `disconnect`.
 * @throws ConnectorError ERR_CONFIG for a URL of another form.
 */
export function openRedis(url: string, whenAway: WhenUnavailable, { silentMs } = REDIS_TIMINGS): RedisClient {
  const options: RedisOptions = {
    maxRetriesPerRequest: whenAway === 'wait' ? null : 0,
    enableOfflineQueue: whenAway === 'wait',
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: silentMs,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times, 10), RECONNECT_MOST_MS),
    // A Sentinel failover leaves connections to a server that became a replica; reconnecting finds the new master.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    scripts: loadScripts(),
    ...(whenAway === 'fail' ? { commandTimeout: COMMAND_TIMEOUT_MS } : {}),
  };
  const { kind, isTls, nodes, credentials, sentinelCredentials, db, group } = parseRedisUrl(url);
  const tls = isTls ? { tls: {} } : {};
  switch (kind) {
    case 'single':
      return quiet(new JoiningRedis({ ...options, ...credentials, ...tls, ...nodes[0], db }));
    case 'sentinel': {
      // The Sentinels speak TLS as well, or a password would go to them in the clear.
      const sentinelTls = isTls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {};
      return quiet(
        new JoiningRedis({
          ...options,
          ...credentials,
          ...sentinelCredentials,
          ...tls,
          ...sentinelTls,
          sentinels: [...nodes],
          name: group,
          db,
        }),
      );
    }
    case 'cluster': {
      const cluster = new Cluster([...nodes], {
        redisOptions: {
          ...credentials,
          ...tls,
          connectTimeout: CONNECT_TIMEOUT_MS,
          socketTimeout: silentMs,
          ...(whenAway === 'fail' ? { commandTimeout: COMMAND_TIMEOUT_MS } : {}),
          maxRetriesPerRequest: options.maxRetriesPerRequest ?? null,
        },
        enableOfflineQueue: whenAway === 'wait',
        clusterRetryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times, 10), RECONNECT_MOST_MS),
        scripts: options.scripts,
      });
      return quiet(cluster as unknown as Redis);
    }
  }
}

/**
 * Resolves when commands can be sent.
 * @throws ConnectorError ERR_REDIS_UNAVAILABLE after `timeoutMs`, with the address (never the password) and what to do.
 */
export async function whenReady(redis: RedisClient, url: string, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  let last = 'no response';
  const remember = (error: Error) => {
    last = error.message;
  };
  redis.on('error', remember);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(last)), timeoutMs);
      redis.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  } catch (cause) {
    throw new ConnectorError('ERR_REDIS_UNAVAILABLE', `Redis at ${hideCredentials(url)} does not respond (${last})`, {
      hint: 'Start Redis, or set REDIS_URL to a running Redis. "penstock doctor" checks it.',
      cause,
    });
  } finally {
    redis.off('error', remember);
  }
}

/** True for errors that mean Redis is unavailable or refuses commands for now, as opposed to a wrong command. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'ClusterAllFailedError') return true;
  return /Stream isn't writeable|Connection is closed|aborted due to connection close|Command timed out|ECONNREFUSED|ECONNRESET|EPIPE|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|OOM command|MISCONF/.test(
    error.message,
  );
}

/** True for those of `isRedisUnavailable` whose command may have reached Redis: what it was to write may be there. */
export function mayBeWritten(error: Error): boolean {
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    /Command timed out|Connection is closed|ECONNRESET|EPIPE/.test(error.message)
  );
}

/** Whether a client is of a Cluster, whose commands go to several servers. */
export function isCluster(redis: RedisClient): boolean {
  return (redis as unknown) instanceof Cluster;
}

/** The servers that a client is connected to, by address, in an order that every process finds. A client of one server has one, unnamed. */
export function nodesOf(redis: RedisClient): { name: string; node: RedisClient }[] {
  if (!isCluster(redis)) return [{ name: '', node: redis }];
  return (redis as unknown as Cluster)
    .nodes('master')
    .map((node) => ({ name: `${node.options.host}:${node.options.port}`, node: node as RedisClient }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** ioredis throws an unhandled 'error' event otherwise; commands carry their own errors and `whenReady` reports the first. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {
    // The state of the connection is read from `status`; see `whenReady` and /readyz.
  });
  return redis;
}
