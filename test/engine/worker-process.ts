/**
 * A worker as a process of its own, to be killed: env PREFIX and what `readConfig` reads. Says "ready" to
 * the parent that forked it; SIGTERM ends it as it ends `penstock worker`.
 */

import { closeContext, openContext } from '../../engine/open.ts';
import { readConfig } from '../../engine/process/config.ts';
import { createLogger } from '../../engine/process/log.ts';
import { startWorker, WORKER_TIMINGS } from '../../engine/worker.ts';

const config = { ...readConfig(process.env), prefix: process.env.PREFIX! };
const ctx = await openContext(config, 'worker', { log: createLogger('silent') });
// Short, so that what a killed worker held is resumed within a second or two.
const worker = await startWorker(ctx, { ...WORKER_TIMINGS, lockMs: 1000, stalledCheckMs: 500 });
process.send?.('ready');
process.once('SIGTERM', async () => {
  await worker.close();
  await closeContext(ctx);
  process.exit(0);
});
