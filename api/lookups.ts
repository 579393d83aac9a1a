import { ConnectorError } from '../connector/errors.ts';
import { loadValue } from '../engine/artifacts/values.ts';
import { cancelRun } from '../engine/runs/cancel.ts';
import { removeRuns } from '../engine/runs/retention.ts';
import { isEnded } from '../engine/runs/run.ts';
import { waitForRun } from '../engine/runs/watch.ts';
import type { Serving } from './http/serving.ts';

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
    throw new ConnectorError('ERR_TIMEOUT', `${what} did not finish within ${LIMIT_MS / 1000} seconds`, {
      hint: 'Try again. If the error persists, check that a worker is running and that the workspace responds.',
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
}
