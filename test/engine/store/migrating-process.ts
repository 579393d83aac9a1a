/**
 * A process that migrates a store and kills itself with SIGKILL before it sends its n-th command, or one that holds a text: env PREFIX,
 * KILL_AT and what `readConfig` reads. One that lives to its end says how many commands it sent.
 */
import { systemClock } from '../../../engine/process/clock.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { openRedis } from '../../../engine/store/redis.ts';
import { createKeys } from '../../../engine/store/redis-keys.ts';
import { ensureSchema } from '../../../engine/store/schema-version.ts';

const killAt = process.env.KILL_AT!;
let sent = 0;
const redis = openRedis(readConfig(process.env).redisUrl!, 'wait');
const sendCommand = redis.sendCommand.bind(redis);
redis.sendCommand = (...args: Parameters<typeof sendCommand>) => {
  sent += 1;
  const [command] = args;
  if (String(sent) === killAt || command.args.some((arg) => String(arg).includes(killAt)))
    process.kill(process.pid, 'SIGKILL');
  return sendCommand(...args);
};
const keys = createKeys(process.env.PREFIX!);
await ensureSchema({ redis, keys, clock: systemClock, log: createLogger('silent') });
process.stdout.write(String(sent));
redis.disconnect();
