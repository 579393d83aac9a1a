import { ConnectorError } from '../../connector/errors.ts';
import type { Clock } from '../process/clock.ts';
import type { Logger } from '../process/log.ts';
import type { Write } from './records.ts';
import type { RedisClient } from './redis-client.ts';
import type { Keys } from './redis-keys.ts';

/** The version of the layout that this code reads and writes. It rises with each step in migrations.ts. */
export const SCHEMA_VERSION = 2;

/** What looking at the version of a store needs. */
export interface SchemaStore {
  redis: RedisClient;
  keys: Keys;
  clock: Clock;
  log: Logger;
}

/** What a store says of its layout. */
export interface Stamp {
  version: number;
  /** Code of this schema version or later can work on the store, beside code of `version`. */
  oldestReader: number;
}

/** Stores that were written before there were stamps. */
export const UNSTAMPED: Stamp = Object.freeze({ version: 1, oldestReader: 1 });

/** The stamp of a store, `UNSTAMPED` for one of version 1, undefined for an empty one. Changes nothing. */
export async function readStamp({ redis, keys }: Pick<SchemaStore, 'redis' | 'keys'>): Promise<Stamp | undefined> {
  const [version, oldestReader] = await redis.hmget(keys.schemaVersion(), 'version', 'oldest_reader');
  if (version != null) return { version: Number(version), oldestReader: Number(oldestReader) };
  // Code of every version writes this before anything else.
  return (await redis.exists(keys.keyChecks())) === 1 ? UNSTAMPED : undefined;
}

/** Whether this code can work on a store as it is. */
export function isReadable({ version, oldestReader }: Stamp): boolean {
  return version === SCHEMA_VERSION || (version > SCHEMA_VERSION && oldestReader <= SCHEMA_VERSION);
}

/** The error of a store that was migrated beyond this code. */
export function tooNew({ version, oldestReader }: Stamp): ConnectorError {
  return new ConnectorError(
    'ERR_SCHEMA_VERSION',
    `the store in Redis has schema version ${version} and needs a Penstock of schema version ${oldestReader} or later; this one has schema version ${SCHEMA_VERSION}`,
    {
      hint: 'A later version of Penstock upgraded the store. Start that version, or restore the backup that was made before the upgrade; see docs/guides/upgrade.md.',
    },
  );
}

export function stampWrite({ keys }: Pick<SchemaStore, 'keys'>, { version, oldestReader }: Stamp): Write {
  return ['HSET', keys.schemaVersion(), 'version', version, 'oldest_reader', oldestReader];
}

/**
 * Code of version 1 reads no stamp. When it starts, it looks in the index `sealed-with` for encryption keys that it was not given, and
 * refuses to start when it finds one. This entry, of a key that nobody has, keeps it away from a store of a later version; its message
 * quotes the text. Later versions keep that index under another name.
 */
export const VERSION_1_FENCE = 'none: schema version 2 or later, start a later Penstock|schema:version';

/** Keeps code of version 1 from starting. */
export function fenceWrite({ keys }: Pick<SchemaStore, 'keys'>): Write {
  return ['ZADD', keys.sealedWithOfVersion1(), 0, VERSION_1_FENCE];
}

/** Removes the guard, of a store that stays at version 1. */
export function unfenceWrite({ keys }: Pick<SchemaStore, 'keys'>): Write {
  return ['ZREM', keys.sealedWithOfVersion1(), VERSION_1_FENCE];
}
