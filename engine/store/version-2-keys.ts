import type { Migration } from './migrate.ts';
import type { Keys } from './redis-keys.ts';
import { RENAMED_BACKLOG_STATES } from './renamed-words.ts';

const BATCH = 500;

/** Subject of a key of version 1 -> the key that version 2 has in its place, made from what follows the subject. */
export const RENAMED_KEYS: Readonly<Record<string, (keys: Keys, owner: string) => string>> = Object.freeze({
  lane: (keys, account) => keys.backlog(account),
  ring: (keys, tenant) => keys.roundRobin(tenant),
  'in-hand': (keys, owner) => keys.inFlight(owner),
});

/** The hash that says which accounts have a backlog, as version 1 named it. */
export const BACKLOGS_OF_VERSION_1 = 'laned';

/** Gives a key its new name. Done again, it finds nothing. */
export async function renameKey(migration: Migration, key: string, renamed: string): Promise<void> {
  await migration.write([['exists', key]], [['RENAME', key, renamed]]);
}

/** Moves which accounts have a backlog, some at a time; the states of the accounts have other names. */
export async function moveBacklogs({ redis, keys, write }: Migration, key: string): Promise<void> {
  const entries = Object.entries(await redis.hgetall(key));
  for (let from = 0; from < entries.length; from += BATCH) {
    const moved = entries.slice(from, from + BATCH);
    const renamed = moved.flatMap(([account, known]) => [account, renameState(known)]);
    await write(
      [],
      [
        ['HSET', keys.backlogs(), ...renamed],
        ['HDEL', key, ...moved.map(([account]) => account)],
      ],
    );
  }
}

function renameState(known: string): string {
  const at = known.lastIndexOf(' ') + 1;
  const state = known.slice(at);
  return known.slice(0, at) + (RENAMED_BACKLOG_STATES[state] ?? state);
}
