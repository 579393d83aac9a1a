import { inject, onTestFinished } from 'vitest';
import { systemClock } from '../../../engine/process/clock.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { openRedis, whenReady } from '../../../engine/store/redis.ts';
import { createKeys } from '../../../engine/store/redis-keys.ts';
import type { SchemaStore } from '../../../engine/store/schema-stamp.ts';

let count = 0;

/** A store with a log that can be read. `of: 1` is one that a process of version 1 was started on. */
export async function openStore({ of = 1 }: { of?: 0 | 1 } = {}): Promise<SchemaStore & { lines: string[] }> {
  const keys = createKeys(`{schema${process.pid}-${count++}}:`);
  const redis = openRedis(inject('redisUrl'), 'wait');
  await whenReady(redis, inject('redisUrl'), 5000);
  onTestFinished(async () => {
    await redis.unlink(await redis.keys(`${keys.prefix}*`));
    redis.disconnect();
  });
  const lines: string[] = [];
  const log = createLogger('info', { write: (line: string) => void lines.push(line) });
  if (of === 1) await redis.hset(keys.keyChecks(), 'test', 'sealed');
  return { redis, keys, clock: systemClock, log, lines };
}
