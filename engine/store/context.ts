import type { Clock } from '../process/clock.ts';
import type { Config } from '../process/config.ts';
import type { Logger } from '../process/log.ts';
import type { Meters } from './meters.ts';
import type { RecordChanges } from './record-changes.ts';
import type { RedisClient } from './redis-client.ts';
import type { Keys } from './redis-keys.ts';

/**
 * What the store floor is given. Here belongs what speaks with Redis: the client, its keys and scripts, records and
 * their lists, locks, quotas, counters, and which processes live. It knows no secret, no account and no run.
 */
export interface Context {
  config: Config;
  redis: RedisClient;
  keys: Keys;
  clock: Clock;
  log: Logger;
  meters: Meters;
  changes: RecordChanges;
}
