/**
 * A process that migrates a store and kills itself with SIGKILL at its n-th batch: env PREFIX, BATCH and what `readConfig` reads.
 * Ends with 0 when there were fewer batches.
 */
import { Writable } from 'node:stream';
import { systemClock } from '../../../engine/process/clock.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { openRedis } from '../../../engine/store/redis.ts';
import { createKeys } from '../../../engine/store/redis-keys.ts';
import { ensureSchema } from '../../../engine/store/schema-version.ts';

let left = Number(process.env.BATCH);
const log = createLogger(
  'debug',
  new Writable({
    write(line: Buffer, _encoding, done) {
      if (line.includes('goes on') && --left === 0) process.kill(process.pid, 'SIGKILL');
      done();
    },
  }),
);
const redis = openRedis(readConfig(process.env).redisUrl!, 'wait');
await ensureSchema({ redis, keys: createKeys(process.env.PREFIX!), clock: systemClock, log });
redis.disconnect();
