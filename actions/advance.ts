import type { Action } from '../connector/manifest.ts';
import type { ActionCall, ActionState, Io, Step } from './call.ts';
import { cancelPipeline } from './cancel.ts';
import { advancePipeline } from './pipeline.ts';
import { codeAction } from './service.ts';

export type { ActionCall, ActionState, Io, Step } from './call.ts';

/** The state of a run that has not begun. */
export function firstState(now: number): ActionState {
  return { phase: 'start', startedAt: now, polls: 0 };
}

/**
 * Carries an action one step on: to its output, to a time to come back, or to a state worth saving. Holds nothing
 * between two calls but the state, so any worker may make the next one; called twice with the same state it
 * repeats at most a `safe` request, or a `token` launch with the same token.
 * @throws ConnectorError; `decideRetry` says whether the same state is worth another try
 */
export async function advance(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const run = codeAction(action)?.advance ?? advancePipeline;
  return run(action, call, state, io);
}

/**
 * Cancels the remote operation of a run and sees it through to a terminal state, without holding anything while it waits:
 * call it again with the state of each `wait`. The output of `done` is `{ outcome: CancelOutcome }`.
 * A `token` launch whose answer was lost is repeated first, which gives its handle. Called twice it cancels twice, which is harmless.
 */
export async function cancelRemote(
  action: Action,
  call: ActionCall,
  state: ActionState,
  io: Io,
): Promise<Step | 'nothing_to_cancel'> {
  const code = codeAction(action);
  if (code === undefined) return cancelPipeline(action, call, state, io);
  return code.cancel?.(action, call, state, io) ?? 'nothing_to_cancel';
}
