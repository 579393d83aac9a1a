import { advance, cancelRemote, firstState } from '../actions/advance.ts';
import type { ActionCall, ActionState, Io } from '../actions/call.ts';
import type { CancelOutcome } from '../actions/cancel.ts';
import { unknownHint } from '../actions/effect.ts';
import { decideRetry } from '../actions/retry.ts';
import { ConnectorError, toErrorRecord } from '../connector/errors.ts';
import type { Action } from '../connector/manifest.ts';
import type { Context } from './context.ts';
import { createIo } from './io.ts';
import { type Launches, openLaunches } from './launches.ts';
import { beginRun, isEnded, type Run, saveRun } from './runs.ts';
import { openInput, secretProperties } from './secrets.ts';
import { settle } from './settle.ts';
import { findAction, sealOwner } from './submit.ts';
import { resolveAuthentication } from './tokens.ts';
import { loadValue } from './values.ts';

/** What the worker does with the job afterwards. */
export type Activation = { kind: 'ended' } | { kind: 'wait'; ms: number };

/** A cancel can come too late, or not take; the record says so. */
const CANCEL_WORDS: { readonly [outcome in CancelOutcome]: string } = Object.freeze({
  canceled: '',
  succeeded: ', but its remote operation had succeeded by then',
  failed: ', but its remote operation had failed by then',
  unconfirmed: ', but the service did not confirm that its remote operation has ended',
});

/** A trigger bounds its pages itself, and has no use for an artifact of its own. */
const WHOLE_PAGE = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** Thrown inside an activation when another worker has taken the run over; its writes count, ours do not. */
const LOST = Symbol('lost');

/**
 * Carries one run as far as it goes without waiting: to its end, or to a saved state and a time to come back.
 * Safe to call at any time for any id, also twice at once: the later call takes the run over, the earlier one's writes are
 * refused, and an ended run is only settled again (its parent told), which is idempotent.
 */
export async function activate(ctx: Context, runId: string, signal: AbortSignal): Promise<Activation> {
  const run = await beginRun(ctx, runId);
  if (run === undefined) return { kind: 'ended' };
  if (isEnded(run.status) || run.kind === 'workflow') {
    await settle(ctx, run);
    return { kind: 'ended' };
  }
  const log = ctx.log.child({ run: run.id, action: run.action, account: run.linked_account });
  const launches = openLaunches(ctx, run);
  try {
    return await carry(ctx, run, { signal, launches });
  } catch (error) {
    if (error === LOST) return { kind: 'ended' };
    if (!(error instanceof ConnectorError)) log.error({ err: error }, 'unexpected fault in a run');
    await settle(ctx, run, { status: 'failed', error: toErrorRecord(error), launches: launches.all });
    return { kind: 'ended' };
  }
}

interface Prepared {
  action: Action;
  call: ActionCall;
  io: Io;
  launches: Launches;
  signal: AbortSignal;
}

async function prepare(ctx: Context, run: Run, held: { signal: AbortSignal; launches: Launches }): Promise<Prepared> {
  const action = findAction(ctx, run.action!);
  const secrets = secretProperties(action.manifest.input);
  const stored = await loadValue(
    ctx,
    run.input_artifact === undefined ? { value: run.input } : { artifact: run.input_artifact },
  );
  const input = openInput(stored, secrets, { keyring: ctx.keyring, owner: sealOwner(run.tenant) });
  const binding =
    run.linked_account === undefined
      ? undefined
      : await resolveAuthentication(ctx, run.tenant, run.linked_account, run.authentication);
  const io = createIo(ctx, { run, action, binding, signal: held.signal, launches: held.launches, lost: LOST });
  return {
    action,
    io,
    launches: held.launches,
    signal: held.signal,
    call: {
      input: action.input.toWire(input),
      options: run.options,
      run: { id: run.id, token: held.launches.token },
      account: binding?.account ?? {},
      effect: run.effect ?? action.manifest.effect,
      ...(run.purpose === 'poll' ? { inline: WHOLE_PAGE } : {}),
    },
  };
}

async function carry(ctx: Context, run: Run, held: { signal: AbortSignal; launches: Launches }): Promise<Activation> {
  const { launches, signal } = held;
  let prepared: Prepared | undefined;
  let state = (run.state as ActionState | undefined) ?? firstState(ctx.clock.now());
  if (launches.isOpen) state = { ...state, sent: true };
  let failures = run.failures;
  const attempts = run.attempts + 1;
  for (;;) {
    try {
      // Inside: a token endpoint that is away is a reason to try again, not to fail.
      prepared ??= await prepare(ctx, run, held);
      const { action, call, io } = prepared;
      if (run.cancel_requested_at !== undefined) return await cancel(ctx, run, { ...prepared, state });
      const step = await advance(action, call, state, io);
      failures = 0;
      if (step.kind === 'done') {
        const { value, warnings } = action.output.toEdge(step.output);
        launches.end('succeeded');
        const all = [...(step.warnings ?? []), ...warnings];
        await settle(ctx, run, {
          status: 'succeeded',
          output: value,
          launches: launches.all,
          attempts,
          ...(all.length > 0 ? { warnings: all } : {}),
        });
        return { kind: 'ended' };
      }
      state = step.state;
      if (step.kind === 'wait') return await put(ctx, run, { state, failures, ms: step.ms, launches });
    } catch (error) {
      if (error === LOST) throw error;
      if (signal.aborted) return await put(ctx, run, { state, failures, ms: 0, launches });
      const failure = toFailure(error);
      failures += 1;
      const decision = decideRetry(failure, {
        effect: run.effect ?? 'once',
        phase:
          state.phase === 'start' && state.start === undefined ? 'start' : state.phase === 'cancel' ? 'cancel' : 'poll',
        attempt: failures,
        elapsedMs: ctx.clock.now() - (run.started_at ?? run.created_at),
        random: ctx.clock.random(),
        hint: prepared === undefined ? undefined : unknownHint(prepared.action, run.id),
      });
      if ('stop' in decision) {
        launches.end(decision.stop.code === 'ERR_OUTCOME_UNKNOWN' ? 'unknown' : 'failed');
        await settle(ctx, run, {
          status: 'failed',
          error: toErrorRecord(decision.stop),
          launches: launches.all,
          attempts,
        });
        return { kind: 'ended' };
      }
      ctx.log.info(
        { run: run.id, action: run.action, code: failure.code, attempt: failures, again_ms: decision.again },
        'run will be tried again',
      );
      launches.refused(failure);
      return await put(ctx, run, {
        state,
        failures,
        ms: decision.again,
        launches,
        failure: { error: toErrorRecord(failure), attempts },
      });
    }
  }
}

/** Saves the state and gives the slot back. */
async function put(
  ctx: Context,
  run: Run,
  rest: {
    state: ActionState;
    failures: number;
    ms: number;
    launches: Launches;
    failure?: Pick<Run, 'error' | 'attempts'>;
  },
): Promise<Activation> {
  const answer = await saveRun(ctx, run, {
    status: 'waiting',
    state: rest.state,
    failures: rest.failures,
    launches: rest.launches.all,
    ...rest.failure,
  });
  if (answer === 'lost') throw LOST;
  // A cancel that came while the action was in hand is acted on by coming back at once.
  return { kind: 'wait', ms: answer === 'canceled' ? 0 : rest.ms };
}

/** The remote cancel, as many activations as it takes; the run ends when the service says that its effect has ended. */
async function cancel(ctx: Context, run: Run, rest: Prepared & { state: ActionState }): Promise<Activation> {
  const { action, call, io, launches, state } = rest;
  const end = async (outcome: CancelOutcome) => {
    launches.end(outcome === 'unconfirmed' ? 'unknown' : outcome);
    const error = toErrorRecord(new ConnectorError('ERR_CANCELED', `the run was canceled${CANCEL_WORDS[outcome]}`));
    await settle(ctx, run, { status: 'canceled', error, launches: launches.all });
    return { kind: 'ended' } as const;
  };
  if (state.start === undefined && state.sent !== true && state.own === undefined) return end('canceled');
  try {
    const step = await cancelRemote(action, call, state, io);
    if (step === 'nothing_to_cancel') return await end(state.sent === true ? 'unconfirmed' : 'canceled');
    if (step.kind === 'done') return await end((step.output as { outcome: CancelOutcome }).outcome);
    return await put(ctx, run, {
      state: step.state,
      failures: 0,
      ms: step.kind === 'wait' ? Math.max(step.ms, 1) : 1,
      launches,
    });
  } catch (error) {
    if (error === LOST) throw error;
    const failure = toFailure(error);
    const failures = run.failures + 1;
    const decision = decideRetry(failure, {
      effect: 'safe',
      phase: 'cancel',
      attempt: failures,
      elapsedMs: ctx.clock.now() - run.cancel_requested_at!,
      random: ctx.clock.random(),
    });
    if ('again' in decision) return await put(ctx, run, { state, failures, ms: decision.again, launches });
    // The wish is kept, but nobody may believe that the effect was stopped.
    launches.end('unknown');
    await settle(ctx, run, { status: 'canceled', error: toErrorRecord(failure), launches: launches.all });
    return { kind: 'ended' };
  }
}

function toFailure(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  throw error;
}
