import type { Http } from '../connector/http.ts';
import type { Catalogue } from '../connector/manifest.ts';
import type { ArtifactStore } from './artifacts.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Queues } from './queue.ts';
import type { Keys, RedisClient } from './redis.ts';
import type { Keyring } from './seal.ts';
import type { TokenCache } from './token-cache.ts';

/** What every part of the running system is given; opened once per process by `openContext`. */
export interface Context {
  config: Config;
  redis: RedisClient;
  keys: Keys;
  clock: Clock;
  log: Logger;
  catalogue: Catalogue;
  http: Http;
  keyring: Keyring;
  tokens: TokenCache;
  artifacts: ArtifactStore;
  queues: Queues;
}
