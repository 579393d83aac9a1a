import type { StepState } from '../runs/child-runs.ts';
import { ON_FAILURE, type Plan, type PlannedStep } from './workflow-plan.ts';

/** What is to be done about a workflow run. */
export interface Decision {
  /** Steps that may begin now, in the order of the definition. */
  start: string[];
  /** How it ends, when nothing is open and nothing may begin. */
  end?: 'succeeded' | 'canceled' | 'failed';
  /** Why it fails, when all but the steps of `on_failure` have ended. */
  failure?: 'timeout' | 'start' | { step: string };
}

/** Why a run is stopped before its end; `start`: it could not start its steps. */
export type Stop = 'cancel' | 'timeout' | 'start';

/**
 * Everything there is to know about the order of steps: from how each stands to what comes next. Pure, so it may be asked
 * at any time, by anyone, as often as one likes.
 */
export function decide(plan: Plan, states: ReadonlyMap<string, StepState>, stop?: Stop): Decision {
  const stateOf = (id: string) => states.get(id) ?? 'none';
  const all = [...plan.steps.values()].filter(({ branchOf }) => branchOf !== ON_FAILURE);
  const because = all.find((planned) => stops(planned, plan, stateOf));
  const start = stop !== undefined ? [] : all.filter(mayBegin).map(({ step }) => step.id);
  if (start.length > 0 || all.some(({ step }) => stateOf(step.id) === 'open')) return { start };
  if (stop === 'cancel') return isHandling() ? { start } : { start, end: 'canceled' };
  if (stop === undefined && because === undefined) return { start, end: 'succeeded' };
  const failure = stop ?? { step: because!.step.id };
  const handlers = branchSteps(plan, ON_FAILURE);
  const isBroken = handlers.some((planned) => stops(planned, plan, stateOf));
  const next = isBroken ? [] : handlers.filter(isReady).map(({ step }) => step.id);
  if (next.length > 0 || isHandling()) return { start: next, failure };
  return { start: next, end: 'failed', failure };

  function isHandling(): boolean {
    return branchSteps(plan, ON_FAILURE).some(({ step }) => stateOf(step.id) === 'open');
  }

  function isReady({ step, needs }: PlannedStep): boolean {
    return stateOf(step.id) === 'none' && needs.every((id) => isSettled(id, plan, stateOf));
  }

  function mayBegin(planned: PlannedStep): boolean {
    if (!isReady(planned)) return false;
    if (planned.branchOf === undefined) return because === undefined;
    // The branch is done also when the workflow will fail: that is what it is for.
    const isBroken = branchSteps(plan, planned.branchOf).some((other) => stops(other, plan, stateOf));
    return !isBroken && isFailure(stateOf(planned.branchOf));
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
