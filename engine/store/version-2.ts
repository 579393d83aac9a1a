import type { Migration } from './migrate.ts';
import { VERSION_1_FENCE } from './schema-stamp.ts';

const BATCH = 500;

/** From version 1 to 2. All processes of version 1 have stopped. */
export async function toVersion2(migration: Migration): Promise<void> {
  await moveSealedWith(migration);
}

/** The index of what is sealed with which encryption key; its old name holds the fence. */
async function moveSealedWith(migration: Migration): Promise<void> {
  const { redis, keys } = migration;
  const from = keys.sealedWithOfVersion1();
  for (;;) {
    const members = (await redis.zrange(from, 0, String(BATCH))).filter((member) => member !== VERSION_1_FENCE);
    if (members.length === 0) return;
    await migration.write(
      [],
      [
        ['ZADD', keys.sealedWith(), ...members.flatMap((member) => ['0', member])],
        ['ZREM', from, ...members],
      ],
    );
    await migration.progress('sealed_with', members.length);
  }
}
