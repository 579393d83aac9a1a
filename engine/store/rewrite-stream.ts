import type { Migration } from './migrate.ts';

const BATCH = 500;

/**
 * Changes entries of a stream, which Redis cannot do in place: writes a copy with the same entry ids beside it and puts that in its place.
 * `change` gets the value of an entry's only field and gives what shall be there. Streams in which nothing changes are left.
 */
export async function rewriteStream(
  { redis, keys, write }: Migration,
  key: string,
  change: (text: string) => string,
): Promise<void> {
  const copy = keys.other('migrating', key.slice(keys.prefix.length));
  // What a killed migration left.
  await redis.del(copy);
  let isChanged = false;
  for (let after = '-'; ; ) {
    const entries = await redis.xrange(key, after, '+', 'COUNT', BATCH);
    if (entries.length === 0) break;
    const pipeline = redis.pipeline();
    for (const [id, [field = '', text = '', ...more]] of entries) {
      const changed = change(text);
      if (changed !== text) isChanged = true;
      pipeline.xadd(copy, id, field, changed, ...more);
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
    after = `(${entries.at(-1)![0]}`;
  }
  // Readers keep the id of the last entry that they saw, so no later entry may get a lower one.
  if (isChanged) await write([], [['RENAME', copy, key]]);
  else await redis.del(copy);
}
