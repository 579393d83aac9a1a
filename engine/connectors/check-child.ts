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

/** What the process says before it leaves; nothing when it needs more than it may have. */
export type CheckAnswer = { errors: ValidationError[] } | { failed: string };

/** Below the limit of the process, so that it is the thread that ends. */
const MAX_HEAP_MIB = 200;

if (isMainThread) {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (task: Task) => {
    const thread = new Worker(new URL(import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    });
    const answer = (said: CheckAnswer) => process.send!(said, () => process.exit(0));
    thread.once('message', (errors: ValidationError[]) => answer({ errors }));
    thread.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') process.exit(1);
      answer({ failed: String(error.stack ?? error) });
    });
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
