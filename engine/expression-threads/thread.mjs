/**
 * Where a thread of expressions begins. Plain JavaScript, and the modules come stripped of their types from the process that
 * starts it: stripping them here would cost each thread some 15 MB and a tenth of a second.
 */
import { registerHooks } from 'node:module';
import { workerData } from 'node:worker_threads';

const { entry, sources } = workerData;
registerHooks({
  load(url, context, nextLoad) {
    const source = sources[url];
    return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true };
  },
});
await import(entry);
