import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { cancelPipeline } from '../../../actions/cancel.ts';
import type { Column } from '../../../actions/columns.ts';
import { advancePipeline } from '../../../actions/pipeline.ts';
import { mayHaveHappened } from '../../../actions/retry.ts';
import { ConnectorError, withDetails } from '../../../connector/errors.ts';
import type { Action, ActionManifest, Effect } from '../../../connector/manifest.ts';
import { RETRY_TEXTS } from '../transient.ts';
import { QUERY_TAG } from './effect.ts';

/** A statement as a part of an action that is made of several. */
export interface Statement {
  warehouse_id: string;
  statement: string;
  parameters?: StatementParameter[];
  /** What it means to run it twice. */
  effect: Effect;
}

export interface StatementParameter {
  name: string;
  /** Left out for NULL. */
  value?: string;
  type?: string;
}

export interface StatementOutput {
  statement_id: string;
  columns?: Column[];
  rows: Record<string, unknown>[];
}

/** What such an action keeps beside the state of the current statement. */
export interface StatementsState {
  /** The statement is on its way; found again without a handle, it may or may not have run. */
  sending?: boolean;
}

/** Rows of such a statement are read here, so there is no artifact; what comes with the answer is at most 25 MiB. */
const WHOLE = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const FIRST_POLL_SECONDS = 0.25;
const MAX_POLL_SECONDS = 10;
const DEFAULT_TIMEOUT_SECONDS = 1_200;

/** The Statement Execution API as a pipeline. */
function statementManifest(action: Action, secondsLeft: number): ActionManifest {
  const path = '/api/2.0/sql/statements/{start.statement_id}';
  return {
    ...action.manifest,
    request: {
      method: 'POST',
      path: '/api/2.0/sql/statements',
      body: {
        warehouse_id: '$input.warehouse_id',
        statement: '$input.statement',
        parameters: '$input.parameters',
        wait_timeout: '0s',
        query_tags: [{ key: QUERY_TAG, value: '$run.id' }],
      },
    },
    await: {
      request: { method: 'GET', path },
      success: { 'status.state': ['SUCCEEDED'] },
      failure: { 'status.state': ['FAILED', 'CANCELED', 'CLOSED'] },
      code: 'status.error.error_code',
      message: 'status.error.message',
      interval_seconds: [FIRST_POLL_SECONDS, MAX_POLL_SECONDS],
      timeout_seconds: secondsLeft,
      on_timeout: 'cancel',
      cancel: { method: 'POST', path: `${path}/cancel`, body: {} },
    },
    pages: { style: 'chunks' },
    result: { statement_id: '$start.statement_id', columns: '$last.manifest.schema.columns', rows: '$items' },
  };
}

/**
 * Advances the current statement by one step; `done` has a `StatementOutput`. `own` is what the action keeps, and goes
 * into every state. The time limit counts for all statements of the run together.
 */
export async function advanceStatement(
  run: { action: Action; call: ActionCall; state: ActionState; io: Io },
  statement: Statement,
  own: (StatementsState & object) | undefined,
): Promise<Step> {
  const { io, state } = run;
  const withOwn = (part: ActionState, kept: unknown = finished(own)): ActionState =>
    kept === undefined ? part : { ...part, own: kept };
  const isLaunch = statement.effect === 'once' || statement.effect === 'token';
  const { sent: _engine, ...clean } = state;
  // The note of the engine covers the first statement only; ours is written before each.
  const current: ActionState = own?.sending === true ? { ...clean, sent: true } : clean;
  const inner: Io = {
    ...io,
    async launching() {
      await io.launching();
      await io.launched(withOwn(clean, { ...own, sending: true }));
    },
    launched: (next) => io.launched(withOwn(next)),
  };
  try {
    const step = await advancePipeline(
      actionFor(run),
      { ...run.call, input: inputOf(statement), effect: statement.effect, inline: WHOLE },
      current,
      inner,
    );
    return step.kind === 'done' ? step : { ...step, state: withOwn(step.state) };
  } catch (error) {
    // Refused, or never sent: the note would keep it from being tried again.
    if (!isLaunch || state.phase !== 'start' || own?.sending === true || !hasNotHappened(error)) throw error;
    await io.launched(withOwn(clean));
    throw withDetails(error, { launchEnded: true });
  }
}

/** Cancels the current statement; see `cancelRemote`. */
export async function cancelStatement(
  action: Action,
  call: ActionCall,
  state: ActionState,
  io: Io,
): Promise<Step | 'nothing_to_cancel'> {
  const step = await cancelPipeline(actionFor({ action, call, state, io }), call, state, io);
  return step === 'nothing_to_cancel' || step.kind === 'done'
    ? step
    : { ...step, state: { ...step.state, own: state.own } };
}

/** The state in which the next statement of the same run begins. */
export function nextStatement(state: ActionState, own: object): ActionState {
  return { phase: 'start', startedAt: state.startedAt, polls: 0, own };
}

function actionFor({
  action,
  call,
  state,
  io,
}: {
  action: Action;
  call: ActionCall;
  state: ActionState;
  io: Io;
}): Action {
  const limit = call.options.timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS;
  const secondsLeft = Math.max(1, Math.ceil(limit - (io.now() - state.startedAt) / 1000));
  return { ...action, manifest: statementManifest(action, secondsLeft) };
}

function inputOf({ warehouse_id, statement, parameters }: Statement): object {
  return { warehouse_id, statement, ...(parameters === undefined ? {} : { parameters }) };
}

function finished(own: (StatementsState & object) | undefined): object | undefined {
  if (own?.sending === undefined) return own;
  const { sending: _sending, ...rest } = own;
  return rest;
}

function hasNotHappened(error: unknown): error is ConnectorError {
  if (!(error instanceof ConnectorError) || mayHaveHappened(error, RETRY_TEXTS)) return false;
  return error.sent === 'no' || (error.upstream?.status ?? 500) < 500;
}
