/**
 * A worker as a process of its own, to be killed: env PREFIX and what `readConfig` reads. Says "ready" to
 * the parent that forked it; SIGTERM ends it as it ends `penstock worker`.
 */

import { loadManifests } from '../../connector/load-manifests.ts';
import { closeContext, openContext } from '../../engine/open.ts';
import { readConfig } from '../../engine/process/config.ts';
import { createLogger } from '../../engine/process/log.ts';
import { startWorker, WORKER_TIMINGS } from '../../engine/worker.ts';
import { MANIFESTS, SERVICES } from '../../services/registry.ts';

const config = { ...readConfig(process.env), prefix: process.env.PREFIX! };
// The process of the tests has checked them.
const manifests = await loadManifests(MANIFESTS, { services: SERVICES, checks: 'none' });
const ctx = await openContext(config, 'worker', { manifests, log: createLogger('silent') });
// Short, so that what a killed worker held is resumed within a second or two.
const worker = await startWorker(ctx, { ...WORKER_TIMINGS, lockMs: 1000, stalledCheckMs: 500 });
process.send?.('ready');
process.once('SIGTERM', async () => {
  await worker.close();
  await closeContext(ctx);
  process.exit(0);
});
