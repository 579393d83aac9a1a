/**
 * Runs before `npm start` and `npm test`, on whatever Node the machine has (18 or later): installs the packages when they
 * are missing or are not those of package-lock.json, and sees to `redis-server`.
 *
 *   node scripts/prepare.mjs start    Redis may also be somewhere else: REDIS_URL
 *   node scripts/prepare.mjs test     the tests start their own Redis
 */
import { installPackages, packagesAreCurrent } from './prepare/packages.mjs';
import { Unprepared } from './prepare/process.mjs';
import { findOnPath, installRedis } from './prepare/redis.mjs';

const purpose = process.argv[2] === 'test' ? 'test' : 'start';

try {
  if (!packagesAreCurrent(process.cwd())) await installPackages(process.cwd());
  const usesOtherRedis = purpose === 'start' && Boolean(process.env.REDIS_URL);
  if (!usesOtherRedis && findOnPath('redis-server') === undefined) await installRedis(purpose);
} catch (error) {
  if (!(error instanceof Unprepared)) throw error;
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
}
