import type { Http } from '../connector/http.ts';
import type { Catalogue } from '../connector/manifest.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Expressions } from './expression-threads/expressions.ts';
import type { DataKeyring } from './keys/data-keyring.ts';
import type { Keyring } from './keys/seal.ts';
import type { Meters } from './load/meters.ts';
import type { PollLists } from './load/poll-lists.ts';
import type { Throttle } from './load/throttle.ts';
import type { Turns } from './load/turns.ts';
import type { Logger } from './log.ts';
import type { Queues } from './queue.ts';
import type { RedisClient } from './redis.ts';
import type { Keys } from './redis-keys.ts';
import type { ArtifactStore } from './runs/artifacts.ts';
import type { TokenCache } from './tokens/token-cache.ts';

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
  /** Seals secrets that are scattered or short-lived: inputs, logins, connect links, remembered answers. */
  dataKeyring: DataKeyring;
  tokens: TokenCache;
  artifacts: ArtifactStore;
  expressions: Expressions;
  queues: Queues;
  throttle: Throttle;
  pollLists: PollLists;
  turns: Turns;
  meters: Meters;
  /** Whether the operator listed this origin in PENSTOCK_ALLOWED_HOSTS. */
  isListed(origin: string): boolean;
}
