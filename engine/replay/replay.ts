/*
 * The replay floor: a run once more, alone or in bulk. Here belongs what a replay would do, and who carries a bulk
 * replay out. It reads runs and definitions and submits new runs.
 */

import { ConnectorError } from '../../connector/errors.ts';
import { holdPage, peekPage, releaseCursor } from '../cursors/cursors.ts';
import type { Context } from '../runs/context.ts';
import { loadOwnInput } from '../runs/inputs.ts';
import { isEnded, type Run, type RunPage } from '../runs/run.ts';
import { secretsOfRun } from '../runs/run-secrets.ts';
import { noteReplay } from '../runs/runs.ts';
import { type ActionRequest, type RunOrigin, submitAction } from '../runs/submit.ts';
import { newId } from '../store/ids.ts';
import { submitWorkflow } from '../workflows/submit-workflow.ts';
import { layOutReplay, type ReplayChoice, type ReplayLayout } from './replay-plan.ts';

/** How a run is done again. */
export interface ReplayRequest extends ReplayChoice {
  /** In place of the recorded input; for a workflow, what its steps read as `trigger`. */
  input?: unknown;
  /** With the same id a second time there is no second run. */
  id?: string;
  /** What a dry run has laid out; left out, it is laid out now. */
  layout?: Pick<ReplayLayout, 'version' | 'reused'> | undefined;
}

/**
 * Runs an ended run again, as a new run with launches of its own; both name each other. The replay of a page takes the
 * cursor, and moves it when it succeeds, unless the page was delivered or the cursor set meanwhile: then it only
 * delivers once more. @throws ConnectorError ERR_CONFLICT when the run has not ended, is a step, or its page is
 * delivered by another run right now; ERR_INPUT_INVALID for a step that is not there
 */
export async function replayRun(ctx: Context, run: Run, request: ReplayRequest = {}): Promise<Run> {
  assertReplayable(run);
  const { id = newId('run', ctx.clock.now()) } = request;
  const replay = run.kind === 'workflow' ? replayWorkflow : replayAction;
  const made = await replay(ctx, run, { ...request, id });
  await noteReplay(ctx, run, made.id);
  return made;
}

/**
 * Refuses runs that are not replayed by themselves.
 * @throws ConnectorError ERR_CONFLICT for one that has not ended, a step, a poll, or a lookup
 */
export function assertReplayable(run: Run): void {
  if (!isEnded(run.status)) throw conflict(run, `is ${run.status}`, 'Wait until it ends, or cancel it first.');
  if (run.purpose === 'step') {
    const hint = `Replay ${run.parent} instead, from: {"step": "${run.step}"}.`;
    throw conflict(run, `is a step of ${run.parent}`, hint);
  }
  if (run.purpose === 'poll') {
    const hint = `The trigger polls again by itself. To poll now: POST /v1/workflows/${run.workflow}/run.`;
    throw conflict(run, `is a poll of workflow ${run.workflow}; only what it found is delivered again`, hint);
  }
  if (run.purpose === 'lookup') throw conflict(run, 'read choices for a form', 'Ask for the choices again.');
}

async function replayAction(ctx: Context, run: Run, request: ReplayRequest & { id: string }): Promise<Run> {
  return submitAction(ctx, run.tenant, await actionReplay(ctx, run, request));
}

/** What is submitted for the replay of an action. @throws ConnectorError ERR_INPUT_INVALID when it is to begin at a step */
export async function actionReplay(
  ctx: Context,
  run: Run,
  request: ReplayRequest,
): Promise<{ request: ActionRequest; origin: RunOrigin }> {
  if (request.from !== undefined && request.from !== 'start') {
    throw new ConnectorError('ERR_INPUT_INVALID', `run "${run.id}" is a run of a single action and has no steps`, {
      errors: [{ pointer: '/from', message: 'is only allowed for workflow runs', allowed: ['start'] }],
    });
  }
  const isKept = request.input === undefined;
  return {
    request: {
      action: run.action!,
      linked_account: run.linked_account,
      authentication: run.authentication,
      input: isKept ? await loadOwnInput(ctx, run) : request.input,
      options: run.options,
    },
    origin: {
      ...(request.id === undefined ? {} : { id: request.id }),
      replay_of: run.id,
      ...(isKept ? { secret_places: secretsOfRun(ctx, run, 'input').places } : {}),
      ...(isKept && run.input_refs ? { input_refs: run.input_refs } : {}),
    },
  };
}

async function replayWorkflow(ctx: Context, run: Run, request: ReplayRequest & { id: string }): Promise<Run> {
  const { version, reused } = request.layout ?? (await layOutReplay(ctx, run, request));
  const page = await takePage(ctx, run, request.id);
  try {
    return await submitWorkflow(ctx, run.tenant, {
      id: request.id,
      workflow: run.workflow!,
      version,
      ...(request.input === undefined
        ? {
            trigger: await loadOwnInput(ctx, run),
            trigger_refs: run.input_refs,
            secret_places: secretsOfRun(ctx, run, 'input').places,
          }
        : { trigger: request.input }),
      replay_of: run.id,
      linked_account: run.linked_account,
      ...(Object.keys(reused).length === 0 ? {} : { reused }),
      ...(page === undefined ? {} : { page }),
    });
  } catch (error) {
    if (page !== undefined) await releaseCursor(ctx, page.cursor ?? run.workflow!, request.id);
    throw error;
  }
}

/** The page, if its replay is to move the cursor. */
async function takePage(ctx: Context, run: Run, id: string): Promise<RunPage | undefined> {
  const { page } = run;
  if (page?.to === undefined) return undefined;
  const held = await holdPage(ctx, page.cursor ?? run.workflow!, { version: page.version, run: id });
  if (held === 'held') return page;
  if (held === 'moved') return undefined;
  throw busy(run, held.busy);
}

/** What happens to the cursor when a run that delivered events is replayed; undefined for one that delivered none. */
export async function peekDelivery(ctx: Context, run: Run): Promise<{ moves_cursor: boolean } | undefined> {
  const { page } = run;
  if (page === undefined || run.purpose === 'poll') return undefined;
  if (page.to === undefined) return { moves_cursor: false };
  const held = await peekPage(ctx, page.cursor ?? run.workflow!, page.version);
  if (typeof held === 'object') throw busy(run, held.busy);
  return { moves_cursor: held === 'held' };
}

function busy(run: Run, other: string): ConnectorError {
  const hint = 'Wait until it ends, or cancel it first.';
  return conflict(run, `belongs to an event batch that run ${other} is delivering`, hint);
}

function conflict(run: Run, why: string, hint: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `run "${run.id}" ${why}`, { hint });
}
