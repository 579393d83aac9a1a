import { ConnectorError, type ErrorRecord } from '../connector/errors.ts';
import { loadValue } from '../engine/artifacts/values.ts';
import { cancelRun } from '../engine/runs/cancel.ts';
import { removeRuns } from '../engine/runs/retention.ts';
import { isEnded } from '../engine/runs/run.ts';
import { waitForRun } from '../engine/runs/watch.ts';
import type { Serving } from './http/serving.ts';

/** A person waits; a service that takes longer is told of as such. */
export const LOOKUP_LIMIT_MS = 30_000;

/** How a run that was made to answer a request ended. `input` is as its record shows it: null where it is too large for that. */
export type LookupEnd = { output: unknown; input: unknown } | { error: ErrorRecord };

/**
 * The output of a run that was made to answer one request; nothing of the run is kept. `told` begins the error's text.
 * @throws ConnectorError ERR_TIMEOUT after 30 seconds, when the run is canceled; or the run's own error
 */
export async function endLookup(
  serving: Serving,
  id: string,
  { what, told }: { what: string; told: string },
): Promise<unknown> {
  const ended = await lookupEnd(serving, id, { what });
  if ('output' in ended) return ended.output;
  const { code, kind, hint, upstream, message } = ended.error;
  throw new ConnectorError(code, `${told}: ${message}`, { kind, hint, upstream });
}

/** The same with a failure as a value. @throws ConnectorError ERR_TIMEOUT after `ms`, when the run is canceled */
export async function lookupEnd(
  { ctx, watcher }: Serving,
  id: string,
  { what, ms = LOOKUP_LIMIT_MS }: { what: string; ms?: number },
): Promise<LookupEnd> {
  const run = await waitForRun(ctx, watcher(), { id, ms });
  if (run === undefined || !isEnded(run.status)) {
    if (run !== undefined) await cancelRun(ctx, run);
    throw new ConnectorError('ERR_TIMEOUT', `${what} did not finish within ${LOOKUP_LIMIT_MS / 1000} seconds`, {
      hint: 'Try again. If the error persists, check that a worker is running and that the workspace responds.',
    });
  }
  const { error, artifact, input } = run;
  const ended =
    error === undefined
      ? { output: await loadValue(ctx, artifact === undefined ? { value: run.output } : { artifact }), input }
      : { error };
  await removeRuns(ctx, [id]);
  return ended;
}
