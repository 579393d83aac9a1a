/** A worker as a process of its own, to be killed: env PREFIX and what `readConfig` reads. Says "ready", ends by signals. */
import { readConfig } from '../../engine/config.ts';
import { createLogger } from '../../engine/log.ts';
import { closeContext, openContext } from '../../engine/open.ts';
import { startWorker, WORKER_TIMINGS } from '../../engine/worker.ts';

const config = { ...readConfig(process.env), prefix: process.env.PREFIX! };
const ctx = await openContext(config, 'worker', { log: createLogger('silent') });
const timings = { ...WORKER_TIMINGS, lockMs: 2000, stalledCheckMs: 500 };
const worker = await startWorker(ctx, timings);
process.send!('ready');
process.once('SIGTERM', async () => {
  await worker.close();
  await closeContext(ctx);
  process.exit(0);
});
