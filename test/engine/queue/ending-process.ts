/**
 * A process that ends a run that is claimed and kills itself with SIGKILL before it sends its n-th command from then on: env RUN, PREFIX,
 * KILL_AT and what `readConfig` reads.
 */
import { loadManifests } from '../../../connector/load-manifests.ts';
import { closeContext, openContext } from '../../../engine/open.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { finishRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { MANIFESTS, SERVICES } from '../../../services/registry.ts';

const config = { ...readConfig(process.env), prefix: process.env.PREFIX! };
// The process of the tests has checked them.
const manifests = await loadManifests(MANIFESTS, { services: SERVICES, checks: 'none' });
const ctx = await openContext(config, 'worker', { manifests, log: createLogger('silent') });
const run = (await readRun(ctx, process.env.RUN!))!;
const { redis, queues } = ctx;
for (const queue of [queues.runs, queues.ticks, queues.urgent, queues.isolated]) await queue.waitUntilReady();
await redis.ping();
const sendCommand = redis.sendCommand.bind(redis);
let sent = 0;
redis.sendCommand = (...args: Parameters<typeof sendCommand>) => {
  sent += 1;
  if (String(sent) === process.env.KILL_AT) process.kill(process.pid, 'SIGKILL');
  return sendCommand(...args);
};
await finishRun(ctx, run, { status: 'succeeded' });
await closeContext(ctx);
