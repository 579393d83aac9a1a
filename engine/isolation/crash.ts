import { describeHandle } from '../../actions/remote-failure.ts';
import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { emitEvent } from '../events/life-events.ts';
import type { Context } from '../runs/context.ts';
import { endRun } from '../runs/finalize.ts';
import type { Launch, Run } from '../runs/run.ts';
import { isEnded } from '../runs/run.ts';
import { readHead } from '../runs/runs.ts';
import { cancelChildren } from '../workflows/children.ts';
import { MAX_DEATHS } from './deaths.ts';

/**
 * Ends a run that ended its process too often. Only the end is written here, and only fields that are small are read: what follows from
 * the end executes in the isolated process. False when the run had ended meanwhile.
 */
export async function endCrashed(ctx: Context, run: Run, how: string): Promise<boolean> {
  const { launches, attempts } = await readAttempts(ctx, run.id);
  const last = launches.at(-1);
  const isOpen = last !== undefined && last.outcome === undefined;
  const isRepeatable = run.effect === 'safe' || run.effect === 'idempotent';
  if (isOpen) last.outcome = isRepeatable ? 'failed' : 'unknown';
  const failure = crashError(run, { how, isUnknown: isOpen && !isRepeatable && last.handle === undefined, last });
  const error = toErrorRecord(failure);
  if (!(await endRun(ctx, run, { status: 'failed', error, launches, attempts }))) return false;
  await emitEvent(ctx, run.tenant, {
    type: 'run.crashed',
    data: {
      run: run.id,
      kind: run.kind,
      ...(run.action === undefined ? {} : { action: run.action }),
      ...(run.workflow === undefined ? {} : { workflow: run.workflow }),
      ...(run.linked_account === undefined ? {} : { linked_account: run.linked_account }),
      code: error.code,
      message: error.message,
      deaths: MAX_DEATHS,
    },
  });
  return true;
}

/** What a workflow that crashed has begun is not resumed by anybody: its open steps are canceled. Of other runs nothing happens. */
export async function cancelStepsOfCrashed(ctx: Context, id: string): Promise<void> {
  const run = await readHead(ctx, id);
  if (run?.kind !== 'workflow' || !isEnded(run.status) || run.error?.code !== 'ERR_RUN_CRASHED') return;
  await cancelChildren(ctx, run);
}

function crashError(run: Run, of: { how: string; isUnknown: boolean; last: Launch | undefined }): ConnectorError {
  const what = run.kind === 'workflow' ? 'the steps of the workflow' : `"${run.action}"`;
  const died = `the isolated process that executed ${what} died ${MAX_DEATHS} times (last: ${of.how})`;
  if (of.isUnknown) {
    return new ConnectorError('ERR_OUTCOME_UNKNOWN', `it is not known whether the request took effect: ${died}`, {
      hint: `Look for run ${run.id} in the service before you run it again.`,
    });
  }
  const seen =
    of.last?.outcome === 'unknown'
      ? ` Check ${describeHandle(of.last.handle)} in the service: it may still be running.`
      : '';
  return new ConnectorError('ERR_RUN_CRASHED', died, {
    hint: `Reduce the size of a result, an input or an expression that exceeds the memory of the process.${seen}`,
  });
}

async function readAttempts(ctx: Context, id: string): Promise<{ launches: Launch[]; attempts: number }> {
  const [text, attempts] = await ctx.redis.hmget(ctx.keys.run(id), 'launches', 'attempts');
  let launches: Launch[] = [];
  try {
    launches = parseJson(text ?? '[]') as Launch[];
  } catch {
    // A record that cannot be read is ended all the same.
  }
  return { launches, attempts: Number(attempts ?? 0) };
}
