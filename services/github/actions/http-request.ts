import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { advanceHttpRequest } from '../../../actions/http-request.ts';
import type { Action } from '../../../connector/manifest.ts';
import { ACCEPT, JSON_TYPE } from '../media-types.ts';

/** A free request with the media types of GitHub, unless the caller gives others. */
export function advanceGitHubRequest(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as { headers?: Record<string, string>; body?: unknown };
  const given = Object.fromEntries(
    Object.entries(input.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const usual = { accept: ACCEPT, ...(input.body === undefined ? {} : { 'content-type': JSON_TYPE }) };
  return advanceHttpRequest(action, { ...call, input: { ...input, headers: { ...usual, ...given } } }, state, io);
}
