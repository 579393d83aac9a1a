import { firstState } from '../../actions/advance.ts';
import type { ActionState } from '../../actions/call.ts';
import type { Later } from '../queue/throttle-gate.ts';
import type { Turn } from '../queue/turns.ts';
import type { Activation, StopReason } from './activation.ts';
import type { Context } from './context.ts';
import { type Launches, openLaunches } from './launches.ts';
import { resumePhases, type Stopwatch } from './phases.ts';
import type { Run, RunChange } from './run.ts';
import { saveRun } from './run-writes.ts';

/** Thrown inside an activation when another holder has the run: its writes count, ours do not. */
export const LOST: unique symbol = Symbol('lost');

/** One run while one activation carries it. */
export interface Hand {
  readonly run: Run;
  /** At the event loop of the process; what waits for others does so aside. */
  readonly turn: Turn;
  readonly launches: Launches;
  readonly attempts: number;
  readonly phases: Stopwatch;
  signal: AbortSignal;
  /** The newest state to resume from; requests that have had their effect are in it. */
  state: ActionState;
  /** Failures in a row of the present phase. */
  failures: number;
  /** A cancel was found at the last save. */
  isCanceled: boolean;
  /** Gives back what a request that was not made would have used. */
  atEnd?: () => void;
  /** Saves fields of the record. Throws LOST. */
  save(fields: RunChange, leaves?: boolean): Promise<'ok' | 'canceled'>;
}

/** Timers of Node count no further. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Takes up a run that `beginRun` gave. `signal` fires with a `StopReason`; the run's own time limit stops it as well. */
export function takeUp(ctx: Context, run: Run, { stop, turn }: { stop: AbortSignal; turn: Turn }): Hand {
  const { signal, disarm } = limited(ctx, run, stop);
  const launches = openLaunches(ctx, run);
  const known = (run.state as ActionState | undefined) ?? firstState(ctx.clock.now());
  const hand: Hand = {
    run,
    turn,
    launches,
    phases: resumePhases(run.phases, { now: ctx.clock.now(), createdAt: run.created_at }),
    signal,
    attempts: run.attempts + 1,
    state: launches.isOpen ? { ...known, sent: true } : known,
    failures: run.failures,
    isCanceled: false,
    ...(disarm && { atEnd: disarm }),
    async save(fields, leaves = false) {
      const answer = await saveRun(ctx, run, fields, leaves);
      if (answer === 'lost') throw LOST;
      hand.isCanceled = answer === 'canceled';
      return answer;
    },
  };
  return hand;
}

/** What is in hand when the time limit comes is put down, and taken up again to be canceled. */
function limited(ctx: Context, run: Run, stop: AbortSignal): { signal: AbortSignal; disarm?: () => void } {
  if (run.deadline === undefined || isOverdue(ctx, run)) return { signal: stop };
  const limit = new AbortController();
  const ms = Math.min(run.deadline - ctx.clock.now(), MAX_TIMER_MS);
  const timer = setTimeout(() => limit.abort('overdue' satisfies StopReason), ms);
  return { signal: AbortSignal.any([stop, limit.signal]), disarm: () => clearTimeout(timer) };
}

/** Whether the run has begun something at the service that a cancel would have to end. */
export function hasBegun({ state }: Pick<Hand, 'state'>): boolean {
  return state.start !== undefined || state.sent === true || state.own !== undefined;
}

/** Whether the run is past its own time limit. */
export function isOverdue(ctx: Context, { deadline }: Run): boolean {
  return deadline !== undefined && ctx.clock.now() >= deadline;
}

/**
 * Saves the state and gives the slot back. `leaves`: others of the account may take its place meanwhile.
 * `later`: it comes back for its turn at the workspace.
 */
export async function putDown(
  ctx: Context,
  hand: Hand,
  how: { ms: number; leaves?: boolean; later?: Later; fields?: RunChange },
): Promise<Activation> {
  const isUntouched = !hasBegun(hand) && how.leaves !== true;
  const answer = await hand.save(
    {
      status: isUntouched ? 'queued' : 'waiting',
      state: hand.state,
      failures: hand.failures,
      launches: hand.launches.all,
      phases: hand.phases.pause(ctx.clock.now(), how.leaves === true ? how.ms : 0),
      ...turnFields(ctx, hand.run, how.later),
      ...how.fields,
    },
    how.leaves,
  );
  const { deadline, cancel_requested_at: canceledAt } = hand.run;
  // A cancel that came while the action was in flight is acted on by coming back at once.
  if (answer === 'canceled') return { kind: 'wait', ms: canceledAt === undefined ? 0 : how.ms, isCanceled: true };
  const isLater = deadline !== undefined && !isOverdue(ctx, hand.run);
  return { kind: 'wait', ms: isLater ? Math.min(how.ms, deadline - ctx.clock.now()) : how.ms };
}

function turnFields(ctx: Context, run: Run, later: Later | undefined): RunChange {
  if (later === undefined) return run.throttled_at || run.has_slot === true ? { has_slot: false, throttled_at: 0 } : {};
  return { has_slot: later.isReserved, throttled_at: run.throttled_at || ctx.clock.now() };
}
