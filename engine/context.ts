import type { Http } from '../connector/http.ts';
import type { Catalogue } from '../connector/manifest.ts';
import type { ArtifactStore } from './artifacts/artifacts.ts';
import type { TokenCache } from './credentials/tokens/token-cache.ts';
import type { Expressions } from './expression-threads/expressions.ts';
import type { Clock } from './process/clock.ts';
import type { Config } from './process/config.ts';
import type { Logger } from './process/log.ts';
import type { PollLists } from './queue/poll-lists.ts';
import type { Queues } from './queue/queues.ts';
import type { Throttle } from './queue/throttle.ts';
import type { Turns } from './queue/turns.ts';
import type { DataKeyring } from './secrets/data-keyring.ts';
import type { Keyring } from './secrets/seal.ts';
import type { Meters } from './store/meters.ts';
import type { RedisClient } from './store/redis.ts';
import type { Keys } from './store/redis-keys.ts';

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
