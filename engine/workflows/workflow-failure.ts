import { ConnectorError, type ErrorRecord, toErrorRecord, type ValidationError } from '../../connector/errors.ts';
import { readStates, type StepState } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { MAX_CAUSE_LENGTH } from '../runs/run-cause.ts';
import { readRun } from '../runs/runs.ts';
import type { Definition } from './definitions.ts';
import { type Decision, decide, type Stop } from './workflow-decide.ts';
import type { PlannedStep } from './workflow-plan.ts';

/** A run of a workflow, its definition, and which run each step has. */
export interface WorkflowRun {
  run: Run;
  definition: Definition;
  children: ReadonlyMap<string, string>;
}

/** A step's pointers are of its input, or of another of its fields. */
const STEP_FIELDS = /^\/(input|options|if|for_each|retry)(\/|$)/;

/** What is to be done about a run, by what the runs of its steps say: `known`, in their order, or now, in one round trip. */
export async function decideNow(
  ctx: Context,
  { run, definition, children }: WorkflowRun,
  known?: readonly StepState[],
): Promise<Decision> {
  const states = known ?? (await readStates(ctx, [...children.values()]));
  const byStep = new Map([...children.keys()].map((step, i) => [step, states[i]!]));
  return decide(definition.plan, byStep, stopOf(run));
}

/** The error with which a run ends, or will when the steps of `on_failure` have ended. `undefined` while it has not failed. */
export async function failureSoFar(ctx: Context, of: WorkflowRun): Promise<ErrorRecord | undefined> {
  const { failure } = await decideNow(ctx, of);
  return failure === undefined ? undefined : errorOf(ctx, of, failure);
}

/** @see Decision.failure */
export async function errorOf(ctx: Context, of: WorkflowRun, failure: Decision['failure']): Promise<ErrorRecord> {
  if (failure === 'start') return of.run.error!;
  if (failure === undefined || failure === 'timeout') {
    return toErrorRecord(
      new ConnectorError('ERR_TIMEOUT', 'the workflow timed out; its unfinished steps were canceled'),
    );
  }
  const runId = of.children.get(failure.step)!;
  return placeError(of.definition.plan.steps.get(failure.step)!, runId, await readRun(ctx, runId));
}

/** A cancel that the time limit asked for is a failure; one that came before it is a person's. */
function stopOf({ cancel_requested_at, deadline, error }: Run): Stop | undefined {
  const isOverdue = deadline !== undefined && cancel_requested_at !== undefined && cancel_requested_at >= deadline;
  if (cancel_requested_at !== undefined && !isOverdue) return 'cancel';
  if (error !== undefined) return 'start';
  return isOverdue ? 'timeout' : undefined;
}

/** The step's own error, with its place. */
function placeError({ step, pointer }: PlannedStep, runId: string, child: Run | undefined): ErrorRecord {
  const error = child?.error;
  const message = error?.message ?? 'no reason was given';
  const cause = error?.step ?? {
    action: step.action,
    code: error?.code ?? ('ERR_STEP_FAILED' as const),
    linked_account: child?.linked_account ?? step.linked_account,
    message: message.slice(0, MAX_CAUSE_LENGTH),
  };
  const record = toErrorRecord(
    new ConnectorError(
      'ERR_STEP_FAILED',
      `step "${step.id}" (${step.action}) ${child?.status ?? 'failed'}: ${message}`,
      { kind: error?.kind, hint: error?.hint, upstream: error?.upstream, errors: placeErrors(error?.errors, pointer) },
    ),
  );
  const { action, code, linked_account } = cause;
  const account = linked_account === undefined ? {} : { linked_account };
  return { ...record, step: { id: step.id, run: runId, action, code, message: cause.message, ...account } };
}

function placeErrors(errors: readonly ValidationError[] | undefined, pointer: string): ValidationError[] | undefined {
  return errors?.map((validationError) => ({
    ...validationError,
    pointer: `${pointer}${STEP_FIELDS.test(validationError.pointer) ? '' : '/input'}${validationError.pointer}`,
  }));
}
