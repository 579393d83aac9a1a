import type { ActionCall, ActionState, ArtifactAbout, Io, Step } from '../../actions/call.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';

const DAY_MS = 86_400_000;
const EVENTS_AT_ONCE = 500;
const WRITE_BYTES = 1024 * 1024;

/** Gives back what its expressions have become; a large value goes from one artifact to another. */
export async function advanceTransform(_action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  if (call.text !== undefined) return { kind: 'done', output: undefined, artifact: await keepText(call.text(), io) };
  const { value = null } = call.input as { value?: unknown };
  return { kind: 'done', output: { value } };
}

async function keepText(pieces: AsyncIterable<Uint8Array>, io: Io): Promise<ArtifactAbout> {
  const mediaType = 'application/json';
  const sink = await io.openArtifact({ mediaType });
  let kept: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of pieces) {
      io.signal.throwIfAborted();
      kept.push(piece);
      size += piece.length;
      if (size < WRITE_BYTES) continue;
      await sink.write(Buffer.concat(kept));
      kept = [];
      size = 0;
    }
    await sink.write(Buffer.concat(kept));
    await sink.flush();
    return { id: sink.id, media_type: mediaType, size: sink.size };
  } finally {
    await sink.close();
  }
}

/** Waits for a time, without a slot; a worker that stops meanwhile does not make it longer. */
export async function advanceDelay(_action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const { seconds, until } = call.input as { seconds?: number; until?: string };
  const known = state.own as { at: number } | undefined;
  const at = known?.at ?? (until === undefined ? io.now() + (seconds ?? 0) * 1000 : Date.parse(until));
  const left = at - io.now();
  if (left <= 0) return { kind: 'done', output: { until: new Date(at).toISOString() } };
  return { kind: 'wait', ms: left, state: { ...state, phase: 'await', own: { at } } };
}

/** Ends the workflow as failed, in the words of its author. @throws ConnectorError ERR_FAILED_ON_PURPOSE, always */
export async function advanceFail(_action: Action, call: ActionCall): Promise<Step> {
  const { message, hint } = call.input as { message: string; hint?: string };
  throw new ConnectorError('ERR_FAILED_ON_PURPOSE', message, { hint, sent: 'no' });
}

/**
 * Waits, without a slot, until a person has decided.
 * @throws ConnectorError ERR_REJECTED unless the input takes a refusal as an answer; ERR_TIMEOUT when nobody decided in time
 */
export async function advanceApprove(_action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as { message?: string; timeout_seconds?: number; on_reject?: 'fail' | 'continue' };
  const { decision } = io.builtin;
  if (decision !== undefined) {
    const { approved, by, comment, at } = decision;
    if (!approved && input.on_reject !== 'continue') {
      const why = comment === undefined ? '' : `: ${comment}`;
      throw new ConnectorError('ERR_REJECTED', `${by} did not approve${why}`, { sent: 'no' });
    }
    const decided = { approved, by, decided_at: new Date(at).toISOString() };
    return { kind: 'done', output: comment === undefined ? decided : { ...decided, comment } };
  }
  const known = state.own as { until: number } | undefined;
  if (known === undefined) await io.builtin.askForApproval(input.message);
  const until = known?.until ?? io.now() + (input.timeout_seconds ?? (7 * DAY_MS) / 1000) * 1000;
  const left = until - io.now();
  if (left > 0) return { kind: 'wait', ms: left, state: { ...state, phase: 'await', own: { until } } };
  throw new ConnectorError('ERR_TIMEOUT', 'nobody approved or denied in time', {
    kind: 'failed',
    hint: 'Replay the run from this step to request approval again.',
  });
}

/** Only a step of a workflow can be another workflow. @throws ConnectorError ERR_CONFLICT, always */
export async function advanceRunWorkflow(): Promise<Step> {
  throw new ConnectorError('ERR_CONFLICT', 'core.run_workflow can only run as a step of a workflow', {
    hint: 'To run a workflow directly, use POST /v1/workflows/{id}/run.',
    sent: 'no',
  });
}

/** Life-cycle events of the tenant, oldest first. Continues through events of other types, so that it never stands still before many of them. */
export async function advanceListEvents(_action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const { after, types, limit, of_event_workflows } = call.input as {
    after?: string;
    types?: string[];
    limit: number;
    of_event_workflows: boolean;
  };
  const found: Awaited<ReturnType<Io['builtin']['readEvents']>>['events'] = [];
  let position = after;
  for (;;) {
    const page = await io.builtin.readEvents({ after: position, limit: EVENTS_AT_ONCE });
    for (const event of page.events) {
      if (found.length === limit) break;
      position = event.position;
      // Runs that tell of runs that tell of runs would never end.
      const isLeftOut = !of_event_workflows && (event.data as { by_event?: boolean }).by_event === true;
      if (!isLeftOut && (types === undefined || types.includes(event.type))) found.push(event);
    }
    if (found.length === limit || page.events.length < EVENTS_AT_ONCE) break;
  }
  return { kind: 'done', output: { events: found, position: position ?? null } };
}
