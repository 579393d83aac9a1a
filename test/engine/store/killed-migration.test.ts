import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../engine/process/clock.ts';
import { createLogger } from '../../../engine/process/log.ts';
import type { RedisClient } from '../../../engine/store/redis-client.ts';
import { createKeys } from '../../../engine/store/redis-keys.ts';
import { readStamp, SCHEMA_VERSION } from '../../../engine/store/schema-stamp.ts';
import { ensureSchema } from '../../../engine/store/schema-version.ts';
import { COMPILE_CACHE } from '../../compile-cache.ts';
import { readCommands } from './dumps/commands.ts';
import { KEYS, PREFIX } from './dumps/known.ts';
import { loadStore } from './upgraded.ts';

const PROCESS = fileURLToPath(new URL('./migrating-process.ts', import.meta.url));
const KILLS = 8;
/** Each of some twenty processes compiles the engine first. */
const LIMIT_MS = 240_000;
/**
 * Just before a stream is put in the place of its original, before numbers move, before keys and fields get other names, before the counts,
 * and before the stamp.
 */
const TEXTS = [
  '{penstock}:events:default"]',
  '{penstock}:audit:default"]',
  'HINCRBYFLOAT',
  '{penstock}:backlogs',
  '{penstock}:in-flight:default',
  '"fencing_token"',
  'input_bytes',
  '"oldest_reader","2"',
];

test(
  'a migration that was killed at any point and run again leaves what an undisturbed one leaves',
  async () => {
    const { redis, server } = await loadStore();
    const before = await readCommands(redis, PREFIX);
    const { commands, killed } = await migrateAside(server.url, 'never');
    const expected = await contentOf(redis);

    expect(killed).toBe(false);
    expect(expected).not.toEqual(withoutTimes(before));
    const points = Array.from({ length: KILLS }, (_, i) => String(Math.ceil(((i + 1) * commands) / (KILLS + 1))));
    for (const point of [...points, ...TEXTS]) {
      await redis.flushall();
      await Promise.all(before.map(([command, ...args]) => redis.call(command, ...args)));
      const first = await migrateAside(server.url, point);
      expect({ point, killed: first.killed }).toEqual({ point, killed: true });
      expect(await readStamp({ redis, keys: createKeys(PREFIX) })).toMatchObject({ version: 1 });
      // Its lock lapses by itself after ten seconds.
      await redis.del(createKeys(PREFIX).lock('schema'));

      await migrateHere(redis);

      expect(await contentOf(redis)).toEqual(expected);
    }
  },
  LIMIT_MS,
);

/** Migrates in another process, which kills itself before its n-th command, or the first that holds a text. */
async function migrateAside(url: string, killAt: string): Promise<{ killed: boolean; commands: number }> {
  const env = {
    ...COMPILE_CACHE,
    PATH: process.env.PATH,
    PREFIX,
    KILL_AT: killAt,
    REDIS_URL: url,
    PENSTOCK_ENCRYPTION_KEYS: KEYS,
  };
  const child = spawn(process.execPath, [PROCESS], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // When the test ends first, it would wait for Redis and keep the output of the tests open.
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (signal === 'SIGKILL') return { killed: true, commands: 0 };
  expect(code).toBe(0);
  return { killed: false, commands: Number(said) };
}

async function migrateHere(redis: RedisClient): Promise<void> {
  await ensureSchema({ redis, keys: createKeys(PREFIX), clock: systemClock, log: createLogger('silent') });
  expect(await readStamp({ redis, keys: createKeys(PREFIX) })).toMatchObject({ version: SCHEMA_VERSION });
}

async function contentOf(redis: RedisClient) {
  return withoutTimes(await readCommands(redis, PREFIX));
}

/** What is left of a key's life differs from moment to moment. */
function withoutTimes(commands: Awaited<ReturnType<typeof readCommands>>) {
  return commands.filter(([command]) => command !== 'PEXPIRE');
}
