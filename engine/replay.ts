import { ConnectorError } from '../connector/errors.ts';
import type { Context } from './context.ts';
import { newId } from './ids.ts';
import { isEnded, type Run } from './runs.ts';
import { openInput, secretProperties } from './secrets.ts';
import { findAction, sealOwner, submitAction } from './submit.ts';
import { submitWorkflow } from './submit-workflow.ts';
import { loadValue } from './values.ts';
import { getWorkflow } from './workflows.ts';

/**
 * Runs an ended run again from its start, as a new run with launches of its own; both name each other.
 * A page's replay that succeeds moves the cursor if nothing else moved it meanwhile, so delivery goes on where it stopped.
 * With the same `id` a second time it makes no second run.
 * @throws ConnectorError ERR_CONFLICT when the run has not ended, or is a step (replay its workflow's run)
 */
export async function replayRun(
  ctx: Context,
  run: Run,
  { id = newId('run', ctx.clock.now()), ...change }: { input?: unknown; id?: string } = {},
): Promise<Run> {
  if (!isEnded(run.status)) {
    throw new ConnectorError('ERR_CONFLICT', `run "${run.id}" is ${run.status}`, {
      hint: 'Wait for its end, or cancel it first.',
    });
  }
  if (run.purpose === 'step') {
    throw new ConnectorError('ERR_CONFLICT', `run "${run.id}" is a step of ${run.parent}`, {
      hint: `Replay ${run.parent} instead.`,
    });
  }
  const stored = await loadValue(
    ctx,
    run.input_artifact === undefined ? { value: run.input } : { artifact: run.input_artifact },
  );
  const replay =
    run.kind === 'workflow'
      ? await replayWorkflow(ctx, run, { id, stored })
      : await replayAction(ctx, run, { id, stored, ...change });
  await ctx.redis.hset(ctx.keys.run(run.id), 'replayed_by', replay.id);
  return replay;
}

function replayAction(ctx: Context, run: Run, change: { id: string; stored: unknown; input?: unknown }): Promise<Run> {
  const secrets = secretProperties(findAction(ctx, run.action!).manifest.input);
  const kept = openInput(change.stored, secrets, { keyring: ctx.dataKeyring, owner: sealOwner(run.tenant) });
  return submitAction(ctx, run.tenant, {
    request: {
      action: run.action!,
      linked_account: run.linked_account,
      authentication: run.authentication,
      input: change.input ?? kept,
      options: run.options,
    },
    origin: { id: change.id, replay_of: run.id },
  });
}

async function replayWorkflow(ctx: Context, run: Run, change: { id: string; stored: unknown }): Promise<Run> {
  await getWorkflow(ctx, run.tenant, run.workflow!);
  return submitWorkflow(ctx, run.tenant, {
    id: change.id,
    workflow: run.workflow!,
    version: run.workflow_version!,
    trigger: change.stored,
    replay_of: run.id,
    ...(run.page === undefined ? {} : { page: run.page }),
  });
}
