/**
 * One run of an action between the claim of a worker and the end of that claim. What an activation knows beside the record changes here
 * alone, and the record through it.
 *
 * The run of a workflow or a loop has no session, since nobody holds it: what it does follows from the records of its steps, and each end
 * of a step, in any process, may advance it (engine/workflows/steps.ts). A lease would make those ends wait for each other, and a step whose
 * end met a lost lease would be forgotten. So it has no fields that a claim writes: its type forbids them, and neither a session nor
 * `saveRun` takes it. Its record changes by single fields (`writeField`) and, of a loop, by compare-and-set (loop-progress.ts); it ends
 * once, by `finishRun`.
 */
import { firstState } from '../../actions/advance.ts';
import type { ActionState } from '../../actions/call.ts';
import type { ArtifactHandle } from '../artifacts/artifact-store.ts';
import type { Later } from '../queue/place.ts';
import type { Turn } from '../queue/turns.ts';
import type { Activation, Parked, StopReason } from './activation.ts';
import type { Context } from './context.ts';
import { isOverdue } from './deadline.ts';
import { finalize } from './finalize.ts';
import { type Launches, openLaunches } from './launches.ts';
import { resumePhases, type Stopwatch, type WaitPhase } from './phases.ts';
import type { ClaimableRun, RunChange, RunEnd } from './run.ts';
import { saveRun } from './run-writes.ts';

/**
 * `claimed`: nothing was saved yet. `executing`: the record was written to. `parked`: it is saved, and comes back. `finalized`: the run has
 * ended. `lost`: another worker has claimed the run. Nothing follows on the last three.
 */
export type SessionStage = 'claimed' | 'executing' | 'parked' | 'finalized' | 'lost';

/** Thrown when another worker has claimed the run: its writes count, ours do not. */
export class LeaseLost extends Error {
  constructor(run: string) {
    super(`another worker has claimed run ${run}`);
    this.name = 'LeaseLost';
  }
}

/** How a run waits. */
export interface Parking {
  ms: number;
  /** It waits for the service: others of the account may take its place meanwhile. */
  leaves?: boolean;
  /** What it waits for; `backoff` after a failure. */
  waitFor?: WaitPhase;
  /** It comes back for its turn at the workspace. */
  later?: Later;
  change?: RunChange;
}

/** Timers of Node count no further. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resumes a run that `beginRun` claimed. `stop` fires with a `StopReason`; the run's own time limit stops it as well. */
export function resume(ctx: Context, run: ClaimableRun, given: { stop: AbortSignal; turn: Turn }): RunSession {
  return new RunSession(ctx, run, given);
}

export class RunSession {
  /** At the event loop of the process; what waits for others does so aside. */
  readonly turn: Turn;
  readonly launches: Launches;
  /** This one counted. */
  readonly attempts: number;
  readonly phases: Stopwatch;
  readonly #ctx: Context;
  readonly #run: ClaimableRun;
  #stage: SessionStage = 'claimed';
  #signal: AbortSignal;
  #state: ActionState;
  #failures: number;
  #isCanceled = false;
  #release: (() => void) | undefined;

  constructor(ctx: Context, run: ClaimableRun, { stop, turn }: { stop: AbortSignal; turn: Turn }) {
    this.#ctx = ctx;
    this.#run = run;
    this.turn = turn;
    this.launches = openLaunches(ctx, run);
    this.attempts = run.attempts + 1;
    this.phases = resumePhases(run.phases, {
      now: () => ctx.clock.now(),
      createdAt: run.created_at,
      attempt: this.attempts,
      launch: () => this.launches.all.at(-1)?.number,
    });
    const known = (run.state as ActionState | undefined) ?? firstState(ctx.clock.now());
    this.#state = this.launches.isOpen ? { ...known, sent: true } : known;
    this.#failures = run.failures;
    this.#signal = this.#limited(stop);
  }

  get run(): Readonly<ClaimableRun> {
    return this.#run;
  }

  get stage(): SessionStage {
    return this.#stage;
  }

  /** Fires when what is in flight is to stop. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** The newest state to resume from; requests that have had their effect are in it. */
  get state(): ActionState {
    return this.#state;
  }

  /** Failures in a row of the present phase. */
  get failures(): number {
    return this.#failures;
  }

  /** A cancel was found at the last save. */
  get isCanceled(): boolean {
    return this.#isCanceled;
  }

  /** Whether the run has begun something at the service that a cancel would have to end. */
  get hasBegun(): boolean {
    const { start, sent, own } = this.#state;
    return start !== undefined || sent === true || own !== undefined;
  }

  /** Whether the run is to end: somebody canceled it, or its time is over. */
  get isStopped(): boolean {
    return this.#run.cancel_requested_at !== undefined || isOverdue(this.#ctx, this.#run);
  }

  /** The action has come further; what failed before counts no more. */
  advanceTo(state: ActionState): void {
    this.#state = state;
    this.#failures = 0;
  }

  /** Notes where to resume, in the middle of a step of the action. */
  remember(state: ActionState): void {
    this.#state = state;
  }

  /** Counts a failure, and says how many there are in a row. */
  noteFailure(): number {
    this.#failures += 1;
    return this.#failures;
  }

  /** The failures that were counted are over. */
  noteSuccess(): void {
    this.#failures = 0;
  }

  /** What was in flight was aborted for a cancel: from here on the run is canceled, under a signal that has not fired. */
  turnToCancel(signal: AbortSignal): void {
    this.#run.cancel_requested_at ??= this.#ctx.clock.now();
    // What was sent when it was aborted may have had its effect.
    if (this.launches.isOpen) this.#state = { ...this.#state, sent: true };
    this.close();
    this.#signal = signal;
  }

  /** Notes, before it is there, what the action writes: what a run that fails leaves behind goes with the run, too. */
  async noteArtifact(id: string): Promise<void> {
    const known = this.#run.artifacts ?? [];
    if (known.includes(id)) return;
    this.#run.artifacts = [...known, id];
    await this.save({ artifacts: this.#run.artifacts });
  }

  /** Keeps the copy of the input's rows as lines. */
  async keepLines(lines: ArtifactHandle): Promise<void> {
    await this.save({ input_lines: lines });
    this.#run.input_lines = lines;
  }

  /** Saves fields of the record. @throws LeaseLost */
  async save(change: RunChange, leaves = false): Promise<'ok' | 'canceled'> {
    this.#assertOpen('save');
    const answer = await saveRun(this.#ctx, this.#run, change, leaves);
    if (answer === 'lost') {
      this.#stage = 'lost';
      throw new LeaseLost(this.#run.id);
    }
    this.#stage = 'executing';
    this.#isCanceled = answer === 'canceled';
    return answer;
  }

  /** Saves the state and gives the slot back. @throws LeaseLost */
  async park({ ms, leaves = false, waitFor = 'remote', later, change }: Parking): Promise<Parked> {
    const answer = await this.save(
      {
        status: this.hasBegun || leaves ? 'waiting' : 'queued',
        state: this.#state,
        failures: this.#failures,
        launches: this.launches.all,
        phases: this.phases.pause(leaves ? ms : 0, waitFor),
        ...this.#turnFields(later),
        ...change,
      },
      leaves,
    );
    this.#stage = 'parked';
    const { deadline, cancel_requested_at: canceledAt } = this.#run;
    // A cancel that came while the action was in flight is acted on by coming back at once.
    if (answer === 'canceled') return { kind: 'wait', ms: canceledAt === undefined ? 0 : ms, isCanceled: true };
    const isLater = deadline !== undefined && !isOverdue(this.#ctx, this.#run);
    return { kind: 'wait', ms: isLater ? Math.min(ms, deadline - this.#ctx.clock.now()) : ms };
  }

  /** Ends the run, with its launches; what follows from the end is done. */
  async finalize(end: RunEnd): Promise<Activation> {
    this.#assertOpen('finalize');
    this.#run.phases = this.phases.sums;
    const segments = this.phases.segments();
    await finalize(this.#ctx, this.#run, { ...end, launches: this.launches.all, ...(segments !== '' && { segments }) });
    this.#stage = 'finalized';
    return { kind: 'ended' };
  }

  /** Calls `release` when what is in flight is over. */
  onClose(release: () => void): void {
    const before = this.#release;
    // Not made in an object literal, which V8 would keep until a full collection, and with it the run; see docs/reference/performance.md.
    const both = () => {
      before?.();
      release();
    };
    this.#release = both;
  }

  /** Gives back what a request that was not made would have used. Called again it does nothing. */
  close(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  /** What is in flight when the time limit comes is parked, and resumed to be canceled. */
  #limited(stop: AbortSignal): AbortSignal {
    const { deadline } = this.#run;
    if (deadline === undefined || isOverdue(this.#ctx, this.#run)) return stop;
    const limit = new AbortController();
    const ms = Math.min(deadline - this.#ctx.clock.now(), MAX_TIMER_MS);
    const timer = setTimeout(() => limit.abort('overdue' satisfies StopReason), ms);
    this.onClose(() => clearTimeout(timer));
    return AbortSignal.any([stop, limit.signal]);
  }

  #turnFields(later: Later | undefined): RunChange {
    const { throttled_at } = this.#run;
    if (later === undefined) return throttled_at ? { throttled_at: 0 } : {};
    return throttled_at ? {} : { throttled_at: this.#ctx.clock.now() };
  }

  #assertOpen(what: string): void {
    if (this.#stage === 'claimed' || this.#stage === 'executing') return;
    throw new Error(`a session of run ${this.#run.id} that is ${this.#stage} cannot ${what}`);
  }
}
