import { readConfig } from '../../engine/config.ts';
import { createLogger } from '../../engine/log.ts';
import { openContext } from '../../engine/open.ts';
import { startWorker, WORKER_TIMINGS } from '../../engine/worker.ts';

/** A worker in a process of its own, to be killed. Environment as for `penstock worker`, and PREFIX. Prints "ready". */
const config = { ...readConfig(process.env), prefix: process.env.PREFIX! };
const ctx = await openContext(config, 'worker', { log: createLogger(config.logLevel) });
// Short, so that what a killed worker held is taken up within a second or two.
await startWorker(ctx, { ...WORKER_TIMINGS, lockMs: 1000, stalledCheckMs: 500 });
process.stdout.write('ready\n');
