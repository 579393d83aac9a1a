import type { Plan, PlannedStep } from './workflow-plan.ts';

/** How a step stands, by the record of its run. `none`: it has no run yet. */
export type StepState = 'none' | 'open' | 'succeeded' | 'skipped' | 'failed' | 'canceled';

/** What is to be done about a workflow run. */
export interface Decision {
  /** Steps that may begin now, in the order of the definition. */
  start: string[];
  /** How it ends, when nothing is open and nothing may begin. */
  end?: { status: 'succeeded' | 'canceled' } | { status: 'failed'; because: string };
}

/**
 * Everything there is to know about the order of steps: from how each stands to what comes next. Pure, so it may be asked
 * at any time, by anyone, as often as one likes.
 */
export function decide(plan: Plan, states: ReadonlyMap<string, StepState>, isCanceled: boolean): Decision {
  const stateOf = (id: string) => states.get(id) ?? 'none';
  const all = [...plan.steps.values()];
  const because = all.find((planned) => stops(planned, plan, stateOf));
  const start = isCanceled ? [] : all.filter(mayBegin).map(({ step }) => step.id);
  if (start.length > 0 || all.some(({ step }) => stateOf(step.id) === 'open')) return { start };
  if (isCanceled) return { start, end: { status: 'canceled' } };
  if (because !== undefined) return { start, end: { status: 'failed', because: because.step.id } };
  return { start, end: { status: 'succeeded' } };

  function mayBegin(planned: PlannedStep): boolean {
    if (stateOf(planned.step.id) !== 'none') return false;
    const isReady = planned.needs.every((id) => isSettled(id, plan, stateOf));
    if (planned.branchOf === undefined) return because === undefined && isReady;
    // The branch is done also when the workflow will fail: that is what it is for.
    const isBroken = branchSteps(plan, planned.branchOf).some((other) => stops(other, plan, stateOf));
    return isReady && !isBroken && isFailure(stateOf(planned.branchOf));
  }
}

type StateOf = (id: string) => StepState;

function isFailure(state: StepState): boolean {
  return state === 'failed' || state === 'canceled';
}

/** Whether a step keeps the workflow from beginning others, and makes it fail. */
function stops({ step }: PlannedStep, plan: Plan, stateOf: StateOf): boolean {
  if (!isFailure(stateOf(step.id)) || step.on_error === 'continue') return false;
  if (step.on_error === 'stop' || step.on_error.then === 'stop') return true;
  return branchSteps(plan, step.id).some((other) => stops(other, plan, stateOf));
}

/** Whether what needs a step may begin: it has ended, and so has what its failure began. */
function isSettled(id: string, plan: Plan, stateOf: StateOf): boolean {
  const { step } = plan.steps.get(id)!;
  const state = stateOf(id);
  if (state === 'succeeded' || state === 'skipped') return true;
  if (!isFailure(state)) return false;
  if (typeof step.on_error === 'string') return step.on_error === 'continue';
  const isDone = branchSteps(plan, id).every((other) => isSettled(other.step.id, plan, stateOf));
  return step.on_error.then === 'continue' && isDone;
}

function branchSteps(plan: Plan, id: string): PlannedStep[] {
  return [...plan.steps.values()].filter(({ branchOf }) => branchOf === id);
}
