import { ConnectorError } from '../connector/errors.ts';
import { cancelRun } from '../engine/cancel.ts';
import { removeRuns } from '../engine/retention.ts';
<<<<<<< HEAD
import { isEnded } from '../engine/runs.ts';
=======
import { isEnded, type Run } from '../engine/runs.ts';
>>>>>>> 9f3f4ea (wip)
import { loadValue } from '../engine/values.ts';
import { waitForRun } from '../engine/watch.ts';
import type { Serving } from './serving.ts';

<<<<<<< HEAD
/** A person waits; a service that takes longer is told of as such. */
const LIMIT_MS = 30_000;

/**
 * The output of a run that was made to answer one request; nothing of the run is kept. `told` begins the error's text.
 * @throws ConnectorError ERR_TIMEOUT after 30 seconds, when the run is canceled; or the run's own error
 */
export async function endLookup(
  { ctx, watcher }: Serving,
  id: string,
  { what, told }: { what: string; told: string },
): Promise<unknown> {
  const run = await waitForRun(ctx, watcher(), { id, ms: LIMIT_MS });
  if (run === undefined || !isEnded(run.status)) {
    if (run !== undefined) await cancelRun(ctx, run);
    throw new ConnectorError('ERR_TIMEOUT', `${what} did not end within ${LIMIT_MS / 1000} seconds`, {
      hint: 'Try again; if it stays, check that a worker runs and that the workspace answers.',
    });
  }
  const { error, artifact } = run;
  const output =
    error === undefined
      ? await loadValue(ctx, artifact === undefined ? { value: run.output } : { artifact })
      : undefined;
  await removeRuns(ctx, [id]);
  if (error === undefined) return output;
  const { code, kind, hint, upstream, message } = error;
  throw new ConnectorError(code, `${told}: ${message}`, { kind, hint, upstream });
=======
/** A person is looking at what waits for it; a service that takes longer is told of as such. */
const LIMIT_MS = 30_000;

/**
 * The output of a run that only reads something for the answer to a request; nothing is kept of it.
 * @throws ConnectorError what the run failed with, `what` before its words; ERR_TIMEOUT
 */
export async function answerOf({ ctx, watcher }: Serving, id: string, what: string): Promise<unknown> {
  const run = await waitForRun(ctx, watcher(), { id, ms: LIMIT_MS });
  if (run === undefined || !isEnded(run.status)) {
    if (run !== undefined) await cancelRun(ctx, run);
    throw new ConnectorError('ERR_TIMEOUT', `${what}: it did not end within ${LIMIT_MS / 1000} seconds`, {
      hint: 'Try again; if it stays, check that a worker runs and that the workspace answers.',
    });
  }
  const output = run.error === undefined ? await outputOf(ctx, run) : undefined;
  await removeRuns(ctx, [id]);
  if (run.error === undefined) return output;
  const { code, kind, message, hint, upstream } = run.error;
  throw new ConnectorError(code, `${what}: ${message}`, { kind, hint, upstream });
}

function outputOf(ctx: Serving['ctx'], run: Run): Promise<unknown> {
  return loadValue(ctx, run.artifact === undefined ? { value: run.output } : { artifact: run.artifact });
>>>>>>> 9f3f4ea (wip)
}
