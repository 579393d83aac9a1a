import { ConnectorError, type ErrorRecord, type Fault, toErrorRecord } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import type { RunEnd } from '../runs/run-writes.ts';
import { isEnded, type Run, readHead, readRun } from '../runs/runs.ts';
import { readStates, stepRunIds } from './child-runs.ts';
import { type Definition, loadDefinition } from './definitions.ts';
import { advanceLoop } from './loops.ts';
import { startStep } from './start-step.ts';
import { type Decision, decide } from './workflow-decide.ts';
import type { PlannedStep } from './workflow-plan.ts';

/** The step's run has the whole text. */
const MAX_CAUSE_LENGTH = 1000;

/** A run to look at again, and how it ends when that was found out. */
export interface Next {
  run: Run;
  end: RunEnd | undefined;
}

/**
 * Carries a workflow run on from what its steps' runs say: begins what may begin, or gives the end of the whole. Holds no
 * state of its own, so it may be called at any time, also twice at once: the same steps get the same runs.
 */
export async function advanceWorkflow(ctx: Context, runId: string): Promise<Next | undefined> {
  const run = await readHead(ctx, runId);
  if (run === undefined || run.kind !== 'workflow') return undefined;
  // A crash may have kept its end from being followed up.
  if (isEnded(run.status)) return { run, end: undefined };
  if (run.loop !== undefined) return advanceLoop(ctx, run);
  let definition: Definition;
  try {
    definition = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { run, end: { status: 'failed', error: toErrorRecord(error) } };
  }
  const children = stepRunIds(run, definition);
  for (;;) {
    const states = await readStates(ctx, [...children.values()]);
    const byStep = new Map([...children.keys()].map((step, i) => [step, states[i]!]));
    const { start, end } = decide(definition.plan, byStep, run.cancel_requested_at !== undefined);
    if (end !== undefined) return { run, end: await endOf(ctx, run, { end, definition, children }) };
    const begun = await Promise.all(
      start.map((id) => {
        const { step } = definition.plan.steps.get(id)!;
        return startStep(ctx, { run, definition, children, step, id: children.get(id)!, parent: run.id });
      }),
    );
    if (!begun.includes('ended')) return undefined;
  }
}

async function endOf(
  ctx: Context,
  run: Run,
  of: { end: NonNullable<Decision['end']>; definition: Definition; children: ReadonlyMap<string, string> },
): Promise<RunEnd> {
  const { end, definition, children } = of;
  if (end.status === 'canceled') return canceled(ctx, run);
  if (end.status === 'failed') {
    const runId = children.get(end.because)!;
    const child = await readRun(ctx, runId);
    return { status: 'failed', error: failureOf(definition.plan.steps.get(end.because)!, runId, child) };
  }
  const last = definition.steps.at(-1)!.id;
  const child = await readRun(ctx, children.get(last)!);
  return {
    status: 'succeeded',
    output: child?.output ?? null,
    ...(child?.artifact === undefined ? {} : { artifact: child.artifact }),
  };
}

function canceled(ctx: Context, run: Run): RunEnd {
  if (run.deadline !== undefined && ctx.clock.now() >= run.deadline) {
    const error = new ConnectorError(
      'ERR_TIMEOUT',
      'the workflow was given up at its time limit; its open steps were canceled',
    );
    return { status: 'failed', error: toErrorRecord(error) };
  }
  return { status: 'canceled', error: toErrorRecord(new ConnectorError('ERR_CANCELED', 'the run was canceled')) };
}

/** The error of a workflow's run: the step's own, with its place. */
export function failureOf({ step, pointer }: PlannedStep, runId: string, child: Run | undefined): ErrorRecord {
  const error = child?.error;
  const message = error?.message ?? 'no reason was given';
  const record = toErrorRecord(
    new ConnectorError(
      'ERR_STEP_FAILED',
      `step "${step.id}" (${step.action}) ${child?.status ?? 'failed'}: ${message}`,
      { kind: error?.kind, hint: error?.hint, upstream: error?.upstream, errors: placed(error?.errors, pointer) },
    ),
  );
  const {
    action,
    code,
    linked_account,
    message: cause,
  } = error?.step ?? {
    action: step.action,
    code: error?.code ?? 'ERR_STEP_FAILED',
    linked_account: child?.linked_account ?? step.linked_account,
    message: message.slice(0, MAX_CAUSE_LENGTH),
  };
  return {
    ...record,
    step: {
      id: step.id,
      run: runId,
      action,
      code,
      message: cause,
      ...(linked_account === undefined ? {} : { linked_account }),
    },
  };
}

/** A step's pointers are of its input, or of another of its fields. */
const STEP_FIELDS = /^\/(input|options|if|for_each|retry)(\/|$)/;

function placed(errors: readonly Fault[] | undefined, pointer: string): Fault[] | undefined {
  return errors?.map((fault) => ({
    ...fault,
    pointer: `${pointer}${STEP_FIELDS.test(fault.pointer) ? '' : '/input'}${fault.pointer}`,
  }));
}
