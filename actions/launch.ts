import type { Action } from '../connector/manifest.ts';
import type { ActionCall, ActionState, Io } from './call.ts';
import { unknownHint } from './effect.ts';
import { outcomeUnknown } from './retry.ts';

/** Whether the effect needs its launches written down. */
export function isLaunch(call: ActionCall): boolean {
  return call.effect === 'token' || call.effect === 'once';
}

/**
 * To be awaited right before the request that has the effect.
 * @throws ConnectorError ERR_OUTCOME_UNKNOWN when a `once` request was sent before and its answer was lost
 */
export async function beforeLaunch(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<void> {
  if (state.sent === true && call.effect === 'once') throw outcomeUnknown(undefined, unknownHint(action, call));
  if (isLaunch(call)) await io.launching();
}
