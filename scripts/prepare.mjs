/**
 * Runs before `npm start` and `npm test`, on whatever Node the machine has (18 or later): installs the packages when they
 * are missing or are not those of package-lock.json, sees to `redis-server`, and builds the browser app where its sources changed.
 *
 *   node scripts/prepare.mjs start    Redis may also be somewhere else: REDIS_URL
 *   node scripts/prepare.mjs test     the tests start their own Redis
 *   node scripts/prepare.mjs app      builds the browser app, and nothing else
 */
import { buildApp } from './prepare/app.mjs';
import { findBrowser, installBrowser } from './prepare/browser.mjs';
import { installPackages, packagesAreCurrent } from './prepare/packages.mjs';
import { Unprepared } from './prepare/process.mjs';
import { findOnPath, installRedis } from './prepare/redis.mjs';

const purpose = ['test', 'app'].includes(process.argv[2]) ? process.argv[2] : 'start';

try {
  if (!packagesAreCurrent(process.cwd())) await installPackages(process.cwd());
  const isBuilt = await buildApp(process.cwd());
  if (purpose === 'app') process.exit(isBuilt ? 0 : 1);
  if (purpose === 'test' && process.env.PENSTOCK_BROWSER_TESTS === '1' && findBrowser() === undefined)
    await installBrowser();
  const usesOtherRedis = purpose === 'start' && Boolean(process.env.REDIS_URL);
  if (!usesOtherRedis && findOnPath('redis-server') === undefined) await installRedis(purpose);
} catch (error) {
  if (!(error instanceof Unprepared)) throw error;
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
}
