import type { CodeAction } from '../connector/code-names.ts';
import type { Action } from '../connector/manifest.ts';
import type { ActionCall, ActionState, Io, Step } from './call.ts';

/** An action whose manifest has no request. */
export interface CodeActionFunctions {
  advance(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step>;
  /** Left out when nothing remote can go on after the run. */
  cancel?(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step | 'nothing_to_cancel'>;
}

const CODE: Partial<Record<CodeAction, CodeActionFunctions>> = {};

/** The functions of an action that is code, `undefined` for one that is described by its manifest alone. */
export function codeAction(id: string): CodeActionFunctions | undefined {
  return Object.hasOwn(CODE, id) ? CODE[id as CodeAction] : undefined;
}
