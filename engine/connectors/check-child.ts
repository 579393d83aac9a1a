/**
 * The process in which one connector of a tenant is checked; forked by source-checks.ts, which ends it when it takes too long. It gets the
 * files over IPC, answers with the validation errors, and leaves. The check is in a thread, so that the process notices when the one
 * that asked has died.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { ValidationError } from '../../connector/errors.ts';

const META_SCHEMAS = new URL('../../manifests/schema/', import.meta.url);

interface Task {
  id: string;
  text: string;
}

if (isMainThread) {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (task: Task) => {
    const thread = new Worker(new URL(import.meta.url), { workerData: task });
    thread.once('message', (found: ValidationError[]) => process.send!(found, () => process.exit(0)));
    thread.once('error', () => process.exit(1));
  });
} else {
  const { id, text } = workerData as Task;
  // Here: the other thread needs none of it.
  const [{ checkOwnSource }, { decodeSource }] = await Promise.all([
    import('../../connector/check-own.ts'),
    import('./connector-sets.ts'),
  ]);
  parentPort!.postMessage(await checkOwnSource(decodeSource(id, text), META_SCHEMAS));
}
