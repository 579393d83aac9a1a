import { ConnectorError } from '../connector/errors.ts';
import type { Action, AwaitManifest } from '../connector/manifest.ts';
import { buildRequest } from '../connector/request.ts';
import { readPath } from '../connector/template.ts';
import type { ActionCall, ActionState, CancelState, Io, Step } from './call.ts';
import { judge, pathsOf } from './conditions.ts';
import { scopesOf } from './scopes.ts';
import { keepStart } from './start-fields.ts';

/** How a remote operation ended that was canceled; a cancel can come too late, or not take. */
export type CancelOutcome = 'canceled' | 'succeeded' | 'failed' | 'unconfirmed';

const FIRST_POLL_MS = 500;
const MAX_POLL_MS = 10_000;
/** A cancel can silently fail, so it is sent again after so many polls that still find the operation going. */
const POLLS_PER_CANCEL = 4;
const GIVE_UP_MS = 10 * 60_000;

/** Cancels what a manifest's pipeline began; see `cancelRemote`. */
export async function cancelPipeline(
  action: Action,
  call: ActionCall,
  state: ActionState,
  io: Io,
): Promise<Step | 'nothing_to_cancel'> {
  if (action.manifest.await?.cancel === undefined) return 'nothing_to_cancel';
  const attached = state.start === undefined ? await attach(action, call, state, io) : state;
  if (attached === undefined) return 'nothing_to_cancel';
  const known = attached.phase === 'cancel' ? attached.cancel : undefined;
  const cancel = known ?? { reason: 'canceled', since: io.now(), polls: 0 };
  if (cancel.polls === 0) return sendCancel(action, call, { ...attached, phase: 'cancel', cancel }, io);
  return confirm(action, call, { ...attached, cancel }, io);
}

/** A launch with a token may be sent again to learn its handle; without one, nobody knows what to cancel. */
async function attach(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<ActionState | undefined> {
  if (state.sent !== true || call.effect !== 'token') return undefined;
  const { body } = await io.send(buildRequest(action.manifest.request!, scopesOf(action, call)), 'start');
  return { phase: 'await', startedAt: state.startedAt, polls: 0, start: keepStart(action, body) };
}

async function sendCancel(
  action: Action,
  call: ActionCall,
  state: ActionState & { cancel: CancelState },
  io: Io,
): Promise<Step> {
  const request = buildRequest(action.manifest.await!.cancel!, { ...scopesOf(action, call), start: state.start });
  try {
    await io.send(request, 'cancel');
  } catch (error) {
    // Refused: most likely it has ended already, and the poll will say so. Anything else is for the retry rule.
    if (!isRefusal(error)) throw error;
  }
  return waitStep(state, io);
}

async function confirm(
  action: Action,
  call: ActionCall,
  state: ActionState & { cancel: CancelState },
  io: Io,
): Promise<Step> {
  const waiting = action.manifest.await!;
  let last: unknown;
  try {
    last = (await io.send(buildRequest(waiting.request, { ...scopesOf(action, call), start: state.start }), 'poll'))
      .body;
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'not_found') return ended('canceled');
    throw error;
  }
  const verdict = judge(waiting, last);
  if (verdict === 'success') return ended('succeeded');
  if (verdict === 'failure') return ended(saysCanceled(waiting, last) ? 'canceled' : 'failed');
  if (io.now() - state.cancel.since > GIVE_UP_MS) return ended('unconfirmed');
  return state.cancel.polls % POLLS_PER_CANCEL === 0 ? sendCancel(action, call, state, io) : waitStep(state, io);
}

function waitStep(state: ActionState & { cancel: CancelState }, io: Io): Step {
  const ms = Math.min(FIRST_POLL_MS * 1.5 ** state.cancel.polls, MAX_POLL_MS) * (0.8 + 0.4 * io.random());
  return {
    kind: 'wait',
    ms: Math.round(ms),
    state: { ...state, cancel: { ...state.cancel, polls: state.cancel.polls + 1 } },
  };
}

/** Any of the states or codes that the manifest looks at says so in its own word (CANCELED, USER_CANCELED, cancelled). */
function saysCanceled({ code = [], failure }: AwaitManifest, last: unknown): boolean {
  const paths = [...[code].flat(), ...pathsOf(failure)];
  return paths.some((path) => /CANCELL?ED/i.test(String(readPath(last, path))));
}

function isRefusal(error: unknown): boolean {
  const status = error instanceof ConnectorError && error.code === 'ERR_UPSTREAM' ? (error.upstream?.status ?? 0) : 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function ended(outcome: CancelOutcome): Step {
  return { kind: 'done', output: { outcome } };
}
